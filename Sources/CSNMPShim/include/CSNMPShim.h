// What SNMPClient needs of net-snmp, without net-snmp's types: messages are made and read here, and nothing else.
//
// net-snmp's own sessions, retries, discovery and time-outs are not used: they block, share their users and engine
// times among all devices, and call back more than once. Its BER, its user-based security and its cryptography are.
//
// net-snmp has no locks in Debian's build. Every function here except csnmp_master_key, csnmp_resolve and the
// socket functions must therefore be called from one thread at a time, for the whole process.

#ifndef CSNMPSHIM_H
#define CSNMPSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// PDU types.
enum {
    CSNMP_GET = 0xA0,
    CSNMP_GETNEXT = 0xA1,
    CSNMP_RESPONSE = 0xA2,
    CSNMP_SET = 0xA3,
    CSNMP_GETBULK = 0xA5,
    CSNMP_REPORT = 0xA8,
};

// Types of values.
enum {
    CSNMP_INTEGER = 0x02,
    CSNMP_OCTETS = 0x04,
    CSNMP_NULL = 0x05,
    CSNMP_OID = 0x06,
    CSNMP_IPADDRESS = 0x40,
    CSNMP_COUNTER32 = 0x41,
    CSNMP_UNSIGNED32 = 0x42,
    CSNMP_TIMETICKS = 0x43,
    CSNMP_OPAQUE = 0x44,
    CSNMP_COUNTER64 = 0x46,
    CSNMP_UINTEGER32 = 0x47,
    CSNMP_OPAQUE_COUNTER64 = 0x76,
    CSNMP_OPAQUE_FLOAT = 0x78,
    CSNMP_OPAQUE_DOUBLE = 0x79,
    CSNMP_OPAQUE_INTEGER64 = 0x7A,
    CSNMP_OPAQUE_UNSIGNED64 = 0x7B,
    CSNMP_NOSUCHOBJECT = 0x80,
    CSNMP_NOSUCHINSTANCE = 0x81,
    CSNMP_ENDOFMIBVIEW = 0x82,
};

// Authentication and privacy protocols; 0 is none.
enum { CSNMP_AUTH_MD5 = 1, CSNMP_AUTH_SHA, CSNMP_AUTH_SHA224, CSNMP_AUTH_SHA256, CSNMP_AUTH_SHA384, CSNMP_AUTH_SHA512 };
enum { CSNMP_PRIV_DES = 1, CSNMP_PRIV_AES128, CSNMP_PRIV_AES192, CSNMP_PRIV_AES256 };

// What a version 3 report says.
enum {
    CSNMP_REPORT_NONE = 0,
    CSNMP_REPORT_OTHER,
    CSNMP_REPORT_UNSUPPORTED_LEVEL,
    CSNMP_REPORT_NOT_IN_TIME_WINDOW,
    CSNMP_REPORT_UNKNOWN_USER,
    CSNMP_REPORT_UNKNOWN_ENGINE,
    CSNMP_REPORT_WRONG_DIGEST,
    CSNMP_REPORT_DECRYPTION_ERROR,
};

// Why a message could not be made or read.
enum {
    CSNMP_OK = 0,
    CSNMP_MALFORMED = -1,
    CSNMP_NOT_AUTHENTIC = -2,
    CSNMP_TOO_LONG = -3,
    CSNMP_OUT_OF_MEMORY = -4,
    CSNMP_NO_KEYS = -5,
};

// An object and its value; the arcs and the bytes are in arrays that all objects of a message share.
typedef struct {
    uint32_t arc_offset;
    uint32_t arc_count;
    uint32_t byte_offset;
    uint32_t byte_count;
    // Whole numbers, and the bits of floating-point ones. The arcs of a value that is an object identifier stand in
    // the array of arcs: their offset in the upper half, their count in the lower.
    uint64_t number;
    uint8_t type;
} csnmp_varbind;

typedef struct {
    const csnmp_varbind *varbinds;
    size_t count;
    const uint32_t *arcs;
    const uint8_t *bytes;
} csnmp_varbinds;

// A device's version 3 engine and the user to ask it as.
typedef struct csnmp_peer csnmp_peer;

// Buffers, used again for every message.
typedef struct csnmp_codec csnmp_codec;

typedef struct {
    uint8_t version;  // as on the wire: 0, 1 or 3
    uint8_t command;
    int32_t request_id;
    int32_t message_id;       // version 3
    int32_t non_repeaters;    // GETBULK
    int32_t max_repetitions;  // GETBULK
    const uint8_t *community;  // versions 1 and 2c
    size_t community_length;
    csnmp_peer *peer;  // version 3; NULL to ask the device for its engine
    csnmp_varbinds varbinds;
} csnmp_request;

typedef struct {
    uint8_t command;
    uint8_t report;
    // Version 3: the engine is not the one known so far; csnmp_peer_adopt makes it so.
    bool engine_is_new;
    int32_t request_id;
    int32_t message_id;
    int32_t error_status;
    int32_t error_index;
    csnmp_varbinds varbinds;  // valid until the codec is used again
} csnmp_message;

// Prepares net-snmp, once for the process: reads no configuration, loads no MIB, touches no file.
int csnmp_library_start(void (*log)(int priority, const char *text));

csnmp_codec *csnmp_codec_create(void);
void csnmp_codec_destroy(csnmp_codec *codec);

// Makes a message; it stays in the codec until it is used again.
int csnmp_encode(csnmp_codec *codec, const csnmp_request *request, const uint8_t **packet, size_t *length);

// What a message says of itself, unchecked: its version, and the number that tells which request it answers.
int csnmp_peek(const uint8_t *data, size_t length, uint8_t *version, int32_t *id);

// Reads an answer. The data may be changed. The peer is needed in version 3; NULL when its engine is being asked for.
int csnmp_decode(csnmp_codec *codec, uint8_t *data, size_t length, csnmp_peer *peer, csnmp_message *message);

// Version 3's user with the master keys of its passphrases, for an engine that is still unknown.
csnmp_peer *csnmp_peer_create(
    const char *name, const char *context,
    int authentication, const uint8_t *authentication_key, size_t authentication_key_length,
    int privacy, const uint8_t *privacy_key, size_t privacy_key_length);
void csnmp_peer_destroy(csnmp_peer *peer);

// Takes over the engine that the last decoded message came from, with its boots and time.
int csnmp_peer_adopt(csnmp_peer *peer, const csnmp_codec *codec);
bool csnmp_peer_has_engine(const csnmp_peer *peer);
// The engine's ID; NULL when unknown.
const uint8_t *csnmp_peer_engine(const csnmp_peer *peer, size_t *length);

// The longest master key, and the key of a passphrase of at least 8 bytes: hashes a megabyte, some 5 ms.
// Uses nothing of net-snmp but its tables and OpenSSL's digests, so it may run on any thread after csnmp_library_start.
#define CSNMP_MASTER_KEY_SIZE 64
int csnmp_master_key(int authentication, const char *passphrase, size_t passphrase_length,
                     uint8_t *key, size_t *key_length);

// An address of either family; high and low are the address's bytes in memory order, IPv4 only in the first four.
typedef struct {
    uint64_t high;
    uint64_t low;
    uint32_t scope;
    uint16_t port;
    bool is_ipv6;
} csnmp_address;

// Reads a numeric address; never blocks. Gives 0 or an error of getaddrinfo.
int csnmp_resolve(const char *host, csnmp_address *address);

// A UDP socket bound to a free port, not blocking; negative is -errno.
int csnmp_socket_open(bool ipv6, int buffer_size);
void csnmp_socket_close(int socket);
// 0 or -errno.
int csnmp_socket_send(int socket, const csnmp_address *address, const uint8_t *data, size_t length);

// Room for the datagrams of one read.
typedef struct csnmp_inbox csnmp_inbox;
csnmp_inbox *csnmp_inbox_create(void);
void csnmp_inbox_destroy(csnmp_inbox *inbox);
// How many datagrams were read; 0 when none is waiting.
int csnmp_inbox_receive(csnmp_inbox *inbox, int socket);
uint8_t *csnmp_inbox_datagram(csnmp_inbox *inbox, int index, size_t *length, csnmp_address *source);
#define CSNMP_INBOX_SIZE 32

// Raises the soft limit of open files to the hard one; gives the limit now in force.
uint64_t csnmp_raise_open_file_limit(void);

#endif

#ifndef BUSBAR_FLEET_H
#define BUSBAR_FLEET_H

#include "snmp_responder.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#define BUSBAR_STOP_INDEX UINT32_MAX
#define BUSBAR_TIMER_INDEX (UINT32_MAX - 1)

enum { BUSBAR_LARGEST_DATAGRAM = 65507, BUSBAR_ENGINE_ID_LENGTH = 10, BUSBAR_USER_KEY_LENGTH = 32, BUSBAR_MASTER_KEY_ROOM = 64 };

// What other threads may ask or change is atomic; all the rest belongs to the fleet's own thread.
typedef struct {
    _Atomic bool on;
    // While a cycle runs: when the outlet comes on again. 0 otherwise.
    _Atomic int64_t on_again;
    _Atomic int64_t last_order, last_value;
} busbar_outlet;

typedef struct {
    int file;
    _Atomic bool dead;
    _Atomic uint64_t latency;
    busbar_outlet *outlets;
    // How many requests came, which numbers that move go by.
    int64_t requests;
    // Version 3: who the device is, and the user's key for it.
    u_char engine[BUSBAR_ENGINE_ID_LENGTH], key[BUSBAR_USER_KEY_LENGTH];
} busbar_device;

typedef struct {
    busbar_object object;
    oid *arcs;
    void *bytes;
    size_t byte_count;
} busbar_stored_object;

typedef struct {
    int64_t due;
    busbar_device *device;
    void *bytes;
    size_t length;
    struct sockaddr_in to;
} busbar_delayed;

struct busbar_fleet {
    uint32_t count, outlet_count, object_count;
    busbar_device *devices;
    busbar_outlet *outlets;
    busbar_stored_object *objects;
    char *read_community, *write_community;
    // Version 3: nothing where it is not spoken.
    char *user;
    // How often the devices have started, which must not go back between two fleets on the same ports.
    long boots;
    uint64_t salt;
    // Room for what is encrypted and decrypted.
    u_char *scrambled;
    int64_t start, cycle;
    int poll, timer, stop, record;
    pthread_t thread;
    _Atomic uint64_t requests, answers, orders, dropped;
    busbar_delayed *delayed;
    size_t delayed_count, delayed_capacity;
    int64_t timer_due;
    u_char *received;
    // Where the request that is being answered came from.
    uint16_t source_port;
    u_char *packet;
    size_t packet_capacity;
    char record_buffer[65536];
    size_t record_length;
};

int64_t busbar_now(void);

bool busbar_is_on(busbar_outlet *outlet, int64_t now);

/// Writes out the record's lines that wait in memory.
void busbar_flush_record(busbar_fleet *fleet);

/// Answers a message. Returns false when a real device would keep silent.
bool busbar_answer(busbar_fleet *fleet, busbar_device *device, u_char *message, size_t length, const void **answer,
                   size_t *answer_length);

/// Answers a message of version 3.
bool busbar_answer_version3(busbar_fleet *fleet, busbar_device *device, u_char *message, size_t length,
                            const void **answer, size_t *answer_length);

/// Gives a device its engine ID and the user's key.
///
/// `master` is the key of the passphrase, which takes a mebibyte of hashing: it is made when `is_first`, and used again
/// otherwise. It has the room of 64 octets that net-snmp asks for. Returns false when the passphrase is shorter than eight characters.
bool busbar_give_user(busbar_fleet *fleet, uint32_t index, uint16_t port, u_char *master, const char *passphrase,
                      bool is_first);

/// Does what a PDU asks and makes it the answer. Returns false when a real device would keep silent.
bool busbar_respond(busbar_fleet *fleet, busbar_device *device, netsnmp_pdu *pdu, bool may_write);

#endif

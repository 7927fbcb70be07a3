#include "fleet.h"

#include <net-snmp/library/keytools.h>
#include <net-snmp/library/scapi.h>
#include <string.h>
#include <time.h>

// SNMP version 3 with the user-based security model (RFC 3412, section 6; RFC 3414; RFC 7860 for SHA-256; RFC 3826 for
// AES): one user, who has to sign and to encrypt. The cryptography is net-snmp's, whose functions keep no state.

enum { MAC_LENGTH = 24, AES_KEY_LENGTH = 16, SALT_LENGTH = 8, IV_LENGTH = 16, TIME_WINDOW = 150 };

enum { IS_SIGNED = 1, IS_ENCRYPTED = 2 };

// Members of usmStats (RFC 3414, section 5).
enum {
    UNSUPPORTED_LEVEL = 1, NOT_IN_TIME_WINDOW = 2, UNKNOWN_USER = 3, UNKNOWN_ENGINE = 4, WRONG_DIGEST = 5,
    CANNOT_DECRYPT = 6,
};

typedef struct {
    long message_id, boots, time;
    u_char flags;
    u_char engine[BUSBAR_ENGINE_ID_LENGTH + 1], user[64], mac[MAC_LENGTH + 1], salt[SALT_LENGTH + 1];
    size_t engine_length, user_length, mac_length, salt_length;
    // Where the signature is within the message.
    u_char *mac_place;
    // The PDU with its context, encrypted or not.
    u_char *scoped;
    size_t scoped_length;
} incoming;

static const oid *authentication(size_t *length) { return sc_get_auth_oid(NETSNMP_USMAUTH_HMAC192SHA256, length); }

static const oid *privacy(size_t *length) { return sc_get_priv_oid(USM_CREATE_USER_PRIV_AES, length); }

bool busbar_give_user(busbar_fleet *fleet, uint32_t index, uint16_t port, u_char *master, const char *passphrase,
                      bool is_first) {
    busbar_device *device = &fleet->devices[index];
    // The enterprise net-snmp, and octets that the administrator chose (RFC 3411, SnmpEngineID).
    const u_char engine[BUSBAR_ENGINE_ID_LENGTH] = {
        0x80, 0, 0x1F, 0x88, 5, (u_char)(index >> 16), (u_char)(index >> 8), (u_char)index, (u_char)(port >> 8),
        (u_char)port,
    };
    memcpy(device->engine, engine, sizeof engine);
    size_t oid_length = 0, master_room = BUSBAR_MASTER_KEY_ROOM, key_length = sizeof device->key;
    const oid *protocol = authentication(&oid_length);
    if (is_first && generate_Ku(protocol, (u_int)oid_length, (const u_char *)passphrase, strlen(passphrase), master,
                                &master_room) != SNMPERR_SUCCESS) return false;
    return generate_kul(protocol, (u_int)oid_length, device->engine, sizeof device->engine, master,
                        BUSBAR_USER_KEY_LENGTH, device->key, &key_length) == SNMPERR_SUCCESS;
}

// Reads a text of at most `*room` octets and goes on behind it.
static u_char *text(u_char *data, size_t *left, u_char *room, size_t *length) {
    u_char type;
    data = data ? asn_parse_string(data, left, &type, room, length) : NULL;
    return data && type == (ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_OCTET_STR) ? data : NULL;
}

static u_char *whole_number(u_char *data, size_t *left, long *number) {
    u_char type;
    data = data ? asn_parse_int(data, left, &type, number, sizeof *number) : NULL;
    return data && type == (ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_INTEGER) ? data : NULL;
}

// Enters a sequence, or a text that holds one; `*left` becomes its length and `*after` what follows, with its length.
static u_char *enter(u_char *data, size_t *left, u_char expected, u_char **after, size_t *rest) {
    u_char type;
    size_t inner = *left;
    u_char *content = data ? asn_parse_sequence(data, &inner, &type, expected, "sequence") : NULL;
    if (!content) return NULL;
    *after = content + inner;
    *rest = *left - (size_t)(*after - data);
    *left = inner;
    return content;
}

static bool parse(u_char *message, size_t length, incoming *in) {
    const u_char sequence = ASN_SEQUENCE | ASN_CONSTRUCTOR, octets = ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_OCTET_STR;
    long version = 0, largest = 0, model = 0;
    u_char *after, *inside_after;
    size_t left = length, rest, inside_rest, flags_length = 1;
    u_char *data = enter(message, &left, sequence, &after, &rest);
    data = whole_number(data, &left, &version);
    if (!data || version != SNMP_VERSION_3) return false;
    size_t inner = left;
    u_char *inside = enter(data, &inner, sequence, &after, &rest);
    inside = whole_number(inside, &inner, &in->message_id);
    inside = whole_number(inside, &inner, &largest);
    inside = text(inside, &inner, &in->flags, &flags_length);
    if (!whole_number(inside, &inner, &model) || flags_length != 1 || model != SNMP_SEC_MODEL_USM) return false;
    data = after;
    left = inner = rest;
    inside = enter(data, &inner, octets, &after, &rest);
    in->scoped = after;
    in->scoped_length = rest;
    inside = enter(inside, &inner, sequence, &inside_after, &inside_rest);
    in->engine_length = sizeof in->engine;
    in->user_length = sizeof in->user;
    in->mac_length = sizeof in->mac;
    in->salt_length = sizeof in->salt;
    inside = text(inside, &inner, in->engine, &in->engine_length);
    inside = whole_number(inside, &inner, &in->boots);
    inside = whole_number(inside, &inner, &in->time);
    inside = text(inside, &inner, in->user, &in->user_length);
    inside = text(inside, &inner, in->mac, &in->mac_length);
    if (!inside) return false;
    in->mac_place = inside - in->mac_length;
    return text(inside, &inner, in->salt, &in->salt_length) != NULL;
}

static bool sign(const busbar_device *device, const u_char *message, size_t length, u_char *mac) {
    size_t oid_length = 0, mac_length = MAC_LENGTH;
    const oid *protocol = authentication(&oid_length);
    return sc_generate_keyed_hash(protocol, oid_length, device->key, sizeof device->key, message, (u_int)length, mac,
                                  &mac_length) == SNMPERR_SUCCESS;
}

static void make_iv(u_char *iv, long boots, long time, const u_char *salt) {
    for (int octet = 0; octet < 4; octet++) {
        iv[octet] = (u_char)(boots >> (24 - 8 * octet));
        iv[4 + octet] = (u_char)(time >> (24 - 8 * octet));
    }
    memcpy(iv + 8, salt, SALT_LENGTH);
}

// What an answer is written to, from its end to its start; net-snmp makes it larger as needed.
typedef struct {
    busbar_fleet *fleet;
    size_t offset;
} outgoing;

static bool put_text(outgoing *out, const void *bytes, size_t length) {
    return asn_realloc_rbuild_string(&out->fleet->packet, &out->fleet->packet_capacity, &out->offset, 1,
                                     ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_OCTET_STR, bytes, length);
}

static bool put_number(outgoing *out, long number) {
    return asn_realloc_rbuild_int(&out->fleet->packet, &out->fleet->packet_capacity, &out->offset, 1,
                                  ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_INTEGER, &number, sizeof number);
}

// Puts the head before what was written since `start`.
static bool put_head(outgoing *out, u_char type, size_t start) {
    return asn_realloc_rbuild_header(&out->fleet->packet, &out->fleet->packet_capacity, &out->offset, 1, type,
                                     out->offset - start);
}

static u_char *start_of(const outgoing *out) {
    return out->fleet->packet + out->fleet->packet_capacity - out->offset;
}

static bool encrypt(outgoing *out, const busbar_device *device, long boots, long time, const u_char *salt) {
    u_char iv[IV_LENGTH], key[AES_KEY_LENGTH];
    make_iv(iv, boots, time, salt);
    memcpy(key, device->key, sizeof key);
    size_t oid_length = 0, length = BUSBAR_LARGEST_DATAGRAM;
    const oid *protocol = privacy(&oid_length);
    if (out->offset > length || sc_encrypt(protocol, oid_length, key, sizeof key, iv, sizeof iv, start_of(out),
                                           (u_int)out->offset, out->fleet->scrambled, &length) != SNMPERR_SUCCESS) {
        return false;
    }
    out->offset = 0;
    return put_text(out, out->fleet->scrambled, length);
}

static bool build(busbar_fleet *fleet, busbar_device *device, netsnmp_pdu *pdu, const incoming *in, u_char flags,
                  const void **answer, size_t *answer_length) {
    const u_char sequence = ASN_SEQUENCE | ASN_CONSTRUCTOR;
    const long boots = fleet->boots, now = (long)((busbar_now() - fleet->start) / 1000000000);
    u_char salt[SALT_LENGTH], mac[MAC_LENGTH] = {0};
    uint64_t number = ++fleet->salt;
    memcpy(salt, &number, sizeof salt);
    outgoing out = {fleet, 0};
    if (!snmp_pdu_realloc_rbuild(&fleet->packet, &fleet->packet_capacity, &out.offset, pdu) || !put_text(&out, "", 0) ||
        !put_text(&out, device->engine, sizeof device->engine) || !put_head(&out, sequence, 0) ||
        ((flags & IS_ENCRYPTED) && !encrypt(&out, device, boots, now, salt))) return false;
    size_t start = out.offset;
    if (!put_text(&out, salt, flags & IS_ENCRYPTED ? sizeof salt : 0) ||
        !put_text(&out, mac, flags & IS_SIGNED ? sizeof mac : 0)) return false;
    // The head of a text this short has two octets.
    size_t mac_offset = out.offset - 2;
    if (!put_text(&out, in->user, in->user_length) || !put_number(&out, now) || !put_number(&out, boots) ||
        !put_text(&out, device->engine, sizeof device->engine) || !put_head(&out, sequence, start) ||
        !put_head(&out, ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_OCTET_STR, start)) return false;
    start = out.offset;
    if (!put_number(&out, SNMP_SEC_MODEL_USM) || !put_text(&out, &flags, 1) ||
        !put_number(&out, BUSBAR_LARGEST_DATAGRAM) || !put_number(&out, in->message_id) ||
        !put_head(&out, sequence, start) || !put_number(&out, SNMP_VERSION_3) || !put_head(&out, sequence, 0)) {
        return false;
    }
    if (flags & IS_SIGNED) {
        if (!sign(device, start_of(&out), out.offset, mac)) return false;
        memcpy(fleet->packet + fleet->packet_capacity - mac_offset, mac, sizeof mac);
    }
    *answer = start_of(&out);
    *answer_length = out.offset;
    return true;
}

// Says why a message was not taken (RFC 3414, section 3.2).
static bool report(busbar_fleet *fleet, busbar_device *device, const incoming *in, oid member, const void **answer,
                   size_t *answer_length) {
    const oid name[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, member, 0};
    netsnmp_pdu pdu;
    memset(&pdu, 0, sizeof pdu);
    pdu.version = SNMP_VERSION_3;
    pdu.command = SNMP_MSG_REPORT;
    const long count = 1;
    // Who has lost the time has to be able to believe what it is (RFC 3414, section 3.2, step 7).
    const u_char flags = member == NOT_IN_TIME_WINDOW ? IS_SIGNED : 0;
    bool answered =
        snmp_varlist_add_variable(&pdu.variables, name, OID_LENGTH(name), ASN_COUNTER, &count, sizeof count) &&
        build(fleet, device, &pdu, in, flags, answer, answer_length);
    snmp_free_varbind(pdu.variables);
    return answered;
}

// Whether the signature is right; leaves zeros in its place.
static bool is_signed(const busbar_device *device, u_char *message, size_t length, const incoming *in) {
    u_char mac[MAC_LENGTH];
    if (in->mac_length != sizeof mac) return false;
    memset(in->mac_place, 0, sizeof mac);
    return sign(device, message, length, mac) && memcmp(mac, in->mac, sizeof mac) == 0;
}

static bool decrypt(busbar_fleet *fleet, const busbar_device *device, incoming *in) {
    u_char iv[IV_LENGTH], key[AES_KEY_LENGTH], *after;
    size_t inner = in->scoped_length, rest, oid_length = 0, length = BUSBAR_LARGEST_DATAGRAM;
    u_char *content = enter(in->scoped, &inner, ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_OCTET_STR, &after, &rest);
    if (!content || in->salt_length != SALT_LENGTH || inner == 0) return false;
    make_iv(iv, in->boots, in->time, in->salt);
    memcpy(key, device->key, sizeof key);
    const oid *protocol = privacy(&oid_length);
    if (sc_decrypt(protocol, oid_length, key, sizeof key, iv, sizeof iv, content, (u_int)inner, fleet->scrambled,
                   &length) != SNMPERR_SUCCESS) return false;
    in->scoped = fleet->scrambled;
    in->scoped_length = length;
    return true;
}

bool busbar_answer_version3(busbar_fleet *fleet, busbar_device *device, u_char *message, size_t length,
                            const void **answer, size_t *answer_length) {
    incoming in;
    memset(&in, 0, sizeof in);
    if (!fleet->user || !parse(message, length, &in)) return false;
    oid trouble = 0;
    if (in.engine_length != sizeof device->engine || memcmp(in.engine, device->engine, sizeof device->engine) != 0) {
        trouble = UNKNOWN_ENGINE;
    } else if (in.user_length != strlen(fleet->user) || memcmp(in.user, fleet->user, in.user_length) != 0) {
        trouble = UNKNOWN_USER;
    } else if ((in.flags & (IS_SIGNED | IS_ENCRYPTED)) != (IS_SIGNED | IS_ENCRYPTED)) {
        trouble = UNSUPPORTED_LEVEL;
    } else if (!is_signed(device, message, length, &in)) {
        trouble = WRONG_DIGEST;
    } else {
        long away = in.time - (long)((busbar_now() - fleet->start) / 1000000000);
        if (in.boots != fleet->boots || away > TIME_WINDOW || away < -TIME_WINDOW) {
            trouble = NOT_IN_TIME_WINDOW;
        } else if (!decrypt(fleet, device, &in)) {
            trouble = CANNOT_DECRYPT;
        }
    }
    if (trouble) return report(fleet, device, &in, trouble, answer, answer_length);
    u_char engine[BUSBAR_ENGINE_ID_LENGTH + 1], context[64], *after;
    size_t engine_length = sizeof engine, context_length = sizeof context, left = in.scoped_length, rest;
    u_char *data = enter(in.scoped, &left, ASN_SEQUENCE | ASN_CONSTRUCTOR, &after, &rest);
    data = text(data, &left, engine, &engine_length);
    data = text(data, &left, context, &context_length);
    // What a wrong key leaves is no PDU (RFC 3826, section 3.3.2).
    if (!data || context_length != 0) return false;
    netsnmp_pdu pdu;
    memset(&pdu, 0, sizeof pdu);
    pdu.version = SNMP_VERSION_3;
    bool answered = snmp_pdu_parse(&pdu, data, &left) == 0 && busbar_respond(fleet, device, &pdu, true) &&
                    build(fleet, device, &pdu, &in, IS_SIGNED | IS_ENCRYPTED, answer, answer_length);
    snmp_free_varbind(pdu.variables);
    free(pdu.enterprise);
    return answered;
}

// Shared by this target's files: the only ones that see net-snmp.

#ifndef CSNMP_INTERNAL_H
#define CSNMP_INTERNAL_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/lcd_time.h>
#include <net-snmp/library/snmpusm.h>

#include "CSNMPShim.h"

#define CSNMP_ENGINE_ID_MAX 32

// What is known of an engine's clock (RFC 3414, section 2.3), as net-snmp's table holds it.
typedef struct {
    uint8_t id[CSNMP_ENGINE_ID_MAX];
    size_t id_length;
    bool has_time;
    u_int boots;
    u_int time;
    u_int is_authentic;
    time_t received;
} csnmp_engine;

struct csnmp_peer {
    struct usmUser *user;  // outside net-snmp's list but for the time of one call
    csnmp_engine engine;
    char *context;
    int level;
    uint8_t authentication_key[CSNMP_MASTER_KEY_SIZE];
    size_t authentication_key_length;
    uint8_t privacy_key[CSNMP_MASTER_KEY_SIZE];
    size_t privacy_key_length;
};

struct csnmp_codec {
    u_char *packet;
    size_t packet_size;
    u_char *spare;
    size_t spare_size;
    csnmp_varbind *varbinds;
    size_t varbinds_size;
    uint32_t *arcs;
    size_t arcs_size;
    uint8_t *bytes;
    size_t bytes_size;
    csnmp_engine heard;  // the engine of the last decoded message
};

// Puts an engine's clock into net-snmp's table, where nothing else is, and takes it out again.
void csnmp_engine_enter(const csnmp_engine *engine);
void csnmp_engine_leave(csnmp_engine *engine);

const oid *csnmp_authentication_oid(int authentication, size_t *length);
const oid *csnmp_privacy_oid(int privacy, size_t *length);

#endif

#include "fleet.h"

#include <stdio.h>
#include <string.h>

// BER is net-snmp's throughout. Its sessions are not used: they would cost one transport, one session and one walk of
// the session list per device. The functions used here keep no state, so a client of net-snmp may run on another
// thread.

enum { MOST_VARIABLES = 256 };

static const busbar_stored_object *first_from(busbar_fleet *fleet, const oid *arcs, size_t length, bool after) {
    uint32_t low = 0, high = fleet->object_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const busbar_stored_object *object = &fleet->objects[middle];
        int order = snmp_oid_compare(object->arcs, object->object.length, arcs, length);
        if (order > 0 || (order == 0 && !after)) high = middle;
        else low = middle + 1;
    }
    return low < fleet->object_count ? &fleet->objects[low] : NULL;
}

static const busbar_stored_object *find(busbar_fleet *fleet, const netsnmp_variable_list *variable) {
    const busbar_stored_object *object = first_from(fleet, variable->name, variable->name_length, false);
    if (!object || object->object.length != variable->name_length) return NULL;
    return snmp_oid_compare(object->arcs, object->object.length, variable->name, variable->name_length) == 0 ? object
                                                                                                            : NULL;
}

static long still_number(busbar_fleet *fleet, busbar_device *device, const busbar_object *object) {
    int64_t now = object->kind == BUSBAR_OBJECT_CONSTANT ? 0 : busbar_now();
    switch (object->kind) {
        case BUSBAR_OBJECT_UPTIME: return (long)(uint32_t)((now - fleet->start) / 10000000);
        case BUSBAR_OBJECT_STATE:
        case BUSBAR_OBJECT_CONTROL:
            return (long)(busbar_is_on(&device->outlets[object->outlet - 1], now) ? object->on : object->off);
        case BUSBAR_OBJECT_TOTAL: {
            int64_t on = 0;
            for (uint32_t index = 0; index < fleet->outlet_count; index++) {
                on += busbar_is_on(&device->outlets[index], now);
            }
            return (long)(object->on * on / fleet->outlet_count);
        }
        case BUSBAR_OBJECT_CONSTANT: break;
    }
    return (long)object->on;
}

static long number(busbar_fleet *fleet, busbar_device *device, const busbar_object *object) {
    long number = still_number(fleet, device, object);
    switch (object->movement) {
        // Eleven steps: as many requests as one poll may have seldom divide by it, so each poll finds other numbers.
        case BUSBAR_SWINGS: return number - number * (long)(device->requests % 11) / 50;
        case BUSBAR_GROWS: return number + (long)device->requests;
        case BUSBAR_STILL: break;
    }
    return number;
}

static bool tell(busbar_fleet *fleet, busbar_device *device, const busbar_stored_object *object,
                 netsnmp_variable_list *variable) {
    u_char type = object->object.type;
    if (type == ASN_OCTET_STR || type == ASN_OBJECT_ID || type == ASN_IPADDRESS) {
        return snmp_set_var_typed_value(variable, type, object->bytes, object->byte_count) == 0;
    }
    if (type == ASN_COUNTER64) {
        uint64_t value = (uint64_t)number(fleet, device, &object->object);
        struct counter64 halves = {.high = (u_long)(value >> 32), .low = (u_long)(value & 0xFFFFFFFF)};
        return snmp_set_var_typed_value(variable, type, &halves, sizeof halves) == 0;
    }
    return snmp_set_var_typed_integer(variable, type, number(fleet, device, &object->object)) == 0;
}

static void fail(netsnmp_pdu *pdu, long status, long index) {
    // Version 1 knows only the first five errors.
    if (pdu->version == SNMP_VERSION_1) {
        switch (status) {
            case SNMP_ERR_WRONGTYPE:
            case SNMP_ERR_WRONGVALUE: status = SNMP_ERR_BADVALUE; break;
            case SNMP_ERR_NOTWRITABLE:
            case SNMP_ERR_NOACCESS: status = SNMP_ERR_NOSUCHNAME; break;
            default: break;
        }
    }
    pdu->errstat = status;
    pdu->errindex = index;
}

static void get(busbar_fleet *fleet, busbar_device *device, netsnmp_pdu *pdu, bool next) {
    long index = 0;
    for (netsnmp_variable_list *variable = pdu->variables; variable; variable = variable->next_variable) {
        index++;
        const busbar_stored_object *object =
            next ? first_from(fleet, variable->name, variable->name_length, true) : find(fleet, variable);
        if (!object) {
            if (pdu->version == SNMP_VERSION_1) return fail(pdu, SNMP_ERR_NOSUCHNAME, index);
            snmp_set_var_typed_value(variable, next ? SNMP_ENDOFMIBVIEW : SNMP_NOSUCHINSTANCE, NULL, 0);
            continue;
        }
        if ((next && snmp_set_var_objid(variable, object->arcs, object->object.length) != 0) ||
            !tell(fleet, device, object, variable)) return fail(pdu, SNMP_ERR_GENERR, index);
    }
}

/// Adds the successor of a variable to the end of a list, and moves the end.
static netsnmp_variable_list *add(busbar_fleet *fleet, busbar_device *device, netsnmp_variable_list ***end,
                                  const netsnmp_variable_list *after) {
    const busbar_stored_object *object = first_from(fleet, after->name, after->name_length, true);
    const oid *arcs = object ? object->arcs : after->name;
    size_t length = object ? object->object.length : after->name_length;
    netsnmp_variable_list *added =
        snmp_varlist_add_variable(*end, arcs, length, object ? ASN_NULL : SNMP_ENDOFMIBVIEW, NULL, 0);
    if (!added) return NULL;
    if (object) tell(fleet, device, object, added);
    *end = &added->next_variable;
    return added;
}

static void get_bulk(busbar_fleet *fleet, busbar_device *device, netsnmp_pdu *pdu) {
    long single = pdu->non_repeaters > 0 ? pdu->non_repeaters : 0;
    long repetitions = pdu->max_repetitions > 0 ? pdu->max_repetitions : 0;
    netsnmp_variable_list *result = NULL, **end = &result, *row[MOST_VARIABLES];
    int count = 0, width = 0;
    netsnmp_variable_list *asked = pdu->variables;
    for (; asked && single > 0 && count < MOST_VARIABLES; asked = asked->next_variable, single--, count++) {
        add(fleet, device, &end, asked);
    }
    for (; asked && width < MOST_VARIABLES; asked = asked->next_variable) row[width++] = asked;
    bool ended = width == 0;
    for (long repetition = 0; repetition < repetitions && !ended && count + width <= MOST_VARIABLES; repetition++) {
        ended = true;
        for (int column = 0; column < width; column++, count++) {
            row[column] = add(fleet, device, &end, row[column]);
            if (!row[column]) goto done;
            if (row[column]->type != SNMP_ENDOFMIBVIEW) ended = false;
        }
    }
done:
    snmp_free_varbind(pdu->variables);
    pdu->variables = result;
}

static void take_order(busbar_fleet *fleet, busbar_device *device, const busbar_object *object, long value,
                       int64_t now) {
    busbar_outlet *outlet = &device->outlets[object->outlet - 1];
    atomic_store_explicit(&outlet->on, value != object->write_off, memory_order_relaxed);
    atomic_store_explicit(&outlet->on_again, value == object->write_cycle ? now + fleet->cycle : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&outlet->last_value, value, memory_order_relaxed);
    atomic_store_explicit(&outlet->last_order, now, memory_order_release);
    atomic_fetch_add_explicit(&fleet->orders, 1, memory_order_relaxed);
    if (fleet->record < 0) return;
    if (fleet->record_length + 128 > sizeof fleet->record_buffer) busbar_flush_record(fleet);
    fleet->record_length += (size_t)snprintf(fleet->record_buffer + fleet->record_length, 128,
                                             "%lld\t%u\t%u\t%ld\t%u\n", (long long)now,
                                             (unsigned)(device - fleet->devices), (unsigned)object->outlet, value,
                                             (unsigned)fleet->source_port);
}

static void set(busbar_fleet *fleet, busbar_device *device, netsnmp_pdu *pdu, bool may_write) {
    int64_t now = busbar_now();
    // All or nothing: every value is looked at before the first is taken.
    for (int taking = 0; taking < 2; taking++) {
        long index = 0;
        for (netsnmp_variable_list *variable = pdu->variables; variable; variable = variable->next_variable) {
            index++;
            if (!may_write) return fail(pdu, SNMP_ERR_NOACCESS, index);
            const busbar_stored_object *object = find(fleet, variable);
            if (!object || object->object.kind != BUSBAR_OBJECT_CONTROL) return fail(pdu, SNMP_ERR_NOTWRITABLE, index);
            if (variable->type != object->object.type || !variable->val.integer) {
                return fail(pdu, SNMP_ERR_WRONGTYPE, index);
            }
            long value = *variable->val.integer;
            if (value != object->object.write_on && value != object->object.write_off &&
                value != object->object.write_cycle) return fail(pdu, SNMP_ERR_WRONGVALUE, index);
            if (taking) take_order(fleet, device, &object->object, value, now);
        }
    }
}

static bool build(busbar_fleet *fleet, netsnmp_pdu *pdu, const u_char *community, size_t community_length,
                  const void **answer, size_t *answer_length) {
    size_t offset = 0;
    long version = pdu->version;
    // net-snmp encodes from the end of the packet to its start and makes the packet larger as needed.
    if (!snmp_pdu_realloc_rbuild(&fleet->packet, &fleet->packet_capacity, &offset, pdu) ||
        !asn_realloc_rbuild_string(&fleet->packet, &fleet->packet_capacity, &offset, 1,
                                   ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_OCTET_STR, community, community_length) ||
        !asn_realloc_rbuild_int(&fleet->packet, &fleet->packet_capacity, &offset, 1,
                                ASN_UNIVERSAL | ASN_PRIMITIVE | ASN_INTEGER, &version, sizeof version) ||
        !asn_realloc_rbuild_sequence(&fleet->packet, &fleet->packet_capacity, &offset, 1,
                                     ASN_SEQUENCE | ASN_CONSTRUCTOR, offset)) return false;
    *answer = fleet->packet + fleet->packet_capacity - offset;
    *answer_length = offset;
    return true;
}

bool busbar_respond(busbar_fleet *fleet, busbar_device *device, netsnmp_pdu *pdu, bool may_write) {
    int command = pdu->command;
    pdu->command = SNMP_MSG_RESPONSE;
    // A GETBULK keeps its two numbers in the fields of the error.
    if (command == SNMP_MSG_GETBULK && pdu->version != SNMP_VERSION_1) get_bulk(fleet, device, pdu);
    pdu->errstat = pdu->errindex = 0;
    switch (command) {
        case SNMP_MSG_GET: get(fleet, device, pdu, false); return true;
        case SNMP_MSG_GETNEXT: get(fleet, device, pdu, true); return true;
        case SNMP_MSG_SET: set(fleet, device, pdu, may_write); return true;
        case SNMP_MSG_GETBULK: return pdu->version != SNMP_VERSION_1;
        default: return false;
    }
}

bool busbar_answer(busbar_fleet *fleet, busbar_device *device, u_char *message, size_t length, const void **answer,
                   size_t *answer_length) {
    u_char type, community[256];
    long version;
    size_t community_length = sizeof community, whole = length;
    u_char *data = asn_parse_sequence(message, &length, &type, ASN_SEQUENCE | ASN_CONSTRUCTOR, "version");
    if (data) data = asn_parse_int(data, &length, &type, &version, sizeof version);
    if (data && version == SNMP_VERSION_3) {
        return busbar_answer_version3(fleet, device, message, whole, answer, answer_length);
    }
    if (!data || (version != SNMP_VERSION_1 && version != SNMP_VERSION_2c)) return false;
    data = asn_parse_string(data, &length, &type, community, &community_length);
    if (!data) return false;
    size_t writing = strlen(fleet->write_community), reading = strlen(fleet->read_community);
    bool may_write = community_length == writing && memcmp(community, fleet->write_community, writing) == 0;
    if (!may_write && (community_length != reading || memcmp(community, fleet->read_community, reading) != 0)) {
        return false;
    }
    netsnmp_pdu pdu;
    memset(&pdu, 0, sizeof pdu);
    pdu.version = version;
    bool answered = snmp_pdu_parse(&pdu, data, &length) == 0 && busbar_respond(fleet, device, &pdu, may_write) &&
                    build(fleet, &pdu, community, community_length, answer, answer_length);
    snmp_free_varbind(pdu.variables);
    // Only a trap of version 1 has one.
    free(pdu.enterprise);
    return answered;
}

#include "csnmp_internal.h"

csnmp_codec *csnmp_codec_create(void)
{
    return calloc(1, sizeof(csnmp_codec));
}

void csnmp_codec_destroy(csnmp_codec *codec)
{
    if (codec == NULL) {
        return;
    }
    free(codec->packet);
    free(codec->spare);
    free(codec->varbinds);
    free(codec->arcs);
    free(codec->bytes);
    free(codec);
}

static size_t copy_arcs(oid *target, const uint32_t *arcs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        target[i] = arcs[i];
    }
    return count;
}

// Adds one object and its value to the end of a list.
static netsnmp_variable_list *add(netsnmp_variable_list **end, const csnmp_varbinds *list, const csnmp_varbind *item)
{
    oid name[MAX_OID_LEN];
    oid value_arcs[MAX_OID_LEN];
    if (item->arc_count > MAX_OID_LEN) {
        return NULL;
    }
    const size_t name_length = copy_arcs(name, list->arcs + item->arc_offset, item->arc_count);
    const int signed_value = (int)(int64_t)item->number;
    const u_int unsigned_value = (u_int)item->number;
    const struct counter64 wide_value = { .high = item->number >> 32, .low = item->number & 0xFFFFFFFF };
    const void *value = NULL;
    size_t length = 0;
    float single;
    double twice;

    switch (item->type) {
    case CSNMP_INTEGER:
        value = &signed_value;
        length = sizeof(signed_value);
        break;
    case CSNMP_COUNTER32:
    case CSNMP_UNSIGNED32:
    case CSNMP_TIMETICKS:
        value = &unsigned_value;
        length = sizeof(unsigned_value);
        break;
    case CSNMP_COUNTER64:
        value = &wide_value;
        length = sizeof(wide_value);
        break;
    case CSNMP_OPAQUE_FLOAT: {
        const uint32_t bits = (uint32_t)item->number;
        memcpy(&single, &bits, sizeof(single));
        value = &single;
        length = sizeof(single);
        break;
    }
    case CSNMP_OPAQUE_DOUBLE:
        memcpy(&twice, &item->number, sizeof(twice));
        value = &twice;
        length = sizeof(twice);
        break;
    case CSNMP_OCTETS:
    case CSNMP_IPADDRESS:
    case CSNMP_OPAQUE:
        value = list->bytes + item->byte_offset;
        length = item->byte_count;
        break;
    case CSNMP_OID: {
        const size_t count = item->number & 0xFFFFFFFF;
        if (count > MAX_OID_LEN) {
            return NULL;
        }
        value = value_arcs;
        length = copy_arcs(value_arcs, list->arcs + (item->number >> 32), count) * sizeof(oid);
        break;
    }
    case CSNMP_NULL:
        break;
    default:
        return NULL;
    }
    return snmp_varlist_add_variable(end, name, name_length, item->type, value, length);
}

static bool copy_bytes(u_char **target, size_t *target_length, const void *bytes, size_t length)
{
    u_char *copy = malloc(length + 1);
    if (copy == NULL) {
        return false;
    }
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    copy[length] = 0;
    *target = copy;
    *target_length = length;
    return true;
}

// The fields of version 3: who asks which engine; of an engine not known yet, nobody asks for its name.
static bool address(netsnmp_pdu *pdu, const csnmp_peer *peer)
{
    static const csnmp_engine nothing;
    const bool is_known = peer != NULL && peer->engine.id_length > 0;
    const csnmp_engine *engine = is_known ? &peer->engine : &nothing;
    const char *name = is_known ? peer->user->name : "";
    const char *context = is_known ? peer->context : "";
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    pdu->securityLevel = is_known ? peer->level : SNMP_SEC_LEVEL_NOAUTH;
    return copy_bytes(&pdu->securityEngineID, &pdu->securityEngineIDLen, engine->id, engine->id_length)
        && copy_bytes(&pdu->contextEngineID, &pdu->contextEngineIDLen, engine->id, engine->id_length)
        && copy_bytes((u_char **)&pdu->securityName, &pdu->securityNameLen, name, strlen(name))
        && copy_bytes((u_char **)&pdu->contextName, &pdu->contextNameLen, context, strlen(context));
}

static int build(csnmp_codec *codec, const csnmp_request *request, netsnmp_pdu *pdu, size_t *length)
{
    static netsnmp_session session;
    if (session.rcvMsgMaxSize == 0) {
        snmp_sess_init(&session);
        // The most that UDP over IPv4 carries; what a device may answer is limited to it.
        session.rcvMsgMaxSize = 65507;
        session.sndMsgMaxSize = 65507;
    }
    session.version = pdu->version;
    csnmp_peer *peer = request->peer;
    const bool needs_user = peer != NULL && peer->engine.id_length > 0;
    if (needs_user) {
        usm_add_user(peer->user);
        csnmp_engine_enter(&peer->engine);
    }
    *length = 0;
    const int outcome = snmp_build(&codec->packet, &codec->packet_size, length, &session, pdu);
    if (needs_user) {
        usm_remove_user(peer->user);
        peer->user->next = peer->user->prev = NULL;
        free_enginetime(peer->engine.id, peer->engine.id_length);
    }
    return outcome == 0 ? CSNMP_OK : CSNMP_MALFORMED;
}

int csnmp_encode(csnmp_codec *codec, const csnmp_request *request, const uint8_t **packet, size_t *length)
{
    if (codec->packet == NULL) {
        codec->packet_size = 2048;
        codec->packet = malloc(codec->packet_size);
        if (codec->packet == NULL) {
            return CSNMP_OUT_OF_MEMORY;
        }
    }
    netsnmp_pdu *pdu = snmp_pdu_create(request->command);
    if (pdu == NULL) {
        return CSNMP_OUT_OF_MEMORY;
    }
    pdu->version = request->version;
    pdu->reqid = request->request_id;
    pdu->msgid = request->message_id;
    pdu->errstat = 0;
    pdu->errindex = 0;
    if (request->command == CSNMP_GETBULK) {
        pdu->non_repeaters = request->non_repeaters;
        pdu->max_repetitions = request->max_repetitions;
    }

    int outcome = CSNMP_OK;
    netsnmp_variable_list **end = &pdu->variables;
    for (size_t i = 0; i < request->varbinds.count && outcome == CSNMP_OK; i++) {
        netsnmp_variable_list *added = add(end, &request->varbinds, &request->varbinds.varbinds[i]);
        if (added == NULL) {
            outcome = CSNMP_MALFORMED;
        } else {
            end = &added->next_variable;
        }
    }
    if (outcome == CSNMP_OK) {
        const bool is_addressed = request->version == SNMP_VERSION_3
            ? address(pdu, request->peer)
            : copy_bytes(&pdu->community, &pdu->community_len, request->community, request->community_length);
        outcome = is_addressed ? build(codec, request, pdu, length) : CSNMP_OUT_OF_MEMORY;
    }
    snmp_free_pdu(pdu);
    if (outcome != CSNMP_OK) {
        return outcome;
    }
    if (*length > 65507) {
        return CSNMP_TOO_LONG;
    }
    // The message is built from its end towards its beginning.
    *packet = codec->packet + codec->packet_size - *length;
    return CSNMP_OK;
}

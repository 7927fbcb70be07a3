#include "csnmp_internal.h"

_Static_assert(CSNMP_RESPONSE == SNMP_MSG_RESPONSE && CSNMP_REPORT == SNMP_MSG_REPORT && CSNMP_GET == SNMP_MSG_GET
    && CSNMP_GETNEXT == SNMP_MSG_GETNEXT && CSNMP_GETBULK == SNMP_MSG_GETBULK && CSNMP_SET == SNMP_MSG_SET,
    "PDU types");
_Static_assert(CSNMP_INTEGER == ASN_INTEGER && CSNMP_OCTETS == ASN_OCTET_STR && CSNMP_NULL == ASN_NULL
    && CSNMP_OID == ASN_OBJECT_ID && CSNMP_IPADDRESS == ASN_IPADDRESS && CSNMP_COUNTER32 == ASN_COUNTER
    && CSNMP_UNSIGNED32 == ASN_UNSIGNED && CSNMP_TIMETICKS == ASN_TIMETICKS && CSNMP_OPAQUE == ASN_OPAQUE
    && CSNMP_COUNTER64 == ASN_COUNTER64 && CSNMP_UINTEGER32 == ASN_UINTEGER
    && CSNMP_OPAQUE_COUNTER64 == ASN_OPAQUE_COUNTER64 && CSNMP_OPAQUE_FLOAT == ASN_OPAQUE_FLOAT
    && CSNMP_OPAQUE_DOUBLE == ASN_OPAQUE_DOUBLE && CSNMP_OPAQUE_INTEGER64 == ASN_OPAQUE_I64
    && CSNMP_OPAQUE_UNSIGNED64 == ASN_OPAQUE_U64 && CSNMP_NOSUCHOBJECT == SNMP_NOSUCHOBJECT
    && CSNMP_NOSUCHINSTANCE == SNMP_NOSUCHINSTANCE && CSNMP_ENDOFMIBVIEW == SNMP_ENDOFMIBVIEW,
    "types of values");

int csnmp_peek(const uint8_t *data, size_t length, uint8_t *version, int32_t *id)
{
    u_char *cursor = (u_char *)data;
    u_char type;
    long wire_version = -1;
    long number = 0;
    cursor = asn_parse_sequence(cursor, &length, &type, ASN_SEQUENCE | ASN_CONSTRUCTOR, "message");
    if (cursor == NULL) {
        return CSNMP_MALFORMED;
    }
    cursor = asn_parse_int(cursor, &length, &type, &wire_version, sizeof(wire_version));
    if (cursor == NULL || type != ASN_INTEGER) {
        return CSNMP_MALFORMED;
    }
    if (wire_version == SNMP_VERSION_3) {
        cursor = asn_parse_sequence(cursor, &length, &type, ASN_SEQUENCE | ASN_CONSTRUCTOR, "global data");
    } else if (wire_version == SNMP_VERSION_1 || wire_version == SNMP_VERSION_2c) {
        u_char community[COMMUNITY_MAX_LEN];
        size_t community_length = sizeof(community);
        cursor = asn_parse_string(cursor, &length, &type, community, &community_length);
        if (cursor == NULL || type != ASN_OCTET_STR) {
            return CSNMP_MALFORMED;
        }
        cursor = asn_parse_header(cursor, &length, &type);
        if (cursor == NULL || type != CSNMP_RESPONSE) {
            return CSNMP_MALFORMED;
        }
    } else {
        return CSNMP_MALFORMED;
    }
    if (cursor == NULL) {
        return CSNMP_MALFORMED;
    }
    cursor = asn_parse_int(cursor, &length, &type, &number, sizeof(number));
    if (cursor == NULL || type != ASN_INTEGER || number < INT32_MIN || number > INT32_MAX) {
        return CSNMP_MALFORMED;
    }
    *version = (uint8_t)wire_version;
    *id = (int32_t)number;
    return CSNMP_OK;
}

// Makes room in a growing array for so many more elements.
static bool reserve(void **array, size_t *size, size_t used, size_t more, size_t element)
{
    if (used + more <= *size) {
        return true;
    }
    const size_t new_size = 2 * (used + more) + 16;
    void *grown = realloc(*array, new_size * element);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    *size = new_size;
    return true;
}

static bool append_arcs(csnmp_codec *codec, size_t *used, const oid *arcs, size_t count)
{
    if (!reserve((void **)&codec->arcs, &codec->arcs_size, *used, count, sizeof(uint32_t))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        codec->arcs[*used + i] = (uint32_t)arcs[i];
    }
    *used += count;
    return true;
}

static int flatten(csnmp_codec *codec, const netsnmp_pdu *pdu, csnmp_varbinds *list)
{
    size_t count = 0;
    size_t arcs = 0;
    size_t bytes = 0;
    for (const netsnmp_variable_list *variable = pdu->variables; variable != NULL; variable = variable->next_variable) {
        if (!reserve((void **)&codec->varbinds, &codec->varbinds_size, count, 1, sizeof(csnmp_varbind))) {
            return CSNMP_OUT_OF_MEMORY;
        }
        csnmp_varbind *item = &codec->varbinds[count];
        *item = (csnmp_varbind){
            .arc_offset = (uint32_t)arcs,
            .arc_count = (uint32_t)variable->name_length,
            .byte_offset = (uint32_t)bytes,
            .type = variable->type,
        };
        if (!append_arcs(codec, &arcs, variable->name, variable->name_length)) {
            return CSNMP_OUT_OF_MEMORY;
        }
        switch (variable->type) {
        case ASN_INTEGER:
        case ASN_COUNTER:
        case ASN_UNSIGNED:
        case ASN_TIMETICKS:
        case ASN_UINTEGER:
            item->number = (uint64_t)*variable->val.integer;
            break;
        case ASN_COUNTER64:
        case ASN_OPAQUE_COUNTER64:
        case ASN_OPAQUE_U64:
        case ASN_OPAQUE_I64:
            item->number = (uint64_t)variable->val.counter64->high << 32
                | (variable->val.counter64->low & 0xFFFFFFFF);
            break;
        case ASN_OPAQUE_FLOAT: {
            uint32_t bits;
            memcpy(&bits, variable->val.floatVal, sizeof(bits));
            item->number = bits;
            break;
        }
        case ASN_OPAQUE_DOUBLE:
            memcpy(&item->number, variable->val.doubleVal, sizeof(item->number));
            break;
        case ASN_OBJECT_ID: {
            const size_t length = variable->val_len / sizeof(oid);
            item->number = (uint64_t)arcs << 32 | length;
            if (!append_arcs(codec, &arcs, variable->val.objid, length)) {
                return CSNMP_OUT_OF_MEMORY;
            }
            break;
        }
        case ASN_NULL:
        case SNMP_NOSUCHOBJECT:
        case SNMP_NOSUCHINSTANCE:
        case SNMP_ENDOFMIBVIEW:
            break;
        default:
            if (!reserve((void **)&codec->bytes, &codec->bytes_size, bytes, variable->val_len, 1)) {
                return CSNMP_OUT_OF_MEMORY;
            }
            if (variable->val_len > 0) {
                memcpy(codec->bytes + bytes, variable->val.string, variable->val_len);
            }
            item->byte_count = (uint32_t)variable->val_len;
            bytes += variable->val_len;
        }
        count++;
    }
    *list = (csnmp_varbinds){ .varbinds = codec->varbinds, .count = count, .arcs = codec->arcs, .bytes = codec->bytes };
    return CSNMP_OK;
}

static uint8_t report_kind(netsnmp_pdu *pdu)
{
    switch (snmpv3_get_report_type(pdu)) {
    case SNMPERR_UNSUPPORTED_SEC_LEVEL:
        return CSNMP_REPORT_UNSUPPORTED_LEVEL;
    case SNMPERR_NOT_IN_TIME_WINDOW:
        return CSNMP_REPORT_NOT_IN_TIME_WINDOW;
    case SNMPERR_UNKNOWN_USER_NAME:
        return CSNMP_REPORT_UNKNOWN_USER;
    case SNMPERR_UNKNOWN_ENG_ID:
        return CSNMP_REPORT_UNKNOWN_ENGINE;
    case SNMPERR_AUTHENTICATION_FAILURE:
        return CSNMP_REPORT_WRONG_DIGEST;
    case SNMPERR_DECRYPTION_ERR:
        return CSNMP_REPORT_DECRYPTION_ERROR;
    default:
        return CSNMP_REPORT_OTHER;
    }
}

// One attempt at a message, with one user and one engine in net-snmp's tables. The engine takes over what the message
// says of its clock, when net-snmp believes it.
static int attempt(const uint8_t *data, size_t length, struct usmUser *user, csnmp_engine *engine, csnmp_codec *codec,
                   netsnmp_pdu **result)
{
    static netsnmp_session session;
    if (session.rcvMsgMaxSize == 0) {
        snmp_sess_init(&session);
        session.rcvMsgMaxSize = 65507;
        session.sndMsgMaxSize = 65507;
    }
    // Reading a message with authentication blanks its digest, so each attempt has its own copy. The bytes behind it
    // are zero, in case a length inside it promises more than there is.
    if (codec->spare_size < length + 64) {
        u_char *grown = realloc(codec->spare, length + 64);
        if (grown == NULL) {
            return SNMPERR_MALLOC;
        }
        codec->spare = grown;
        codec->spare_size = length + 64;
    }
    memcpy(codec->spare, data, length);
    memset(codec->spare + length, 0, 64);

    snmp_free_pdu(*result);
    *result = calloc(1, sizeof(netsnmp_pdu));
    if (*result == NULL) {
        return SNMPERR_MALLOC;
    }
    session.version = SNMP_DEFAULT_VERSION;
    session.s_snmp_errno = 0;
    if (user != NULL) {
        usm_add_user(user);
    }
    if (engine != NULL) {
        csnmp_engine_enter(engine);
    }
    const int outcome = snmp_parse(NULL, &session, *result, codec->spare, length);
    if (user != NULL) {
        usm_remove_user(user);
        user->next = user->prev = NULL;
    }
    if ((*result)->version == SNMP_VERSION_3) {
        // Whatever engine the message named, its entry must not stay: anybody can name any number of them.
        csnmp_engine *heard = &codec->heard;
        *heard = (csnmp_engine){ 0 };
        if ((*result)->securityEngineID != NULL && (*result)->securityEngineIDLen <= CSNMP_ENGINE_ID_MAX) {
            heard->id_length = (*result)->securityEngineIDLen;
            memcpy(heard->id, (*result)->securityEngineID, heard->id_length);
        }
        if (engine != NULL && outcome == SNMPERR_SUCCESS && heard->id_length == engine->id_length
            && memcmp(heard->id, engine->id, engine->id_length) == 0) {
            csnmp_engine_leave(engine);
            *heard = *engine;
        } else {
            csnmp_engine_leave(heard);
        }
        free_etimelist();
    }
    return outcome;
}

// Reads a report whose user is not the one that was asked as: of an engine that is not known yet, or has changed.
static int attempt_as_guest(const uint8_t *data, size_t length, csnmp_codec *codec, netsnmp_pdu **result)
{
    if (codec->heard.id_length == 0 || (*result)->securityName == NULL) {
        return SNMPERR_USM_UNKNOWNSECURITYNAME;
    }
    csnmp_peer *guest = csnmp_peer_create((*result)->securityName, "", 0, NULL, 0, 0, NULL, 0);
    if (guest == NULL) {
        return SNMPERR_MALLOC;
    }
    const int adopted = csnmp_peer_adopt(guest, codec);
    const int outcome = adopted != CSNMP_OK
        ? SNMPERR_USM_UNKNOWNSECURITYNAME : attempt(data, length, guest->user, NULL, codec, result);
    csnmp_peer_destroy(guest);
    if (outcome == SNMPERR_SUCCESS && (*result)->command != SNMP_MSG_REPORT) {
        return SNMPERR_USM_UNKNOWNSECURITYNAME;
    }
    return outcome;
}

// Whether an answer comes from the engine and the user that were asked, protected as the question was (RFC 3412,
// section 7.2); reports may come unprotected and from elsewhere.
static bool is_from(const csnmp_peer *peer, const netsnmp_pdu *pdu)
{
    if (pdu->command == SNMP_MSG_REPORT) {
        return true;
    }
    if (peer == NULL || peer->engine.id_length == 0 || pdu->securityLevel != peer->level) {
        return false;
    }
    const size_t engine_length = peer->engine.id_length;
    const size_t name_length = strlen(peer->user->name);
    const size_t context_length = strlen(peer->context);
    return pdu->securityEngineIDLen == engine_length && memcmp(pdu->securityEngineID, peer->engine.id, engine_length) == 0
        && pdu->securityNameLen == name_length && memcmp(pdu->securityName, peer->user->name, name_length) == 0
        && pdu->contextNameLen == context_length && memcmp(pdu->contextName, peer->context, context_length) == 0;
}

static int read_version_3(const uint8_t *data, size_t length, csnmp_codec *codec, csnmp_peer *peer, netsnmp_pdu **result)
{
    const bool is_known = peer != NULL && peer->engine.id_length > 0;
    struct usmUser *user = is_known ? peer->user : NULL;
    int outcome = attempt(data, length, user, is_known ? &peer->engine : NULL, codec, result);
    if (outcome == SNMPERR_USM_NOTINTIMEWINDOW && is_known) {
        // Authentic, but of an earlier life of the engine than the one known: the device lost its count of boots, as
        // cheap ones do. net-snmp would refuse it for ever. The message ID, which the caller has matched, shows that
        // this is no recording.
        csnmp_engine forgetful = peer->engine;
        forgetful.has_time = false;
        outcome = attempt(data, length, user, &forgetful, codec, result);
        if (outcome == SNMPERR_SUCCESS) {
            peer->engine = forgetful;
        }
    }
    if (outcome == SNMPERR_USM_UNKNOWNSECURITYNAME && (*result)->securityLevel == SNMP_SEC_LEVEL_NOAUTH) {
        outcome = attempt_as_guest(data, length, codec, result);
    }
    if (outcome == SNMPERR_SUCCESS && !is_from(peer, *result)) {
        return SNMPERR_USM_AUTHENTICATIONFAILURE;
    }
    return outcome;
}

int csnmp_decode(csnmp_codec *codec, uint8_t *data, size_t length, csnmp_peer *peer, csnmp_message *message)
{
    uint8_t version = 0;
    int32_t id = 0;
    int outcome = csnmp_peek(data, length, &version, &id);
    if (outcome != CSNMP_OK) {
        return outcome;
    }
    netsnmp_pdu *pdu = NULL;
    const int parsed = version == SNMP_VERSION_3
        ? read_version_3(data, length, codec, peer, &pdu) : attempt(data, length, NULL, NULL, codec, &pdu);
    if (parsed != SNMPERR_SUCCESS || pdu == NULL) {
        snmp_free_pdu(pdu);
        switch (parsed) {
        case SNMPERR_USM_AUTHENTICATIONFAILURE:
        case SNMPERR_USM_UNKNOWNSECURITYNAME:
        case SNMPERR_USM_NOTINTIMEWINDOW:
        case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL:
        case SNMPERR_USM_DECRYPTIONERROR:
            return CSNMP_NOT_AUTHENTIC;
        default:
            return CSNMP_MALFORMED;
        }
    }
    const bool is_answer = pdu->command == SNMP_MSG_RESPONSE
        || (pdu->command == SNMP_MSG_REPORT && version == SNMP_VERSION_3);
    if (!is_answer) {
        snmp_free_pdu(pdu);
        return CSNMP_MALFORMED;
    }
    *message = (csnmp_message){
        .command = (uint8_t)pdu->command,
        .report = pdu->command == SNMP_MSG_REPORT ? report_kind(pdu) : CSNMP_REPORT_NONE,
        .request_id = (int32_t)pdu->reqid,
        .message_id = (int32_t)pdu->msgid,
        .error_status = (int32_t)pdu->errstat,
        .error_index = (int32_t)pdu->errindex,
    };
    if (version == SNMP_VERSION_3) {
        message->engine_is_new = codec->heard.id_length > 0
            && (peer == NULL || peer->engine.id_length != codec->heard.id_length
                || memcmp(peer->engine.id, codec->heard.id, codec->heard.id_length) != 0);
    }
    outcome = flatten(codec, pdu, &message->varbinds);
    snmp_free_pdu(pdu);
    return outcome;
}

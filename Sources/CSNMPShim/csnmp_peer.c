#include "csnmp_internal.h"

#include <net-snmp/library/keytools.h>
#include <net-snmp/library/scapi.h>

const oid *csnmp_authentication_oid(int authentication, size_t *length)
{
    static const int types[] = {
        NETSNMP_USMAUTH_NOAUTH, USM_CREATE_USER_AUTH_MD5, USM_CREATE_USER_AUTH_SHA1, USM_CREATE_USER_AUTH_SHA224,
        USM_CREATE_USER_AUTH_SHA256, USM_CREATE_USER_AUTH_SHA384, USM_CREATE_USER_AUTH_SHA512,
    };
    if (authentication < 0 || authentication > CSNMP_AUTH_SHA512) {
        return NULL;
    }
    return sc_get_auth_oid(types[authentication], length);
}

const oid *csnmp_privacy_oid(int privacy, size_t *length)
{
    static const int types[] = {
        USM_CREATE_USER_PRIV_NONE, USM_CREATE_USER_PRIV_DES, USM_CREATE_USER_PRIV_AES,
        USM_CREATE_USER_PRIV_AES192, USM_CREATE_USER_PRIV_AES256,
    };
    if (privacy < 0 || privacy > CSNMP_PRIV_AES256) {
        return NULL;
    }
    return sc_get_priv_oid(types[privacy], length);
}

int csnmp_master_key(int authentication, const char *passphrase, size_t passphrase_length,
                     uint8_t *key, size_t *key_length)
{
    size_t oid_length = 0;
    const oid *protocol = csnmp_authentication_oid(authentication, &oid_length);
    if (authentication == 0 || protocol == NULL || passphrase_length < USM_LENGTH_P_MIN) {
        return CSNMP_NO_KEYS;
    }
    *key_length = CSNMP_MASTER_KEY_SIZE;
    if (generate_Ku(protocol, (u_int)oid_length, (const u_char *)passphrase, passphrase_length, key, key_length)
        != SNMPERR_SUCCESS) {
        return CSNMP_NO_KEYS;
    }
    return CSNMP_OK;
}

csnmp_peer *csnmp_peer_create(
    const char *name, const char *context,
    int authentication, const uint8_t *authentication_key, size_t authentication_key_length,
    int privacy, const uint8_t *privacy_key, size_t privacy_key_length)
{
    size_t authentication_oid_length = 0;
    size_t privacy_oid_length = 0;
    const oid *authentication_oid = csnmp_authentication_oid(authentication, &authentication_oid_length);
    const oid *privacy_oid = csnmp_privacy_oid(privacy, &privacy_oid_length);
    if (authentication_oid == NULL || privacy_oid == NULL || (privacy != 0 && authentication == 0)
        || authentication_key_length > CSNMP_MASTER_KEY_SIZE || privacy_key_length > CSNMP_MASTER_KEY_SIZE) {
        return NULL;
    }
    csnmp_peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL) {
        return NULL;
    }
    peer->context = strdup(context);
    peer->user = calloc(1, sizeof(*peer->user));
    if (peer->context == NULL || peer->user == NULL) {
        csnmp_peer_destroy(peer);
        return NULL;
    }
    struct usmUser *user = peer->user;
    user->name = strdup(name);
    user->secName = strdup(name);
    user->authProtocol = snmp_duplicate_objid(authentication_oid, authentication_oid_length);
    user->authProtocolLen = authentication_oid_length;
    user->privProtocol = snmp_duplicate_objid(privacy_oid, privacy_oid_length);
    user->privProtocolLen = privacy_oid_length;
    user->userStorageType = ST_READONLY;
    user->userStatus = RS_ACTIVE;
    if (user->name == NULL || user->secName == NULL || user->authProtocol == NULL || user->privProtocol == NULL) {
        csnmp_peer_destroy(peer);
        return NULL;
    }
    if (authentication_key_length > 0) {
        memcpy(peer->authentication_key, authentication_key, authentication_key_length);
    }
    peer->authentication_key_length = authentication_key_length;
    if (privacy_key_length > 0) {
        memcpy(peer->privacy_key, privacy_key, privacy_key_length);
    }
    peer->privacy_key_length = privacy_key_length;
    peer->level = privacy != 0 ? SNMP_SEC_LEVEL_AUTHPRIV
        : authentication != 0 ? SNMP_SEC_LEVEL_AUTHNOPRIV : SNMP_SEC_LEVEL_NOAUTH;
    return peer;
}

void csnmp_peer_destroy(csnmp_peer *peer)
{
    if (peer == NULL) {
        return;
    }
    usm_free_user(peer->user);
    free(peer->context);
    explicit_bzero(peer, sizeof(*peer));
    free(peer);
}

// Replaces a localized key.
static void replace_key(u_char **key, size_t *length, u_char *new_key, size_t new_length)
{
    if (*key != NULL) {
        explicit_bzero(*key, *length);
        free(*key);
    }
    *key = new_key;
    *length = new_length;
}

// The key of a passphrase for one engine (RFC 3414, section 2.6).
static int localize(const struct usmUser *user, const csnmp_engine *engine,
                    const uint8_t *master, size_t master_length, u_char **key, size_t *length)
{
    u_char *localized = calloc(1, CSNMP_MASTER_KEY_SIZE);
    size_t localized_length = CSNMP_MASTER_KEY_SIZE;
    if (localized == NULL) {
        return CSNMP_OUT_OF_MEMORY;
    }
    if (generate_kul(user->authProtocol, (u_int)user->authProtocolLen, engine->id, engine->id_length,
                     master, master_length, localized, &localized_length) != SNMPERR_SUCCESS) {
        free(localized);
        return CSNMP_NO_KEYS;
    }
    replace_key(key, length, localized, localized_length);
    return CSNMP_OK;
}

int csnmp_peer_adopt(csnmp_peer *peer, const csnmp_codec *codec)
{
    const csnmp_engine *engine = &codec->heard;
    struct usmUser *user = peer->user;
    if (engine->id_length == 0) {
        return CSNMP_NO_KEYS;
    }
    u_char *id = malloc(engine->id_length);
    if (id == NULL) {
        return CSNMP_OUT_OF_MEMORY;
    }
    memcpy(id, engine->id, engine->id_length);
    // A clock that the engine has proved to be its own is worth more than one that anybody may have told.
    const bool keeps_clock = peer->engine.has_time && peer->engine.is_authentic && !engine->is_authentic
        && peer->engine.id_length == engine->id_length && memcmp(peer->engine.id, engine->id, engine->id_length) == 0;
    const csnmp_engine known = peer->engine;
    free(user->engineID);
    user->engineID = id;
    user->engineIDLen = engine->id_length;
    peer->engine.id_length = 0;
    if (peer->level >= SNMP_SEC_LEVEL_AUTHNOPRIV) {
        const int outcome = localize(user, engine, peer->authentication_key, peer->authentication_key_length,
                                     &user->authKey, &user->authKeyLen);
        if (outcome != CSNMP_OK) {
            return outcome;
        }
    }
    if (peer->level == SNMP_SEC_LEVEL_AUTHPRIV) {
        const int outcome = localize(user, engine, peer->privacy_key, peer->privacy_key_length,
                                     &user->privKey, &user->privKeyLen);
        if (outcome != CSNMP_OK) {
            return outcome;
        }
        // AES-192 and AES-256 need more than the shorter hashes give.
        if (usm_extend_user_kul(user, CSNMP_MASTER_KEY_SIZE) != SNMPERR_SUCCESS) {
            return CSNMP_NO_KEYS;
        }
    }
    peer->engine = keeps_clock ? known : *engine;
    return CSNMP_OK;
}

bool csnmp_peer_has_engine(const csnmp_peer *peer)
{
    return peer->engine.id_length > 0;
}

const uint8_t *csnmp_peer_engine(const csnmp_peer *peer, size_t *length)
{
    *length = peer->engine.id_length;
    return peer->engine.id_length > 0 ? peer->engine.id : NULL;
}

void csnmp_engine_enter(const csnmp_engine *engine)
{
    if (engine->id_length == 0 || !engine->has_time) {
        return;
    }
    set_enginetime(engine->id, (u_int)engine->id_length, engine->boots, engine->time, engine->is_authentic);
    const Enginetime entry = search_enginetime_list(engine->id, (u_int)engine->id_length);
    if (entry != NULL) {
        entry->engineBoot = engine->boots;
        entry->engineTime = engine->time;
        entry->authenticatedFlag = engine->is_authentic;
        entry->lastReceivedEngineTime = engine->received;
    }
}

void csnmp_engine_leave(csnmp_engine *engine)
{
    if (engine->id_length == 0) {
        return;
    }
    const Enginetime entry = search_enginetime_list(engine->id, (u_int)engine->id_length);
    if (entry != NULL) {
        engine->has_time = true;
        engine->boots = entry->engineBoot;
        engine->time = entry->engineTime;
        engine->is_authentic = entry->authenticatedFlag;
        engine->received = entry->lastReceivedEngineTime;
    }
    free_enginetime(engine->id, engine->id_length);
}

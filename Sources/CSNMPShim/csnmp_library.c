#include "csnmp_internal.h"

#include <net-snmp/library/snmp_secmod.h>
#include <sys/resource.h>

static void (*log_function)(int priority, const char *text);

static int on_log(int major, int minor, void *server_argument, void *client_argument)
{
    (void)major;
    (void)minor;
    (void)client_argument;
    const struct snmp_log_message *message = server_argument;
    if (log_function != NULL && message != NULL && message->msg != NULL) {
        log_function(message->priority, message->msg);
    }
    return 0;
}

int csnmp_library_start(void (*log)(int priority, const char *text))
{
    static const char application[] = "busbar";
    static bool is_started = false;
    log_function = log;
    if (is_started) {
        return CSNMP_OK;
    }
    is_started = true;

    // The log first, as net-snmp writes to the standard error until it is told otherwise.
    init_callbacks();
    snmp_disable_log();
    snmp_enable_calllog();
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);

    // init_snmp() is not called: it reads the host's snmp.conf, loads MIBs, writes its state and sets the locale.
    // What making and reading messages needs is a part of it, and these settings hold for whatever is called later.
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_NO_DISCOVERY, 1);
    // The name of the configuration file that is not read.
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPTYPE, application);
    netsnmp_session session;
    snmp_sess_init(&session);
    init_snmpv3(application);
    // These two make the random salts and the identity of this engine; with files they follow the reading of them.
    snmp_call_callbacks(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_PREMIB_READ_CONFIG, NULL);
    snmp_call_callbacks(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG, NULL);
    // Messages of the transport security model are refused as of an unknown one.
    unregister_sec_mod(SNMP_SEC_MODEL_TSM);
    free_etimelist();
    return CSNMP_OK;
}

uint64_t csnmp_raise_open_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        const struct rlimit raised = { .rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max };
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
            return raised.rlim_cur;
        }
    }
    return limit.rlim_cur;
}

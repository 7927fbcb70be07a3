// The least agent there can be: answers every command at once, without a device. What it takes is what the broker and
// both hops of MQTT cost by themselves; the benchmark measures it beside Busbar, in the same run.
//
//     least-agent PORT

#include <mosquitto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char filter[] = "lab/pdu/+/outlet/+/set";

static void connected(struct mosquitto *client, void *context, int code) {
    (void)context;
    if (code != 0) exit(1);
    mosquitto_subscribe(client, NULL, filter, 1);
}

static void subscribed(struct mosquitto *client, void *context, int packet, int count, const int *granted) {
    (void)context, (void)packet, (void)count, (void)granted;
    mosquitto_publish(client, NULL, "lab/agent/bench/availability", 6, "online", 1, true);
}

static void answer(struct mosquitto *client, void *context, const struct mosquitto_message *command) {
    (void)context;
    static char topic[256], result[256];
    int stem = (int)strlen(command->topic) - (int)strlen("set");
    if (stem <= 0 || stem > 200) return;
    snprintf(topic, sizeof topic, "%.*sstate", stem, command->topic);
    mosquitto_publish(client, NULL, topic, command->payloadlen, command->payload, 1, true);
    snprintf(topic, sizeof topic, "%.*sresult", stem, command->topic);
    int length = snprintf(
        result, sizeof result,
        "{\"action\":\"ON\",\"finished_at\":\"2026-01-01T00:00:00.000Z\",\"outlet\":1,\"pdu\":\"p\","
        "\"received_at\":\"2026-01-01T00:00:00.000Z\",\"status\":\"done\"}");
    mosquitto_publish(client, NULL, topic, length, result, 1, false);
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("least-agent", true, NULL);
    if (!client) return 1;
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_max_inflight_messages_set(client, 0);
    mosquitto_connect_callback_set(client, connected);
    mosquitto_subscribe_callback_set(client, subscribed);
    mosquitto_message_callback_set(client, answer);
    if (mosquitto_connect(client, "127.0.0.1", atoi(arguments[1]), 60) != 0) return 1;
    mosquitto_loop_forever(client, -1, 1);
    return 0;
}

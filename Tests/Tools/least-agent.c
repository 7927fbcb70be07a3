// The least agent there can be: answers every command at once, without a device. What it takes is what the broker and
// both hops of MQTT cost by themselves; the benchmark measures it beside Busbar, in the same run.
//
// With the port of the first of the simulated PDUs p0, p1, … it sets the outlet by SNMP and reads it back before it answers, one
// command after the other, with messages that are written byte by byte. What that takes more is what the device costs.
//
//     least-agent PORT [FIRST_DEVICE_PORT]

#include <arpa/inet.h>
#include <mosquitto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int device_socket = -1, first_device;

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

/// Asks a PDU for one object of an outlet: raritan-px2's switchingOperation (2), or its outletSwitchingState (3).
///
/// Returns the last byte of the answer, which is the object's value.
static int ask(int device, int outlet, unsigned char kind, unsigned char object, unsigned char value) {
    static unsigned char number;
    bool sets = kind == 0xa3;
    unsigned char message[] = {
        0x30, 0, 0x02, 1, 1, 0x04, 7, 'p', 'r', 'i', 'v', 'a', 't', 'e',
        kind, 0, 0x02, 1, ++number & 0x7f, 0x02, 1, 0, 0x02, 1, 0,
        0x30, 0, 0x30, 0, 0x06, 15, 0x2b, 6, 1, 4, 1, 0xeb, 0x2e, 6, 4, 1, 2, 1, object, 1, (unsigned char)outlet,
        0x02, 1, value,
    };
    size_t length = sizeof message;
    // Where nothing is set the value is null.
    if (!sets) message[length - 3] = 0x05, message[length - 2] = 0, length -= 1;
    // The length of each part is what comes behind it.
    const size_t parts[] = {1, 15, 26, 28};
    for (int part = 0; part < 4; part++) message[parts[part]] = (unsigned char)(length - parts[part] - 1);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(first_device + device))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    unsigned char received[512];
    if (sendto(device_socket, message, length, 0, (struct sockaddr *)&address, sizeof address) < 0) exit(1);
    ssize_t count = recv(device_socket, received, sizeof received, 0);
    return count > 0 ? received[count - 1] : -1;
}

/// Switches an outlet, and sees that it has.
static bool device_does(const struct mosquitto_message *command) {
    int device, outlet;
    if (sscanf(command->topic, "lab/pdu/p%d/outlet/%d/", &device, &outlet) != 2) return false;
    bool on = command->payloadlen == 2;
    return ask(device, outlet, 0xa3, 2, on) == on && ask(device, outlet, 0xa0, 3, 0) == (on ? 7 : 8);
}

static void answer(struct mosquitto *client, void *context, const struct mosquitto_message *command) {
    (void)context;
    static char topic[256], result[256];
    int stem = (int)strlen(command->topic) - (int)strlen("set");
    if (stem <= 0 || stem > 200) return;
    if (device_socket >= 0 && !device_does(command)) {
        fprintf(stderr, "least-agent: the device of %s does not do as it is told\n", command->topic);
        exit(1);
    }
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
    if (count != 2 && count != 3) return 64;
    if (count == 3) {
        first_device = atoi(arguments[2]);
        device_socket = socket(AF_INET, SOCK_DGRAM, 0);
        if (device_socket < 0) return 1;
    }
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

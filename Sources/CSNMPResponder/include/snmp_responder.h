#ifndef BUSBAR_SNMP_RESPONDER_H
#define BUSBAR_SNMP_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What an object of the simulated devices tells or does.
typedef enum {
    /// Always `on`, or the bytes.
    BUSBAR_OBJECT_CONSTANT,
    /// Hundredths of a second since the start.
    BUSBAR_OBJECT_UPTIME,
    /// `on` or `off`, as the outlet is.
    BUSBAR_OBJECT_STATE,
    /// As the state; written with one of the three words it switches.
    BUSBAR_OBJECT_CONTROL,
    /// `on` when all outlets are on, nothing when none is, and so in between.
    BUSBAR_OBJECT_TOTAL,
} busbar_object_kind;

/// How the number of an object moves from one request to the next.
typedef enum {
    /// Not at all.
    BUSBAR_STILL,
    /// It falls by 2 % with each request, down to 80 %, and begins again.
    BUSBAR_SWINGS,
    /// It grows by 1 with each request.
    BUSBAR_GROWS,
} busbar_movement;

/// A word that an object does not take.
#define BUSBAR_NO_WORD INT64_MIN

/// One object of the simulated devices; all devices have the same.
typedef struct {
    /// Its identifier.
    const uint32_t *arcs;
    uint32_t length;
    /// Its type, as in BER.
    uint8_t type;
    busbar_object_kind kind;
    /// The outlet it is about, from 1; 0 when it is about the device.
    uint32_t outlet;
    /// Numbers to tell.
    int64_t on, off;
    busbar_movement movement;
    /// Text to tell, or the arcs of an object identifier as an array of uint32_t.
    const void *bytes;
    uint32_t byte_count;
    /// Numbers that may be written to a control object.
    int64_t write_on, write_off, write_cycle;
} busbar_object;

/// How a fleet is to be set up. Nothing of it is used after the start.
typedef struct {
    /// How many devices, how many outlets each, and the first device's UDP port.
    uint32_t count, outlets, base_port;
    /// The IPv4 address of all of them.
    const char *address;
    /// Whether all outlets are on at first.
    bool on;
    /// How long an answer waits, and how long a cycle leaves an outlet off.
    uint64_t latency_ns, cycle_ns;
    const char *read_community, *write_community;
    /// Version 3: who reads and writes, with SHA-256 and AES, and the passphrase for both; nothing for no version 3.
    const char *user, *passphrase;
    /// Whether each device's passphrase has `-` and the device's number behind it.
    bool own_passphrases;
    /// The objects, in the order of a walk.
    const busbar_object *objects;
    uint32_t object_count;
    /// Where to append a line for every order taken, or -1. Stays the caller's.
    int record;
} busbar_fleet_settings;

/// What has happened so far.
typedef struct {
    /// Requests received, answers sent, orders taken, and requests dropped (dead, wrong community, nonsense).
    uint64_t requests, answers, orders, dropped;
} busbar_fleet_counts;

typedef struct busbar_fleet busbar_fleet;

/// Starts a fleet with a thread of its own. Returns 0 and the fleet, or an errno and the port that could not be had
/// (0 when it was something else).
int busbar_fleet_start(const busbar_fleet_settings *settings, busbar_fleet **fleet, uint32_t *failed_port);

/// Ends a fleet, joins its thread and frees it.
void busbar_fleet_stop(busbar_fleet *fleet);

// All that follows may be called from any thread. Devices count from 0, outlets from 1; others are ignored.

busbar_fleet_counts busbar_fleet_count(busbar_fleet *fleet);

/// 1 on, 0 off, -1 no such outlet.
int busbar_fleet_state(busbar_fleet *fleet, uint32_t device, uint32_t outlet);

/// Switches an outlet behind everybody's back.
void busbar_fleet_press(busbar_fleet *fleet, uint32_t device, uint32_t outlet);

/// When and with what number an outlet was last given an order over the network; 0 when never.
int64_t busbar_fleet_last_order(busbar_fleet *fleet, uint32_t device, uint32_t outlet, int64_t *value);

void busbar_fleet_set_dead(busbar_fleet *fleet, uint32_t device, bool dead);

void busbar_fleet_set_latency(busbar_fleet *fleet, uint32_t device, uint64_t nanoseconds);

#endif

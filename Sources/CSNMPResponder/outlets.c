#include "fleet.h"

static busbar_outlet *find(busbar_fleet *fleet, uint32_t device, uint32_t outlet) {
    if (device >= fleet->count || outlet < 1 || outlet > fleet->outlet_count) return NULL;
    return &fleet->devices[device].outlets[outlet - 1];
}

bool busbar_is_on(busbar_outlet *outlet, int64_t now) {
    int64_t on_again = atomic_load_explicit(&outlet->on_again, memory_order_relaxed);
    if (on_again != 0) return now >= on_again;
    return atomic_load_explicit(&outlet->on, memory_order_relaxed);
}

busbar_fleet_counts busbar_fleet_count(busbar_fleet *fleet) {
    return (busbar_fleet_counts){
        .requests = atomic_load(&fleet->requests),
        .answers = atomic_load(&fleet->answers),
        .orders = atomic_load(&fleet->orders),
        .dropped = atomic_load(&fleet->dropped),
    };
}

int busbar_fleet_state(busbar_fleet *fleet, uint32_t device, uint32_t number) {
    busbar_outlet *outlet = find(fleet, device, number);
    return outlet ? busbar_is_on(outlet, busbar_now()) : -1;
}

void busbar_fleet_press(busbar_fleet *fleet, uint32_t device, uint32_t number) {
    busbar_outlet *outlet = find(fleet, device, number);
    if (!outlet) return;
    bool on = busbar_is_on(outlet, busbar_now());
    atomic_store(&outlet->on, !on);
    atomic_store(&outlet->on_again, 0);
}

int64_t busbar_fleet_last_order(busbar_fleet *fleet, uint32_t device, uint32_t number, int64_t *value) {
    busbar_outlet *outlet = find(fleet, device, number);
    if (!outlet) return 0;
    int64_t time = atomic_load(&outlet->last_order);
    *value = atomic_load(&outlet->last_value);
    return time;
}

void busbar_fleet_set_dead(busbar_fleet *fleet, uint32_t device, bool dead) {
    if (device < fleet->count) atomic_store(&fleet->devices[device].dead, dead);
}

void busbar_fleet_set_latency(busbar_fleet *fleet, uint32_t device, uint64_t nanoseconds) {
    if (device < fleet->count) atomic_store(&fleet->devices[device].latency, nanoseconds);
}

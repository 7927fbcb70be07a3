#define _GNU_SOURCE
#include "fleet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 128, MOST_DELAYED = 1 << 17 };

int64_t busbar_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// A heap ordered by the time at which an answer is due.
static void sift_up(busbar_delayed *heap, size_t index) {
    while (index > 0 && heap[index].due < heap[(index - 1) / 2].due) {
        busbar_delayed moved = heap[index];
        heap[index] = heap[(index - 1) / 2];
        heap[(index - 1) / 2] = moved;
        index = (index - 1) / 2;
    }
}

static void sift_down(busbar_delayed *heap, size_t count) {
    size_t index = 0;
    for (;;) {
        size_t least = index, left = 2 * index + 1;
        if (left < count && heap[left].due < heap[least].due) least = left;
        if (left + 1 < count && heap[left + 1].due < heap[least].due) least = left + 1;
        if (least == index) return;
        busbar_delayed moved = heap[index];
        heap[index] = heap[least];
        heap[least] = moved;
        index = least;
    }
}

static void send_answer(busbar_fleet *fleet, int file, const void *bytes, size_t length, const struct sockaddr_in *to) {
    // A full socket buffer loses the answer, as a network would.
    if (sendto(file, bytes, length, MSG_DONTWAIT, (const struct sockaddr *)to, sizeof *to) == (ssize_t)length) {
        atomic_fetch_add_explicit(&fleet->answers, 1, memory_order_relaxed);
    }
}

static void delay_answer(busbar_fleet *fleet, busbar_device *device, uint64_t latency, const void *bytes,
                         size_t length, const struct sockaddr_in *to) {
    if (fleet->delayed_count == fleet->delayed_capacity) {
        size_t capacity = fleet->delayed_capacity ? 2 * fleet->delayed_capacity : 1024;
        busbar_delayed *larger = capacity > MOST_DELAYED ? NULL : realloc(fleet->delayed, capacity * sizeof *larger);
        if (!larger) return;
        fleet->delayed = larger;
        fleet->delayed_capacity = capacity;
    }
    void *copy = malloc(length);
    if (!copy) return;
    memcpy(copy, bytes, length);
    busbar_delayed *last = &fleet->delayed[fleet->delayed_count];
    *last = (busbar_delayed){busbar_now() + (int64_t)latency, device, copy, length, *to};
    sift_up(fleet->delayed, fleet->delayed_count++);
}

static void send_due(busbar_fleet *fleet) {
    int64_t now = busbar_now();
    while (fleet->delayed_count > 0 && fleet->delayed[0].due <= now) {
        busbar_delayed *due = &fleet->delayed[0];
        if (!atomic_load_explicit(&due->device->dead, memory_order_relaxed)) {
            send_answer(fleet, due->device->file, due->bytes, due->length, &due->to);
        }
        free(due->bytes);
        fleet->delayed[0] = fleet->delayed[--fleet->delayed_count];
        sift_down(fleet->delayed, fleet->delayed_count);
    }
}

static void receive(busbar_fleet *fleet, uint32_t index) {
    busbar_device *device = &fleet->devices[index];
    struct sockaddr_in from;
    socklen_t from_length = sizeof from;
    ssize_t length = recvfrom(device->file, fleet->received, BUSBAR_LARGEST_DATAGRAM, MSG_DONTWAIT, (struct sockaddr *)&from,
                              &from_length);
    if (length < 0) return;
    fleet->source_port = ntohs(from.sin_port);
    atomic_fetch_add_explicit(&fleet->requests, 1, memory_order_relaxed);
    device->requests++;
    const void *answer = NULL;
    size_t answer_length = 0;
    if (atomic_load_explicit(&device->dead, memory_order_relaxed) ||
        !busbar_answer(fleet, device, fleet->received, (size_t)length, &answer, &answer_length)) {
        atomic_fetch_add_explicit(&fleet->dropped, 1, memory_order_relaxed);
        return;
    }
    uint64_t latency = atomic_load_explicit(&device->latency, memory_order_relaxed);
    if (latency == 0) {
        send_answer(fleet, device->file, answer, answer_length, &from);
    } else {
        delay_answer(fleet, device, latency, answer, answer_length, &from);
    }
}

static void set_timer(busbar_fleet *fleet) {
    int64_t due = fleet->delayed_count > 0 ? fleet->delayed[0].due : 0;
    if (due == fleet->timer_due) return;
    fleet->timer_due = due;
    struct itimerspec when = {.it_value = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000}};
    timerfd_settime(fleet->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

void busbar_flush_record(busbar_fleet *fleet) {
    size_t written = 0;
    while (written < fleet->record_length) {
        ssize_t step = write(fleet->record, fleet->record_buffer + written, fleet->record_length - written);
        if (step < 0 && errno == EINTR) continue;
        if (step <= 0) break;
        written += (size_t)step;
    }
    fleet->record_length = 0;
}

static void *serve(void *argument) {
    busbar_fleet *fleet = argument;
    struct epoll_event events[BATCH];
    for (;;) {
        int count = epoll_wait(fleet->poll, events, BATCH, -1);
        if (count < 0 && errno != EINTR) break;
        for (int number = 0; number < count; number++) {
            uint32_t index = events[number].data.u32;
            if (index == BUSBAR_STOP_INDEX) return NULL;
            if (index == BUSBAR_TIMER_INDEX) {
                uint64_t expirations;
                if (read(fleet->timer, &expirations, sizeof expirations) > 0) fleet->timer_due = 0;
            } else {
                receive(fleet, index);
            }
        }
        if (fleet->delayed_count > 0) send_due(fleet);
        set_timer(fleet);
        // What was taken in this round can be read by others before the next one.
        if (fleet->record_length > 0) busbar_flush_record(fleet);
    }
    return NULL;
}

static int watch(busbar_fleet *fleet, int file, uint32_t index) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    return epoll_ctl(fleet->poll, EPOLL_CTL_ADD, file, &event) == 0 ? 0 : errno;
}

static int open_device(busbar_fleet *fleet, uint32_t index, uint32_t host, uint32_t port) {
    busbar_device *device = &fleet->devices[index];
    device->file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (device->file < 0) return errno;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = host;
    if (bind(device->file, (struct sockaddr *)&address, sizeof address) != 0) return errno;
    return watch(fleet, device->file, index);
}

static void free_fleet(busbar_fleet *fleet) {
    for (uint32_t index = 0; fleet->devices && index < fleet->count; index++) {
        if (fleet->devices[index].file >= 0) close(fleet->devices[index].file);
    }
    for (size_t index = 0; index < fleet->delayed_count; index++) free(fleet->delayed[index].bytes);
    for (uint32_t index = 0; fleet->objects && index < fleet->object_count; index++) {
        free(fleet->objects[index].arcs);
        free(fleet->objects[index].bytes);
    }
    if (fleet->poll >= 0) close(fleet->poll);
    if (fleet->timer >= 0) close(fleet->timer);
    if (fleet->stop >= 0) close(fleet->stop);
    free(fleet->devices);
    free(fleet->outlets);
    free(fleet->objects);
    free(fleet->delayed);
    free(fleet->received);
    free(fleet->packet);
    free(fleet->read_community);
    free(fleet->write_community);
    free(fleet->user);
    free(fleet->scrambled);
    free(fleet);
}

static int copy_objects(busbar_fleet *fleet, const busbar_fleet_settings *settings) {
    fleet->objects = calloc(settings->object_count, sizeof *fleet->objects);
    if (!fleet->objects) return ENOMEM;
    fleet->object_count = settings->object_count;
    for (uint32_t index = 0; index < settings->object_count; index++) {
        const busbar_object *given = &settings->objects[index];
        busbar_stored_object *object = &fleet->objects[index];
        bool is_identifier = given->type == ASN_OBJECT_ID;
        size_t items = is_identifier ? given->byte_count / sizeof(uint32_t) : given->byte_count;
        object->object = *given;
        object->arcs = calloc(given->length + 1, sizeof(oid));
        object->bytes = calloc(items + 1, is_identifier ? sizeof(oid) : 1);
        if (!object->arcs || !object->bytes || given->outlet > settings->outlets) return ENOMEM;
        for (uint32_t arc = 0; arc < given->length; arc++) object->arcs[arc] = given->arcs[arc];
        // net-snmp's arcs are longs.
        for (size_t item = 0; is_identifier && item < items; item++) {
            uint32_t arc;
            memcpy(&arc, (const char *)given->bytes + item * sizeof arc, sizeof arc);
            ((oid *)object->bytes)[item] = arc;
        }
        if (!is_identifier && items > 0) memcpy(object->bytes, given->bytes, items);
        object->byte_count = items * (is_identifier ? sizeof(oid) : 1);
    }
    return 0;
}

static int give_users(busbar_fleet *fleet, const busbar_fleet_settings *settings) {
    if (!settings->user) return 0;
    fleet->user = strdup(settings->user);
    fleet->scrambled = malloc(BUSBAR_LARGEST_DATAGRAM);
    if (!fleet->user || !fleet->scrambled) return ENOMEM;
    // Seconds since November 2023 go up, and fit into 31 bits until 2091.
    fleet->boots = (long)time(NULL) - 1700000000;
    u_char master[BUSBAR_MASTER_KEY_ROOM];
    for (uint32_t index = 0; index < fleet->count; index++) {
        char passphrase[256];
        if (settings->own_passphrases) {
            snprintf(passphrase, sizeof passphrase, "%s-%u", settings->passphrase, (unsigned)index);
        } else {
            snprintf(passphrase, sizeof passphrase, "%s", settings->passphrase);
        }
        if (!busbar_give_user(fleet, index, (uint16_t)(settings->base_port + index), master, passphrase,
                              index == 0 || settings->own_passphrases)) return EINVAL;
    }
    return 0;
}

static int prepare(busbar_fleet *fleet, const busbar_fleet_settings *settings, uint32_t *failed_port) {
    // One file per device and a few of our own; the soft limit is often 1024.
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    int failure = copy_objects(fleet, settings);
    if (failure) return failure;
    fleet->devices = calloc(settings->count, sizeof *fleet->devices);
    fleet->outlets = calloc((size_t)settings->count * settings->outlets, sizeof *fleet->outlets);
    fleet->received = malloc(BUSBAR_LARGEST_DATAGRAM);
    fleet->packet_capacity = 4096;
    fleet->packet = malloc(fleet->packet_capacity);
    fleet->read_community = strdup(settings->read_community);
    fleet->write_community = strdup(settings->write_community);
    if (!fleet->devices || !fleet->outlets || !fleet->received || !fleet->packet || !fleet->read_community ||
        !fleet->write_community) return ENOMEM;
    fleet->count = settings->count;
    fleet->outlet_count = settings->outlets;
    for (uint32_t index = 0; index < fleet->count; index++) {
        fleet->devices[index].file = -1;
        fleet->devices[index].outlets = &fleet->outlets[(size_t)index * settings->outlets];
        fleet->devices[index].latency = settings->latency_ns;
    }
    for (size_t index = 0; index < (size_t)fleet->count * settings->outlets; index++) {
        fleet->outlets[index].on = settings->on;
    }
    if ((failure = give_users(fleet, settings))) return failure;
    fleet->poll = epoll_create1(EPOLL_CLOEXEC);
    fleet->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    fleet->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fleet->poll < 0 || fleet->timer < 0 || fleet->stop < 0) return errno;
    if ((failure = watch(fleet, fleet->timer, BUSBAR_TIMER_INDEX))) return failure;
    if ((failure = watch(fleet, fleet->stop, BUSBAR_STOP_INDEX))) return failure;
    struct in_addr host;
    if (inet_pton(AF_INET, settings->address, &host) != 1) return EADDRNOTAVAIL;
    for (uint32_t index = 0; index < fleet->count; index++) {
        if ((failure = open_device(fleet, index, host.s_addr, settings->base_port + index))) {
            *failed_port = settings->base_port + index;
            return failure;
        }
    }
    return 0;
}

// Without any handler net-snmp writes a line to standard error for every message it cannot read. This one drops them;
// handlers that the rest of the program has registered keep theirs.
static void drop_complaints(void) {
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
}

int busbar_fleet_start(const busbar_fleet_settings *settings, busbar_fleet **started, uint32_t *failed_port) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, drop_complaints);
    *failed_port = 0;
    busbar_fleet *fleet = calloc(1, sizeof *fleet);
    if (!fleet) return ENOMEM;
    fleet->poll = fleet->timer = fleet->stop = -1;
    fleet->record = settings->record;
    fleet->cycle = (int64_t)settings->cycle_ns;
    fleet->start = busbar_now();
    int failure = prepare(fleet, settings, failed_port);
    if (!failure) {
        // The thread inherits this: signals are for the rest of the program.
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        failure = pthread_create(&fleet->thread, NULL, serve, fleet);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (failure) {
        free_fleet(fleet);
        return failure;
    }
    *started = fleet;
    return 0;
}

void busbar_fleet_stop(busbar_fleet *fleet) {
    uint64_t one = 1;
    (void)!write(fleet->stop, &one, sizeof one);
    pthread_join(fleet->thread, NULL);
    busbar_flush_record(fleet);
    free_fleet(fleet);
}

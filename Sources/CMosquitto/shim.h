#ifndef BUSBAR_CMOSQUITTO_SHIM_H
#define BUSBAR_CMOSQUITTO_SHIM_H

#include <mosquitto.h>
// Swift's Glibc does not have it, and the client watches its socket by it.
#include <sys/epoll.h>
#include <mqtt_protocol.h>

#endif

#ifndef BUSBAR_CMOSQUITTO_SHIM_H
#define BUSBAR_CMOSQUITTO_SHIM_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

#endif

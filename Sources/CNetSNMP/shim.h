// net-snmp's configuration header has to come before every other header of the library.
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

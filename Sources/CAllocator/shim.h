#ifndef BUSBAR_CALLOCATOR_SHIM_H
#define BUSBAR_CALLOCATOR_SHIM_H

// Swift's Glibc does not have it: how memory is asked for and given back.
#include <malloc.h>

#endif

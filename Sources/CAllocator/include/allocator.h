#ifndef BUSBAR_CALLOCATOR_H
#define BUSBAR_CALLOCATOR_H

#include <malloc.h>

/// Lets go of the code that only the start needed: it is mapped again, from the system's cache, where it is used again.
void callocator_forget_startup_code(void);

#endif

#ifndef BUSBAR_FUZZER_H
#define BUSBAR_FUZZER_H

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own loop, as its documentation has it for programs with a main function of their own.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif

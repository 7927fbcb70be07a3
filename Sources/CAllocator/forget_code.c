#define _GNU_SOURCE
#include "allocator.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/// Unmaps the pages of one library's code and constants; they stay in the system's cache and come back when touched.
static int callocator_forget_code(struct dl_phdr_info *library, size_t size, void *unused) {
    (void)size;
    (void)unused;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < library->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &library->dlpi_phdr[index];
        // What can be written may have been: those pages are nowhere else.
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W)) continue;
        const uintptr_t begin = (library->dlpi_addr + header->p_vaddr) & ~(page - 1);
        const uintptr_t end = (library->dlpi_addr + header->p_vaddr + header->p_filesz) & ~(page - 1);
        if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

void callocator_forget_startup_code(void) {
    dl_iterate_phdr(callocator_forget_code, NULL);
}

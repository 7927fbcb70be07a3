// Shows the thread sanitizer what two parts of Swift's libraries do, which it cannot see into and would take for races.
// scripts/sanitize links this into everything that it builds; no report has to be suppressed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// How Swift calls functions.
#define SWIFT __attribute__((swiftcall))

// Weak, because tools that are not instrumented are linked with this too.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

extern SWIFT void *swift_task_getCurrent(void) __attribute__((weak));

static void *standard(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

// The lock of a Mutex. One that nobody waits for is an atomic operation in our own code, which the sanitizer sees. One that
// somebody waits for goes through these two functions of the Synchronization library to the kernel, which hands it on.

#define SELF __attribute__((swift_context)) void *mutex

// _MutexHandle._lockSlow(UInt32) -> ()
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF) {
    ((SWIFT void (*)(uint32_t, SELF))standard(LOCK))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

// _MutexHandle._unlockSlow() -> ()
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
SWIFT void unlock_slow(SELF) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF) {
    if (__tsan_release) __tsan_release(mutex);
    ((SWIFT void (*)(SELF))standard(UNLOCK))(mutex);
}

// A continuation that another thread resumed before its task came to wait for it. The runtime tells the sanitizer of the
// resuming (a release of the task), but of the going on (the acquire) only where the task really had to wait. Our code
// goes on after each await by giving back the memory of the function it has called; there we say the rest.

#define FREE "swift_task_dealloc"
SWIFT void task_dealloc(void *memory) __asm__(FREE);
SWIFT void task_dealloc(void *memory) {
    static SWIFT void (*function)(void *);
    if (!function) function = (SWIFT void (*)(void *))standard(FREE);
    if (__tsan_acquire) __tsan_acquire(swift_task_getCurrent());
    function(memory);
}

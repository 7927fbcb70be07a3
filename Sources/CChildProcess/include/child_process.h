#ifndef BUSBAR_CHILD_PROCESS_H
#define BUSBAR_CHILD_PROCESS_H

#include <sys/types.h>

/// What to start. All pointers stay the caller's and are only read during the call.
typedef struct {
    /// The executable's path.
    const char *path;
    /// The arguments, with the name first, ended by a null pointer.
    char *const *arguments;
    /// The environment as NAME=value, ended by a null pointer.
    char *const *environment;
    /// The working directory, or a null pointer to keep the parent's.
    const char *directory;
    /// What becomes standard input, output and error. The caller keeps its own copies.
    int input;
    int output;
    int error;
    /// How long the child may take until it has executed its program, in milliseconds; negative for any time.
    int limit_milliseconds;
} busbar_child_request;

/// Starts a child in a process group of its own that the kernel kills with SIGKILL when this process dies,
/// however it dies. Blocks until the child has executed its program (a millisecond or so), and may be called from any
/// number of threads: one that hangs holds up no other.
///
/// Returns 0 and stores the child's id and a descriptor for it (a pidfd, closed on exec, owned by the caller),
/// or returns an errno: ETIMEDOUT when the program did not start in time; then it never will.
int busbar_child_start(const busbar_child_request *request, pid_t *pid, int *descriptor);

/// Sends a signal to the child behind a descriptor; harmless when it is gone. Returns 0 or an errno.
int busbar_child_signal(int descriptor, int signal);

/// Collects a child that has exited, after killing what is left of its process group.
///
/// Returns 1 and stores `code` (the exit code, or the signal's number) and whether it was a signal; returns 0 while
/// the child runs, or a negative errno.
int busbar_child_collect(pid_t pid, int descriptor, int *code, int *was_signal);

/// Makes a pipe, both ends closed on exec. Returns 0 or an errno.
int busbar_pipe(int *reading, int *writing);

/// The operating system's words for an errno, safe to read from any thread; a null pointer for an unknown one.
const char *busbar_error_text(int number);

#endif

#define _GNU_SOURCE
#include "child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// The kernel ties PR_SET_PDEATHSIG to the *thread* that forked, not to the process. Threads of a pool come and go, so a
// child forked on one of them would be killed when that thread retires. One thread that never ends forks all children.
// It does nothing else: a program that hangs while it is started (its file is on a mount that does not answer) is waited
// for by whoever wants it, and by nobody else.
typedef struct job {
    const busbar_child_request *request;
    pid_t pid;
    // Where the child says why it could not execute its program; it is closed when it could.
    int report;
    int result;
    int done;
    struct job *next;
} job;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static job *first;
static int start_failed;

// From here to exec other threads of the parent may have held any lock when we forked. System calls alone are safe, and
// they are made straight: what a sanitizer puts round the C library's functions, and into compiled code, takes locks.
__attribute__((disable_sanitizer_instrumentation)) static void run_child(const busbar_child_request *request,
                                                                         const int streams[3], int report,
                                                                         pid_t parent) {
    // All zeros is, in the kernel's own form: the default action, no flags, and an empty set of 64 signals.
    static const char zeros[64];
    const long set_size = 8;
    for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, zeros, NULL, set_size);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, zeros, NULL, set_size);
    syscall(SYS_setpgid, 0, 0);
    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    // The parent may have died before the line above; then nobody would kill us.
    if (syscall(SYS_getppid) != parent) _exit(127);
    int failed = 0;
    if (request->directory && syscall(SYS_chdir, request->directory) != 0) failed = errno;
    for (int number = 0; !failed && number < 3; number++) {
        if (syscall(SYS_dup3, streams[number], number, 0) < 0) failed = errno;
    }
    if (!failed) {
        syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
        syscall(SYS_execve, request->path, request->arguments, request->environment);
        failed = errno;
    }
    syscall(SYS_write, report, &failed, sizeof failed);
    _exit(127);
}

// Forks, and does not wait for what becomes of it.
static void perform(job *work) {
    const busbar_child_request *request = work->request;
    // Copies above 2, so that dup2 in the child cannot overwrite one that it still needs.
    int streams[3] = {-1, -1, -1}, report[2] = {-1, -1};
    const int given[3] = {request->input, request->output, request->error};
    for (int number = 0; number < 3; number++) {
        streams[number] = fcntl(given[number], F_DUPFD_CLOEXEC, 3);
        if (streams[number] < 0) {
            work->result = errno;
            goto close_all;
        }
    }
    if (pipe2(report, O_CLOEXEC) != 0) {
        work->result = errno;
        goto close_all;
    }
    if (report[1] < 3) {
        int moved = fcntl(report[1], F_DUPFD_CLOEXEC, 3);
        close(report[1]);
        report[1] = moved;
    }
    pid_t parent = getpid();
    // Not fork, which runs what libraries have registered for it and takes the allocator's locks: the child needs none.
    pid_t pid = _Fork();
    if (pid < 0) {
        work->result = errno;
        goto close_all;
    }
    if (pid == 0) run_child(request, streams, report[1], parent);
    // Also set here, so that the group exists when we return, whoever comes first.
    setpgid(pid, pid);
    work->pid = pid;
    work->report = report[0];
    work->result = 0;
    report[0] = -1;

close_all:
    for (int number = 0; number < 3; number++) {
        if (streams[number] >= 0) close(streams[number]);
    }
    if (report[0] >= 0) close(report[0]);
    if (report[1] >= 0) close(report[1]);
}

static void *bury(void *argument) {
    const pid_t pid = (pid_t)(intptr_t)argument;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return NULL;
}

// Kills a child that is not wanted, and collects it when it can be collected: one that hangs in the kernel ends when the
// kernel lets go of it, and runs nothing any more.
static void discard(pid_t pid, int is_hanging) {
    kill(pid, SIGKILL);
    pthread_t thread;
    if (is_hanging && pthread_create(&thread, NULL, bury, (void *)(intptr_t)pid) == 0) {
        pthread_detach(thread);
    } else {
        bury((void *)(intptr_t)pid);
    }
}

// Waits until the child has executed its program, at most so many milliseconds. Gives 0 or an errno.
static int await_program(const job *work, int milliseconds) {
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        const long spent = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
        const int left = milliseconds < 0 ? -1 : spent >= milliseconds ? 0 : (int)(milliseconds - spent);
        struct pollfd waiting = {.fd = work->report, .events = POLLIN};
        const int ready = poll(&waiting, 1, left);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return errno;
        if (ready == 0) return ETIMEDOUT;
        int failed = 0;
        const ssize_t count = read(work->report, &failed, sizeof failed);
        if (count < 0 && errno == EINTR) continue;
        return count == (ssize_t)sizeof failed ? failed : 0;
    }
}

static void *keep(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!first) pthread_cond_wait(&arrived, &lock);
        job *work = first;
        first = work->next;
        pthread_mutex_unlock(&lock);
        perform(work);
        pthread_mutex_lock(&lock);
        work->done = 1;
        pthread_cond_broadcast(&finished);
    }
    return NULL;
}

static void start_keeper(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    start_failed = pthread_create(&thread, NULL, keep, NULL);
    if (!start_failed) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int busbar_child_start(const busbar_child_request *request, pid_t *pid, int *descriptor) {
    pthread_once(&once, start_keeper);
    if (start_failed) return start_failed;
    job work = {.request = request, .pid = -1, .report = -1};
    pthread_mutex_lock(&lock);
    work.next = first;
    first = &work;
    pthread_cond_signal(&arrived);
    while (!work.done) pthread_cond_wait(&finished, &lock);
    pthread_mutex_unlock(&lock);
    if (work.result) return work.result;
    int failed = await_program(&work, request->limit_milliseconds);
    close(work.report);
    if (failed) {
        discard(work.pid, failed == ETIMEDOUT);
        return failed;
    }
    // The child is ours and not collected yet, so its number cannot belong to another.
    *descriptor = (int)syscall(SYS_pidfd_open, work.pid, 0);
    if (*descriptor < 0) {
        failed = errno;
        discard(work.pid, 0);
        return failed;
    }
    *pid = work.pid;
    return 0;
}

int busbar_child_signal(int descriptor, int number) {
    return syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0) == 0 ? 0 : errno;
}

int busbar_child_collect(pid_t pid, int descriptor, int *code, int *was_signal) {
    siginfo_t info = {0};
    if (waitid((idtype_t)P_PIDFD, (id_t)descriptor, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return -errno;
    if (info.si_pid == 0) return 0;
    // Not yet collected, so the group's number cannot belong to anybody else.
    kill(-pid, SIGKILL);
    if (waitid((idtype_t)P_PIDFD, (id_t)descriptor, &info, WEXITED | WNOHANG) != 0) return -errno;
    *code = info.si_status;
    *was_signal = info.si_code != CLD_EXITED;
    return 1;
}

int busbar_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

const char *busbar_error_text(int number) {
    return strerrordesc_np(number);
}

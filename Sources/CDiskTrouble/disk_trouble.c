#define _GNU_SOURCE
#include "disk_trouble.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// Everything real is done by system calls and not by the functions that are stood before.

enum { MAXIMUM_FILES = 1024, MAXIMUM_NAMES = 256, MAXIMUM_PATH = 512 };

/// A file that has been seen, by what tells it from every other: numbers alone are used again.
typedef struct {
    uint64_t inode;
    struct statx_timestamp born;
    /// The content that a power cut leaves of it.
    unsigned content;
} seen_file;

typedef struct {
    char path[MAXIMUM_PATH];
    unsigned file;
} kept_name;

static char directory[MAXIMUM_PATH];
static char cuts[MAXIMUM_PATH];
static struct timespec flush_time;
static volatile unsigned char *orders;

/// Guards everything below, and makes one flush wait for another, as on one disk.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static seen_file files[MAXIMUM_FILES];
static unsigned file_count;
/// The names that a power cut leaves.
static kept_name names[MAXIMUM_NAMES];
static unsigned name_count;
static unsigned content_count;
static unsigned cut_count;

static void end(const char *reason) {
    dprintf(STDERR_FILENO, "disk trouble: %s\n", reason);
    abort();
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// MARK: - Paths

static bool is_below(const char *path) {
    size_t length = strlen(directory);
    return length > 0 && strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/// Whether a path given to a function is in the directory. Relative paths are taken for others: nobody here uses them.
static bool concerns_path(const char *path) { return path && path[0] == '/' && is_below(path); }

/// The path of an open file in the directory; false for others.
static bool path_of(int descriptor, char path[MAXIMUM_PATH]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, MAXIMUM_PATH - 1);
    if (length < 0) return false;
    path[length] = 0;
    return is_below(path);
}

static bool is_open_below(int descriptor) {
    char path[MAXIMUM_PATH];
    return path_of(descriptor, path);
}

// MARK: - What a power cut leaves

static bool look(int at, const char *path, int flags, struct statx *status) {
    return syscall(SYS_statx, at, path, flags | AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_BTIME, status) == 0;
}

static unsigned find_file(const struct statx *status) {
    for (unsigned index = 0; index < file_count; index++) {
        seen_file *file = &files[index];
        if (file->inode == status->stx_ino && file->born.tv_sec == status->stx_btime.tv_sec
            && file->born.tv_nsec == status->stx_btime.tv_nsec)
            return index;
    }
    if (file_count == MAXIMUM_FILES) end("too many files");
    files[file_count] = (seen_file){.inode = status->stx_ino, .born = status->stx_btime};
    return file_count++;
}

static void keep_name(const char *path, unsigned file) {
    unsigned index = 0;
    while (index < name_count && strcmp(names[index].path, path) != 0) index++;
    if (index == MAXIMUM_NAMES) end("too many names");
    if (index == name_count) name_count++;
    snprintf(names[index].path, MAXIMUM_PATH, "%s", path);
    names[index].file = file;
}

/// Forgets a kept name that is gone or that another file has now, when the condition for it is met.
static void drop_gone_names(bool (*is_meant)(const kept_name *, const void *), const void *context) {
    for (unsigned index = 0; index < name_count;) {
        struct statx status;
        kept_name *name = &names[index];
        bool is_there = look(AT_FDCWD, name->path, 0, &status) && find_file(&status) == name->file;
        if (is_there || !is_meant(name, context)) {
            index++;
        } else {
            names[index] = names[--name_count];
        }
    }
}

static bool is_name_of(const kept_name *name, const void *file) { return name->file == *(const unsigned *)file; }

static bool is_name_in(const kept_name *name, const void *folder) {
    size_t length = strlen(folder);
    return strncmp(name->path, folder, length) == 0 && name->path[length] == '/'
        && !strchr(name->path + length + 1, '/');
}

/// Keeps a file's content as it is now.
///
/// A descriptor of it that somebody else has must not be closed, and neither must one made here: that would give back
/// the locks that the program holds on the file.
static unsigned copy_content(int descriptor) {
    char path[MAXIMUM_PATH + 32];
    static char buffer[65536];
    unsigned number = ++content_count;
    snprintf(path, sizeof path, "%s/content-%u", cuts, number);
    int copy = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (copy < 0) end("cannot write to BUSBAR_DISK_CUTS");
    off_t offset = 0;
    while (true) {
        ssize_t count = pread(descriptor, buffer, sizeof buffer, offset);
        if (count < 0 && errno == EBADF && offset == 0) {
            // Opened for writing only.
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
            descriptor = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
            count = pread(descriptor, buffer, sizeof buffer, offset);
        }
        if (count < 0) end("cannot read a file of BUSBAR_DISK");
        if (count == 0) break;
        if (syscall(SYS_write, copy, buffer, (size_t)count) != count) end("cannot write to BUSBAR_DISK_CUTS");
        offset += count;
    }
    syscall(SYS_close, copy);
    return number;
}

/// Keeps the names of a directory as they are now.
static void keep_names(const char *folder, bool keeps_contents) {
    drop_gone_names(is_name_in, folder);
    DIR *open_folder = opendir(folder);
    if (!open_folder) return;
    struct dirent *entry;
    while ((entry = readdir(open_folder))) {
        char path[MAXIMUM_PATH];
        struct statx status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= MAXIMUM_PATH) end("a path is too long");
        if (!look(AT_FDCWD, path, 0, &status)) continue;
        if (S_ISDIR(status.stx_mode) && keeps_contents) keep_names(path, true);
        if (!S_ISREG(status.stx_mode)) continue;
        unsigned file = find_file(&status);
        if (keeps_contents) {
            // Only before the program runs: it holds no locks yet.
            int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
            if (descriptor < 0) end("cannot read a file of BUSBAR_DISK");
            files[file].content = copy_content(descriptor);
            syscall(SYS_close, descriptor);
        }
        keep_name(path, file);
    }
    closedir(open_folder);
}

static void write_cut(int64_t begin) {
    char part[MAXIMUM_PATH + 32], path[MAXIMUM_PATH + 32];
    snprintf(part, sizeof part, "%s/part", cuts);
    snprintf(path, sizeof path, "%s/cut-%06u", cuts, cut_count++);
    int cut = (int)syscall(SYS_openat, AT_FDCWD, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (cut < 0) end("cannot write to BUSBAR_DISK_CUTS");
    clock_nanosleep(CLOCK_MONOTONIC, 0, &flush_time, NULL);
    dprintf(cut, "%lld %lld\n", (long long)begin, (long long)now());
    for (unsigned index = 0; index < name_count; index++) {
        const char *name = names[index].path + strlen(directory) + 1;
        dprintf(cut, "%u %s\n", files[names[index].file].content, name);
    }
    syscall(SYS_close, cut);
    if (syscall(SYS_renameat2, AT_FDCWD, part, AT_FDCWD, path, 0) != 0) end("cannot write to BUSBAR_DISK_CUTS");
}

__attribute__((constructor)) static void begin(void) {
    const char *watched = getenv("BUSBAR_DISK");
    if (!watched) return;
    snprintf(directory, sizeof directory, "%s", watched);
    const char *given_orders = getenv("BUSBAR_DISK_ORDERS");
    if (given_orders) {
        int descriptor = (int)syscall(SYS_openat, AT_FDCWD, given_orders, O_RDONLY | O_CLOEXEC, 0);
        void *map = descriptor < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, descriptor, 0);
        if (map == MAP_FAILED) end("cannot read BUSBAR_DISK_ORDERS");
        orders = map;
        syscall(SYS_close, descriptor);
    }
    const char *milliseconds = getenv("BUSBAR_DISK_FLUSH_MS");
    long long time = milliseconds ? atoll(milliseconds) : 0;
    flush_time = (struct timespec){.tv_sec = time / 1000, .tv_nsec = time % 1000 * 1000000};
    const char *given_cuts = getenv("BUSBAR_DISK_CUTS");
    if (!given_cuts) return;
    snprintf(cuts, sizeof cuts, "%s", given_cuts);
    keep_names(directory, true);
    write_cut(now());
}

static int flush(int descriptor, long call) {
    char path[MAXIMUM_PATH];
    struct statx status;
    if (!cuts[0] || !path_of(descriptor, path) || !look(descriptor, "", AT_EMPTY_PATH, &status))
        return (int)syscall(call, descriptor);
    pthread_mutex_lock(&lock);
    int64_t begin = now();
    if (S_ISDIR(status.stx_mode)) {
        keep_names(path, false);
    } else {
        unsigned file = find_file(&status);
        struct statx named;
        files[file].content = copy_content(descriptor);
        drop_gone_names(is_name_of, &file);
        if (look(AT_FDCWD, path, 0, &named) && find_file(&named) == file) keep_name(path, file);
    }
    write_cut(begin);
    pthread_mutex_unlock(&lock);
    return 0;
}

// MARK: - What goes wrong

static busbar_disk_order order(void) { return orders ? (busbar_disk_order)*orders : BUSBAR_DISK_WELL; }

/// Whether writing to an open file fails; `errno` says why.
static bool write_fails(int descriptor) {
    busbar_disk_order current = order();
    if (current == BUSBAR_DISK_WELL || !is_open_below(descriptor)) return false;
    errno = current == BUSBAR_DISK_FULL ? ENOSPC : EROFS;
    return true;
}

/// Whether a change of a name fails; `errno` says why. A full disk takes names away, but none in.
static bool name_fails(const char *path, bool is_new) {
    busbar_disk_order current = order();
    if (current == BUSBAR_DISK_WELL || !concerns_path(path)) return false;
    if (current == BUSBAR_DISK_FULL && !is_new) return false;
    errno = current == BUSBAR_DISK_FULL ? ENOSPC : EROFS;
    return true;
}

static bool open_fails(int at, const char *path, int flags) {
    busbar_disk_order current = order();
    if (!concerns_path(path)) return false;
    if (cuts[0] && (flags & O_DSYNC)) end("a file is opened so that each write is flushed; that is not known here");
    if (current == BUSBAR_DISK_WELL) return false;
    struct statx status;
    bool is_there = look(at, path, 0, &status);
    bool makes = (flags & O_CREAT) && !is_there;
    if (current == BUSBAR_DISK_FULL && makes) {
        errno = ENOSPC;
        return true;
    }
    if (current == BUSBAR_DISK_READ_ONLY && (makes || (is_there && (flags & (O_ACCMODE | O_TRUNC)) != O_RDONLY))) {
        errno = EROFS;
        return true;
    }
    return false;
}

static int open_file(int at, const char *path, int flags, mode_t mode) {
    if (open_fails(at, path, flags)) return -1;
    return (int)syscall(SYS_openat, at, path, flags, mode);
}

// MARK: - In place of the C library's functions

static mode_t mode_of(int flags, va_list arguments) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                          \
    int name(const char *path, int flags, ...) {            \
        va_list arguments;                                  \
        va_start(arguments, flags);                         \
        mode_t mode = mode_of(flags, arguments);            \
        va_end(arguments);                                  \
        return open_file(AT_FDCWD, path, flags, mode);      \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                        \
    int name(int at, const char *path, int flags, ...) {    \
        va_list arguments;                                  \
        va_start(arguments, flags);                         \
        mode_t mode = mode_of(flags, arguments);            \
        va_end(arguments);                                  \
        return open_file(at, path, flags, mode);            \
    }
OPENAT(openat)
OPENAT(openat64)

int fsync(int descriptor) { return flush(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return flush(descriptor, SYS_fdatasync); }

int msync(void *address, size_t length, int flags) {
    if (cuts[0]) end("a map is flushed; that is not known here");
    return (int)syscall(SYS_msync, address, length, flags);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (write_fails(descriptor)) return -1;
    return syscall(SYS_write, descriptor, bytes, count);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    if (write_fails(descriptor)) return -1;
    return syscall(SYS_writev, descriptor, parts, count);
}

#define PWRITE(name, offset_type)                                                               \
    ssize_t name(int descriptor, const void *bytes, size_t count, offset_type offset) {         \
        if (write_fails(descriptor)) return -1;                                                 \
        return syscall(SYS_pwrite64, descriptor, bytes, count, offset);                         \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, offset_type)                                                            \
    int name(int descriptor, offset_type length) {                                              \
        if (write_fails(descriptor)) return -1;                                                 \
        return (int)syscall(SYS_ftruncate, descriptor, length);                                 \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

int unlink(const char *path) {
    if (name_fails(path, false)) return -1;
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rename(const char *from, const char *to) {
    if (name_fails(to, false)) return -1;
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdir(const char *path, mode_t mode) {
    if (name_fails(path, true)) return -1;
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int access(const char *path, int mode) {
    if ((mode & W_OK) && order() == BUSBAR_DISK_READ_ONLY && concerns_path(path)) {
        errno = EROFS;
        return -1;
    }
    return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

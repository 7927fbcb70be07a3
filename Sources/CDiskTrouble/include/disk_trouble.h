#ifndef BUSBAR_DISK_TROUBLE_H
#define BUSBAR_DISK_TROUBLE_H

// A library for tests, loaded into a program with LD_PRELOAD. It has no functions of its own: it stands before those of
// the C library that work with files, for the files of one directory.
//
// BUSBAR_DISK            the directory, as an absolute path without symbolic links. Without it nothing happens.
// BUSBAR_DISK_ORDERS     a file of at least 1 byte that says what goes wrong at the moment (`busbar_disk_order`).
// BUSBAR_DISK_CUTS       a directory that gets what a power cut would leave, after each flush. Without it files are
//                        flushed as ever.
// BUSBAR_DISK_FLUSH_MS   how long a flush takes, in milliseconds.
//
// What a power cut leaves, at worst:
//
// - Of a file, what it held when it was flushed last (fsync, fdatasync); nothing when it never was. In truth a system may
//   have written more of it by itself, any part of it; a program must not count on that.
// - Of a directory, the names that it had when it was flushed last. A new or renamed file's name is there too when the file
//   itself was flushed: ext4, XFS and Btrfs all do so, and SQLite counts on it for its main file. A name that was removed
//   comes back, with what the file held when it was flushed last, until the directory is flushed.
// - What was there when the program started.
//
// A map that is shared with a file is flushed with msync, which nobody here does: a program that does is ended.
//
// BUSBAR_DISK_CUTS gets, for the start and for each flush, a file `cut-000000` and so on. Its first line has two times in
// nanoseconds of CLOCK_MONOTONIC: when the flush was asked for, and when it was done and the program could go on. Each
// further line is the number of a content, a space, and a name in the directory. Content 0 is empty, content 7 is in the
// file `content-7`.

/// What goes wrong, as the first byte of the file of orders.
typedef enum {
    BUSBAR_DISK_WELL = 0,
    /// Nothing can be written or made larger, and no file made: ENOSPC.
    BUSBAR_DISK_FULL = 1,
    /// Nothing can be changed, and no file opened for writing: EROFS.
    BUSBAR_DISK_READ_ONLY = 2,
} busbar_disk_order;

#endif

#ifndef BUSBAR_CPOLL_SHIM_H
#define BUSBAR_CPOLL_SHIM_H

// Swift's Glibc has none of these.
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// pthread_setname_np(3); the header shows it only to those that ask for all of GNU.
int pthread_setname_np(pthread_t thread, const char *name);

#endif

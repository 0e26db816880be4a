#pragma once
#include <sys/epoll.h>
#include <sys/types.h>

// What Swift's Glibc module leaves out: epoll, and GNU extensions. A set of processors is an array of bits.
int sched_setaffinity(pid_t process, size_t size, const void *processors);
int sched_getaffinity(pid_t process, size_t size, void *processors);
void *memmem(const void *bytes, size_t count, const void *wanted, size_t wanted_count);

#pragma once
#include <spawn.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/types.h>

struct sockaddr;

// GNU extensions, which Swift's Glibc module leaves out.
int getresuid(uid_t *real, uid_t *effective, uid_t *saved);
int getresgid(gid_t *real, gid_t *effective, gid_t *saved);
int pipe2(int ends[2], int flags);
int accept4(int socket, struct sockaddr *address, unsigned int *count, int flags);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// Here because prctl takes a variable number of arguments, which Swift cannot call.
static inline int clavero_set_dumpable(int dumpable)
{
    return prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0UL, 0UL, 0UL);
}

// Here because Swift takes `stdout` for a variable that other threads may change. Not 0 when something that was printed
// is not written.
static inline int clavero_finish_output(void)
{
    int failed = ferror(stdout);
    return fflush(stdout) != 0 || failed;
}

#pragma once
#include <sys/prctl.h>
#include <sys/types.h>

// GNU extensions, which Swift's Glibc module leaves out.
int getresuid(uid_t *real, uid_t *effective, uid_t *saved);
int getresgid(gid_t *real, gid_t *effective, gid_t *saved);

// Here because prctl takes a variable number of arguments, which Swift cannot call.
static inline int clavero_set_dumpable(int dumpable)
{
    return prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0UL, 0UL, 0UL);
}

#include "CVersion.h"

// scripts/stamp-commit writes the commit here after a release is linked, so that a new commit compiles nothing anew.
__attribute__((section(".clavero_commit"), used)) static volatile const char commit[32] = "unknown commit";

const char *version_commit(void) { return (const char *)commit; }

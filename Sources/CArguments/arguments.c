#include "CArguments.h"

// The standard library of Swift looks for the arguments before the environment, where they are no longer once a preloaded
// library has moved the environment by setenv(3). The C library hands them to every constructor.
static int count;
static char **arguments;

__attribute__((constructor)) static void keep(int argc, char **argv) {
    count = argc;
    arguments = argv;
}

int process_argument_count(void) { return count; }

char **process_arguments(void) { return arguments; }

#include "CPostgres.h"

#include <dlfcn.h>

// The version of its interface, which has not changed since PostgreSQL 8.2.
static const char library_name[] = "libpq.so.5";

_Bool libpq_load(struct LibPQ *functions, const char **reason) {
    // Nothing else in the process finds a symbol of the libraries that libpq is linked with.
    void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        *reason = dlerror();
        return 0;
    }
#define FIND(name) \
    functions->name = (__typeof__(functions->name))dlsym(library, #name); \
    if (!functions->name) { \
        *reason = dlerror(); \
        return 0; \
    }
    LIBPQ_FUNCTIONS(FIND)
#undef FIND
    return 1;
}

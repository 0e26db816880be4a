#pragma once

// Debian keeps this header in a directory of its own; other systems do not.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

// The functions of libpq that the module calls. None is linked. Add a function here to call it.
#define LIBPQ_FUNCTIONS(FUNCTION) \
    FUNCTION(PQclear) \
    FUNCTION(PQcmdStatus) \
    FUNCTION(PQcmdTuples) \
    FUNCTION(PQconnectPoll) \
    FUNCTION(PQconnectStartParams) \
    FUNCTION(PQconninfoFree) \
    FUNCTION(PQconninfoParse) \
    FUNCTION(PQconsumeInput) \
    FUNCTION(PQerrorMessage) \
    FUNCTION(PQfinish) \
    FUNCTION(PQgetResult) \
    FUNCTION(PQgetisnull) \
    FUNCTION(PQgetlength) \
    FUNCTION(PQgetvalue) \
    FUNCTION(PQisBusy) \
    FUNCTION(PQntuples) \
    FUNCTION(PQresultErrorField) \
    FUNCTION(PQresultErrorMessage) \
    FUNCTION(PQresultStatus) \
    FUNCTION(PQsendPrepare) \
    FUNCTION(PQsendQuery) \
    FUNCTION(PQsendQueryPrepared) \
    FUNCTION(PQsetNoticeProcessor) \
    FUNCTION(PQsocket) \
    FUNCTION(PQstatus)

/// The addresses of these functions, each with the type that libpq's own header gives it.
struct __attribute__((swift_attr("@Sendable"))) LibPQ {
#define MEMBER(name) __typeof__(&name) _Nonnull name;
    LIBPQ_FUNCTIONS(MEMBER)
#undef MEMBER
};

/// Loads libpq and finds all of the functions. Otherwise it returns false, and `reason` says in the loader's words what is
/// missing, up to this thread's next call of dlerror(3)'s siblings.
_Bool libpq_load(struct LibPQ *_Nonnull functions, const char *_Nullable *_Nonnull reason);

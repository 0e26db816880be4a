#pragma once
#include <openssl/err.h>
#include <openssl/ssl.h>

// What OpenSSL has as macros, which Swift does not see.
static inline void clavero_write_in_parts(SSL_CTX *context)
{
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static inline int clavero_require_tls13(SSL_CTX *context)
{
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
}

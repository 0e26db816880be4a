#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// The parameters are built here because OSSL_PARAM keeps the pointers it is given, and those to Swift strings dangle.
static inline int clavero_hkdf_sha256(
    EVP_KDF *kdf, const void *key, size_t key_count, const void *salt, size_t salt_count, const void *info,
    size_t info_count, unsigned char *output, size_t count)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_count),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_count),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_count),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    int done = context != NULL && EVP_KDF_derive(context, output, count, params) == 1;
    EVP_KDF_CTX_free(context);
    return done;
}

// A macro over a varargs function.
static inline EVP_PKEY *clavero_p256_generate(void)
{
    return EVP_EC_gen("P-256");
}

// Stacks are typed by macros. A name is built from its bytes, so nothing in it is ever read as configuration.
static inline int clavero_names_append(GENERAL_NAMES *names, int type, const void *bytes, int count)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (name == NULL || value == NULL || ASN1_STRING_set(value, bytes, count) != 1) {
        ASN1_STRING_free(value);
        GENERAL_NAME_free(name);
        return 0;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (sk_GENERAL_NAME_push(names, name) > 0) return 1;
    GENERAL_NAME_free(name);
    return 0;
}

// Stacks are typed by macros.
static inline int clavero_names_count(const GENERAL_NAMES *names)
{
    return sk_GENERAL_NAME_num(names);
}

// Returns the type of a name and its bytes, which belong to the name; -1 for a type that is no host name or address.
static inline int clavero_names_get(const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *count)
{
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, index), &type);
    if (type != GEN_DNS && type != GEN_IPADD) return -1;
    *bytes = ASN1_STRING_get0_data(value);
    *count = ASN1_STRING_length(value);
    return type;
}

// What OBJ_nid2obj gives is static.
static inline int clavero_usage_append(EXTENDED_KEY_USAGE *usage, int nid)
{
    return sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(nid)) > 0;
}

// Wipes 16 KiB of the stack below its caller. It is a function of its own, so that its array is where the frames of the
// computation before it were.
static __attribute__((noinline)) void clavero_wipe_stack(void)
{
    unsigned char below[16384];
    OPENSSL_cleanse(below, sizeof below);
}

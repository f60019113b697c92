/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include "bench.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static bool
units_read(const char *certificate_path, const char *key_path, struct bench_identity *ret)
{
    FILE *file = fopen(certificate_path, "r");
    ret->certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    file = fopen(key_path, "r");
    ret->key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    return ret->certificate != NULL && ret->key != NULL;
}

static bool
units_load(const char *pki, const char *name, struct bench_identity *ret)
{
    char certificate[1024];
    char key[1024];
    (void)snprintf(certificate, sizeof certificate, "%s/units/%s.crt", pki, name);
    (void)snprintf(key, sizeof key, "%s/units/%s.key", pki, name);
    if (!units_read(certificate, key, ret)) {
        fprintf(stderr, "larwm-bench: no certificate and key for %s in %s/units\n", name, pki);
        return false;
    }
    return true;
}

static bool
units_load_authority(const char *pki, struct bench_identity *ret)
{
    char certificate[1024];
    char key[1024];
    (void)snprintf(certificate, sizeof certificate, "%s/device-ca.crt", pki);
    (void)snprintf(key, sizeof key, "%s/device-ca.key", pki);
    if (!units_read(certificate, key, ret)) {
        fprintf(stderr, "larwm-bench: no device-ca.crt and .key in %s\n", pki);
        return false;
    }
    return true;
}

/* A unit with a certificate of the development authority. */
static bool
units_generate(const struct bench_identity *authority, unsigned number, struct bench_identity *ret)
{
    char name[32];
    (void)snprintf(name, sizeof name, "BENCH-%u", number);
    ret->key = EVP_EC_gen("P-256");
    ret->certificate = X509_new();
    if (ret->key == NULL || ret->certificate == NULL) {
        return false;
    }
    X509 *made = ret->certificate;
    X509_NAME *subject = X509_get_subject_name(made);
    return X509_set_version(made, 2) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), number + 1000u) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(made), -3600) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(made), 86400) != NULL &&
           X509_set_pubkey(made, ret->key) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(made, X509_get_subject_name(authority->certificate)) == 1 &&
           X509_sign(made, authority->key, EVP_sha256()) > 0;
}

static unsigned
units_count_names(const char *names)
{
    unsigned count = 0;
    for (const char *at = names; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ", ");
        count += length > 0 ? 1 : 0;
        at += length + strspn(at + length, ", ");
    }
    return count;
}

static bool
units_load_named(const struct bench_options *options, struct bench_identity *units, unsigned named)
{
    const char *at = options->units;
    for (unsigned i = 0; i < named; i++) {
        char name[64];
        at += strspn(at, ", ");
        size_t length = strcspn(at, ", ");
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), at);
        at += length;
        if (!units_load(options->pki, name, &units[i])) {
            return false;
        }
    }
    return true;
}

static bool
units_load_bundle(const char *path, struct bench_identity *units, unsigned count)
{
    FILE *file = fopen(path, "r");
    bool good = file != NULL;
    for (unsigned i = 0; good && i < count; i++) {
        units[i].key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        units[i].certificate = PEM_read_X509(file, NULL, NULL, NULL);
        good = units[i].key != NULL && units[i].certificate != NULL;
    }
    if (!good) {
        fprintf(stderr, "larwm-bench: %s does not hold %u units\n", path, count);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    ERR_clear_error();
    return good;
}

static bool
units_generate_all(const struct bench_options *options, struct bench_identity *units,
                   unsigned count)
{
    struct bench_identity authority;
    if (!units_load_authority(options->pki, &authority)) {
        return false;
    }
    bool good = true;
    for (unsigned i = 0; good && i < count; i++) {
        good = units_generate(&authority, i, &units[i]);
    }
    if (!good) {
        fputs("larwm-bench: a certificate cannot be made\n", stderr);
    }
    X509_free(authority.certificate);
    EVP_PKEY_free(authority.key);
    return good;
}

struct bench_identity *
bench_units_make(const struct bench_options *options, unsigned *ret_count)
{
    unsigned named = units_count_names(options->units);
    unsigned count = named + options->generated;
    struct bench_identity *units = calloc(count == 0 ? 1 : count, sizeof *units);
    if (units == NULL || count == 0) {
        fprintf(stderr, "larwm-bench: %s\n", count == 0 ? "no units named" : "out of memory");
        free(units);
        return NULL;
    }
    struct bench_identity *others = units + named;
    bool good = units_load_named(options, units, named);
    if (good && options->generated > 0) {
        good = options->bundle != NULL
                   ? units_load_bundle(options->bundle, others, options->generated)
                   : units_generate_all(options, others, options->generated);
    }
    *ret_count = count;
    return good ? units : NULL; /* the process ends */
}

/* SHA-256 of the public key, as the registry knows a credential. */
static bool
units_print_fingerprint(unsigned number, EVP_PKEY *key)
{
    unsigned char *spki = NULL;
    unsigned char mark[SHA256_DIGEST_LENGTH];
    int size = i2d_PUBKEY(key, &spki);
    if (size <= 0) {
        return false;
    }
    (void)SHA256(spki, (size_t)size, mark);
    OPENSSL_free(spki);
    printf("BENCH-%u ", number);
    for (unsigned i = 0; i < sizeof mark; i++) {
        printf("%02x", mark[i]);
    }
    printf("\n");
    return true;
}

int
bench_run_enrol(const struct bench_options *options)
{
    static struct bench_identity *units; /* until the process ends */
    units = calloc(options->generated + 1u, sizeof *units);
    FILE *file = options->bundle == NULL ? NULL : fopen(options->bundle, "wx");
    if (units == NULL || file == NULL) {
        fputs("larwm-bench: enrol needs --generate N and --bundle FILE, a new file\n", stderr);
        return 1;
    }
    bool good = units_generate_all(options, units, options->generated);
    for (unsigned i = 0; good && i < options->generated; i++) {
        good = PEM_write_PrivateKey(file, units[i].key, NULL, NULL, 0, NULL, NULL) == 1 &&
               PEM_write_X509(file, units[i].certificate) == 1 &&
               units_print_fingerprint(i, units[i].key);
    }
    return fclose(file) == 0 && good ? 0 : 1;
}

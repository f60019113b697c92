/* SPDX-License-Identifier: Apache-2.0 */
/* Client certificates of the development authority, many at once: a file of DER pairs, each with
 * its length in front. Keys are P-256, as deploy/pki makes them; nothing here is for production. */
#include "peer.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DER_MAX 4096

static FILE *
identity_open(const char *directory, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return fopen(path, "re");
}

static bool
identity_read_authority(const char *pki, struct peer_identity *authority)
{
    FILE *file = identity_open(pki, "device-ca.crt");
    authority->certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    file = identity_open(pki, "device-ca.key");
    authority->key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    return authority->certificate != NULL && authority->key != NULL;
}

static bool
identity_extend(X509 *certificate, int name, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, name, value);
    bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* The same extensions as deploy/pki's, so that a certificate costs the same to read. */
static bool
identity_make(const struct peer_identity *authority, unsigned number, struct peer_identity *made)
{
    char name[32];
    (void)snprintf(name, sizeof name, "LOAD-%06u", number);
    made->key = EVP_EC_gen("P-256");
    made->certificate = X509_new();
    if (made->key == NULL || made->certificate == NULL) {
        return false;
    }
    X509 *x509 = made->certificate;
    return X509_set_version(x509, 2) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509),
                                   UINT64_C(0x4C4F414400000000) + number) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(x509), -3600) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(x509), 86400) != NULL &&
           X509_set_pubkey(x509, made->key) == 1 &&
           X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                                      (const unsigned char *)name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(x509, X509_get_subject_name(authority->certificate)) == 1 &&
           identity_extend(x509, NID_basic_constraints, "critical,CA:FALSE") &&
           identity_extend(x509, NID_key_usage, "critical,digitalSignature") &&
           identity_extend(x509, NID_ext_key_usage, "clientAuth") &&
           X509_sign(x509, authority->key, EVP_sha256()) > 0;
}

static bool
identity_put(FILE *to, const unsigned char *der, int size)
{
    uint32_t length = (uint32_t)size;
    return size > 0 && size <= DER_MAX && fwrite(&length, sizeof length, 1, to) == 1 &&
           fwrite(der, 1, length, to) == length;
}

static bool
identity_write(FILE *to, const struct peer_identity *identity)
{
    unsigned char *certificate = NULL;
    unsigned char *key = NULL;
    unsigned char *public = NULL;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    int public_size = i2d_PUBKEY(identity->key, &public);
    int certificate_size = i2d_X509(identity->certificate, &certificate);
    int key_size = i2d_PrivateKey(identity->key, &key);
    bool good = public_size > 0 && identity_put(to, certificate, certificate_size) &&
                identity_put(to, key, key_size);
    if (good) {
        SHA256(public, (size_t)public_size, digest);
        for (unsigned i = 0; i < sizeof digest; i++) {
            printf("%02x", digest[i]);
        }
        printf("\n");
    }
    OPENSSL_free(certificate);
    OPENSSL_free(key);
    OPENSSL_free(public);
    return good;
}

int
peer_certify(const char *pki, const char *bundle, unsigned count)
{
    struct peer_identity authority;
    int fd = open(bundle, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
    if (to == NULL || !identity_read_authority(pki, &authority)) {
        peer_give_up("the unit authority or the bundle cannot be opened");
    }
    for (unsigned i = 0; i < count; i++) {
        struct peer_identity made;
        if (!identity_make(&authority, i, &made) || !identity_write(to, &made)) {
            peer_give_up("a certificate cannot be made");
        }
        X509_free(made.certificate);
        EVP_PKEY_free(made.key);
    }
    X509_free(authority.certificate);
    EVP_PKEY_free(authority.key);
    return fclose(to) == 0 ? 0 : 1;
}

static bool
identity_get(FILE *from, unsigned char der[DER_MAX], uint32_t *ret_size)
{
    return fread(ret_size, sizeof *ret_size, 1, from) == 1 && *ret_size <= DER_MAX &&
           fread(der, 1, *ret_size, from) == *ret_size;
}

static bool
identity_read(FILE *from, struct peer_identity *identity)
{
    unsigned char der[DER_MAX];
    uint32_t size;
    const unsigned char *at = der;
    if (!identity_get(from, der, &size)) {
        return false;
    }
    identity->certificate = d2i_X509(NULL, &at, size);
    at = der;
    if (!identity_get(from, der, &size)) {
        return false;
    }
    identity->key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, size);
    return identity->certificate != NULL && identity->key != NULL;
}

struct peer_identity *
peer_identities(const char *bundle, unsigned count)
{
    struct peer_identity *identities = calloc(count, sizeof *identities);
    FILE *from = fopen(bundle, "re");
    bool good = identities != NULL && from != NULL;
    for (unsigned i = 0; good && i < count; i++) {
        good = identity_read(from, &identities[i]);
    }
    if (from != NULL) {
        (void)fclose(from);
    }
    if (!good) {
        fprintf(stderr, "larwm-bench-peer: %s does not hold %u certificates\n", bundle, count);
        free(identities);
        return NULL;
    }
    return identities;
}

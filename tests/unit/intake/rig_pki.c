/* SPDX-License-Identifier: Apache-2.0 */
#include "rig_pki.h"

#include "base/require.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>

static void
rig_pki_extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    require(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static struct rig_identity
rig_pki_make(const struct rig_identity *issuer, const char *name, long from_s, long to_s, bool ca)
{
    static long serial = 1;
    struct rig_identity made = {.certificate = X509_new(), .key = EVP_EC_gen("P-256")};
    require(made.certificate != NULL && made.key != NULL);
    X509 *certificate = made.certificate;
    X509 *by = issuer != NULL ? issuer->certificate : certificate;
    (void)X509_set_version(certificate, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), from_s);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), to_s);
    (void)X509_set_pubkey(certificate, made.key);
    (void)X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                     (const unsigned char *)name, -1, -1, 0);
    (void)X509_set_issuer_name(certificate, X509_get_subject_name(by));
    rig_pki_extend(certificate, by, NID_basic_constraints,
                   ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!ca) {
        rig_pki_extend(certificate, by, NID_ext_key_usage, "clientAuth,serverAuth");
        rig_pki_extend(certificate, by, NID_subject_alt_name, "IP:127.0.0.1");
    }
    require(X509_sign(certificate, issuer != NULL ? issuer->key : made.key, EVP_sha256()) > 0);
    return made;
}

struct rig_identity
rig_pki_ca(const char *name)
{
    return rig_pki_make(NULL, name, -86400, 86400, true);
}

struct rig_identity
rig_pki_issue(const struct rig_identity *ca, const char *name, long from_s, long to_s)
{
    return rig_pki_make(ca, name, from_s, to_s, false);
}

void
rig_pki_free(struct rig_identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

void
rig_pki_fingerprint(const struct rig_identity *identity, uint8_t fingerprint[32])
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(identity->key, &der); /* another way to the same bytes as the product's */
    require(size > 0);
    SHA256(der, (size_t)size, fingerprint);
    OPENSSL_free(der);
}

void
rig_pki_write_certificate(const struct rig_identity *identity, const char *file)
{
    FILE *stream = fopen(file, "we");
    require(stream != NULL && PEM_write_X509(stream, identity->certificate) == 1);
    (void)fclose(stream);
}

void
rig_pki_write_key(const struct rig_identity *identity, const char *file)
{
    FILE *stream = fopen(file, "we");
    require(stream != NULL &&
            PEM_write_PrivateKey(stream, identity->key, NULL, NULL, 0, NULL, NULL) == 1);
    (void)fclose(stream);
}

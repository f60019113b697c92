/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates for tests, made when the test runs and never kept. */
#ifndef RIG_PKI_H
#define RIG_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

struct rig_identity
{
    X509 *certificate;
    EVP_PKEY *key;
};

/* A CA of that name, valid now. */
struct rig_identity rig_pki_ca(const char *name);
/* Issued by `ca`, or self-signed when it is NULL; valid from and to, seconds from now. */
struct rig_identity
rig_pki_issue(const struct rig_identity *ca, const char *name, long from_s, long to_s);
void rig_pki_free(struct rig_identity *identity);
void rig_pki_fingerprint(const struct rig_identity *identity, uint8_t fingerprint[32]);
/* PEM files. */
void rig_pki_write_certificate(const struct rig_identity *identity, const char *file);
void rig_pki_write_key(const struct rig_identity *identity, const char *file);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/tls_tickets.h"

#include "base/clock.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum error
tls_tickets_secret(const char *file, uint8_t ret_secret[TLS_TICKET_SECRET_SIZE])
{
    if (file == NULL) {
        return RAND_bytes(ret_secret, TLS_TICKET_SECRET_SIZE) == 1 ? ERROR_NONE : ERROR_TLS;
    }
    FILE *stream = fopen(file, "re");
    if (stream == NULL) {
        return ERROR_IO;
    }
    struct stat status;
    size_t got = fread(ret_secret, 1, TLS_TICKET_SECRET_SIZE, stream);
    bool open = fstat(fileno(stream), &status) != 0 || (status.st_mode & S_IRWXO) != 0;
    (void)fclose(stream);
    return got == TLS_TICKET_SECRET_SIZE && !open ? ERROR_NONE : ERROR_CONFIG;
}

void
tls_tickets_init(struct tls_tickets *tickets, const uint8_t secret[TLS_TICKET_SECRET_SIZE])
{
    *tickets = (struct tls_tickets){.period = -1};
    memcpy(tickets->secret, secret, TLS_TICKET_SECRET_SIZE);
}

void
tls_tickets_free(struct tls_tickets *tickets)
{
    SSL_CTX_free(tickets->rest);
    OPENSSL_cleanse(tickets, sizeof *tickets);
}

/* One derived value: HMAC-SHA256 of a label and the period's number. */
static bool
tls_tickets_derive(const struct tls_tickets *tickets, const char *label, int64_t period,
                   uint8_t *to, size_t size)
{
    char message[64];
    int length =
        snprintf(message, sizeof message, "larwm ticket %s %lld", label, (long long)period);
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (length < 0 || HMAC(EVP_sha256(), tickets->secret, TLS_TICKET_SECRET_SIZE,
                           (const unsigned char *)message, (size_t)length, digest, NULL) == NULL) {
        return false;
    }
    memcpy(to, digest, size);
    OPENSSL_cleanse(digest, sizeof digest);
    return true;
}

static bool
tls_tickets_derive_keys(const struct tls_tickets *tickets, int64_t period,
                        struct tls_ticket_keys *ret_keys)
{
    return tls_tickets_derive(tickets, "name", period, ret_keys->name, sizeof ret_keys->name) &&
           tls_tickets_derive(tickets, "cipher", period, ret_keys->cipher,
                              sizeof ret_keys->cipher) &&
           tls_tickets_derive(tickets, "mac", period, ret_keys->mac, sizeof ret_keys->mac);
}

bool
tls_tickets_refresh(struct tls_tickets *tickets, int64_t wall_s)
{
    int64_t period = wall_s / TLS_TICKET_PERIOD_S;
    if (period == tickets->period) {
        return true;
    }
    if (!tls_tickets_derive_keys(tickets, period, &tickets->current) ||
        !tls_tickets_derive_keys(tickets, period - 1, &tickets->previous)) {
        tickets->period = -1;
        return false;
    }
    tickets->period = period;
    return true;
}

bool
tls_tickets_is_name(struct tls_tickets *tickets, const uint8_t *name, int64_t wall_s)
{
    return tls_tickets_refresh(tickets, wall_s) &&
           (memcmp(name, tickets->current.name, sizeof tickets->current.name) == 0 ||
            memcmp(name, tickets->previous.name, sizeof tickets->previous.name) == 0);
}

static bool
tls_tickets_use(const struct tls_ticket_keys *keys, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                EVP_MAC_CTX *mac, int encrypt)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)(uintptr_t)keys->mac,
                                          sizeof keys->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t) "sha256", 0),
        OSSL_PARAM_construct_end()};
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, keys->cipher, iv, encrypt) == 1 &&
           EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* OpenSSL's contract: 1 take it, 2 take it and issue a new one, 0 not ours, -1 failure. */
static int
tls_tickets_on_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                   EVP_MAC_CTX *mac, int encrypt)
{
    struct tls_tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (!tls_tickets_refresh(tickets, clock_wall_us() / US_PER_S)) {
        return encrypt ? -1 : 0; /* no keys: the unit does a full handshake */
    }
    if (encrypt) {
        memcpy(name, tickets->current.name, sizeof tickets->current.name);
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) {
            return -1;
        }
        return tls_tickets_use(&tickets->current, iv, cipher, mac, 1) ? 1 : -1;
    }
    if (memcmp(name, tickets->current.name, sizeof tickets->current.name) == 0) {
        return tls_tickets_use(&tickets->current, iv, cipher, mac, 0) ? 1 : 0;
    }
    if (memcmp(name, tickets->previous.name, sizeof tickets->previous.name) == 0) {
        return tls_tickets_use(&tickets->previous, iv, cipher, mac, 0) ? 2 : 0;
    }
    return 0;
}

enum error
tls_tickets_attach(struct tls_tickets *tickets, SSL_CTX *context)
{
    if (SSL_CTX_set_app_data(context, tickets) != 1 ||
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, tls_tickets_on_key) != 1) {
        return ERROR_TLS;
    }
    return ERROR_NONE;
}

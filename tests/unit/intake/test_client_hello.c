/* SPDX-License-Identifier: Apache-2.0 */
/* Real ClientHellos of OpenSSL, whole, in pieces and damaged. */
#include "intake/client_hello.h"
#include "intake/tls_tickets.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct hello
{
    uint8_t bytes[4096];
    size_t size;
};

static struct tls_tickets tickets;
static SSL_CTX *server;
static SSL_CTX *client;
static SSL_SESSION *earned;

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION_free(earned);
    earned = session;
    return 1;
}

static void
certify_server(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    cr_assert(key != NULL && certificate != NULL);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    cr_assert_eq(X509_set_pubkey(certificate, key), 1);
    cr_assert_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    cr_assert_eq(SSL_CTX_use_certificate(server, certificate), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey(server, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static SSL *
end_of(SSL_CTX *context, BIO *in, BIO *out)
{
    SSL *ssl = SSL_new(context);
    (void)BIO_up_ref(in);
    (void)BIO_up_ref(out);
    SSL_set_bio(ssl, in, out);
    return ssl;
}

static void
begin(void)
{
    static const uint8_t secret[TLS_TICKET_SECRET_SIZE] = "thirty-two bytes of test secret";
    tls_tickets_init(&tickets, secret);
    server = SSL_CTX_new(TLS_server_method());
    client = SSL_CTX_new(TLS_client_method());
    certify_server();
    cr_assert_eq(tls_tickets_attach(&tickets, server), ERROR_NONE);
    (void)SSL_CTX_set_session_cache_mode(client,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client, on_session);
    BIO *up = BIO_new(BIO_s_mem());
    BIO *down = BIO_new(BIO_s_mem());
    SSL *unit = end_of(client, down, up);
    SSL *centre = end_of(server, up, down);
    SSL_set_connect_state(unit);
    SSL_set_accept_state(centre);
    for (int i = 0; i < 3; i++) {
        (void)SSL_do_handshake(unit);
        (void)SSL_do_handshake(centre);
    }
    char byte;
    (void)SSL_read(unit, &byte, 1); /* the tickets */
    cr_assert_not_null(earned);
    SSL_set_shutdown(unit,
                     SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* else it is not resumable */
    SSL_free(unit);
    SSL_free(centre);
    BIO_free(up);
    BIO_free(down);
}

static void
end(void)
{
    SSL_SESSION_free(earned);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    tls_tickets_free(&tickets);
}

TestSuite(client_hello, .init = begin, .fini = end);

static struct hello
hello_of(SSL_SESSION *session)
{
    struct hello hello = {.size = 0};
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    SSL *ssl = end_of(client, in, out);
    if (session != NULL) {
        cr_assert_eq(SSL_set_session(ssl, session), 1);
    }
    SSL_set_connect_state(ssl);
    (void)SSL_do_handshake(ssl);
    int got = BIO_read(out, hello.bytes, sizeof hello.bytes);
    cr_assert_gt(got, 100);
    hello.size = (size_t)got;
    SSL_free(ssl);
    BIO_free(in);
    BIO_free(out);
    return hello;
}

/* In memory of exactly that size, so that a look too far is seen. */
static bool
has_name(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, bytes, size);
    const uint8_t *name = client_hello_ticket_name(copy, size);
    cr_assert(name == NULL || (name >= copy && name + CLIENT_HELLO_NAME_SIZE <= copy + size));
    bool ours =
        name != NULL && memcmp(name, tickets.current.name, sizeof tickets.current.name) == 0;
    free(copy);
    return ours;
}

Test(client_hello, the_name_of_the_ticket_key_is_found)
{
    struct hello hello = hello_of(earned);
    cr_assert(has_name(hello.bytes, hello.size));
    const uint8_t *name = client_hello_ticket_name(hello.bytes, hello.size);
    int64_t period_s = tickets.period * TLS_TICKET_PERIOD_S;
    cr_assert(tls_tickets_is_name(&tickets, name, period_s));
    cr_assert(tls_tickets_is_name(&tickets, name, period_s + TLS_TICKET_PERIOD_S));
    cr_assert_not(tls_tickets_is_name(&tickets, name, period_s + 2 * TLS_TICKET_PERIOD_S));
}

Test(client_hello, without_a_ticket_there_is_none)
{
    struct hello hello = hello_of(NULL);
    cr_assert_null(client_hello_ticket_name(hello.bytes, hello.size));
}

Test(client_hello, of_a_message_in_pieces_only_the_whole_shows_it)
{
    struct hello hello = hello_of(earned);
    for (size_t size = 0; size < hello.size; size++) {
        cr_assert_not(has_name(hello.bytes, size), "%zu bytes", size);
    }
    cr_assert(has_name(hello.bytes, hello.size));
}

Test(client_hello, a_ticket_too_short_for_a_name_has_none)
{
    uint8_t bytes[9 + 2 + 32 + 1 + 2 + 1 + 2 + 4 + 2 + 2 + 16] = {0};
    size_t at = sizeof bytes - 16;
    memset(bytes + at, 'n', 16);
    for (size_t identity = 15; identity <= 16; identity++) {
        bytes[at - 1] = (uint8_t)identity;
        bytes[at - 3] = (uint8_t)(2 + identity); /* identities */
        bytes[at - 5] = (uint8_t)(4 + identity); /* the extension */
        bytes[at - 7] = 41;                      /* pre_shared_key */
        bytes[at - 9] = (uint8_t)(8 + identity); /* all extensions */
        bytes[8] = (uint8_t)(48 + identity);     /* the message */
        bytes[5] = 1;                            /* ClientHello */
        bytes[4] = (uint8_t)(52 + identity);     /* the record */
        bytes[0] = 22;
        const uint8_t *name = client_hello_ticket_name(bytes, at + identity);
        cr_assert_eq(name, identity == 16 ? bytes + at : NULL, "%zu bytes", identity);
    }
}

Test(client_hello, damaged_bytes_are_never_read_beyond_their_end, .timeout = 60)
{
    const struct hello whole = hello_of(earned);
    srand(20261122);
    for (int round = 0; round < 100000; round++) {
        struct hello hello = whole;
        for (int i = rand() % 8; i >= 0; i--) {
            hello.bytes[(size_t)rand() % hello.size] = (uint8_t)rand();
        }
        (void)has_name(hello.bytes, rand() % 4 == 0 ? (size_t)rand() % hello.size : hello.size);
    }
}

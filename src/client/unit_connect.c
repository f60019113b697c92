/* SPDX-License-Identifier: Apache-2.0 */
/* Making a client and its TLS context; what happens then is in unit_client.c. */
#include "client/unit_internal.h"

#include <netinet/in.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
unit_parse(const char *host, unsigned port, struct sockaddr_storage *ret_address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)ret_address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)ret_address;
    return uv_ip4_addr(host, (int)port, four) == 0 || uv_ip6_addr(host, (int)port, six) == 0;
}

/* Takes a local address without a port yet, so that one address can hold 60,000 connections to each
 * port of the centre. */
static bool
unit_bind(struct unit_client *client, const char *source)
{
    struct sockaddr_storage address;
    if (source == NULL) {
        return true;
    }
    if (!unit_parse(source, 0, &address)) {
        return false;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    socklen_t size =
        address.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    bool good = fd >= 0 &&
                setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
                bind(fd, (const struct sockaddr *)&address, size) == 0 &&
                uv_tcp_open(&client->tcp, fd) == 0;
    if (!good && fd >= 0) {
        (void)close(fd);
    }
    return good;
}

static bool
unit_make_tls(struct unit_client *client, const struct unit_client_options *options)
{
    client->ssl = SSL_new(options->tls);
    client->input = BIO_new(BIO_s_mem());
    client->output = BIO_new(BIO_s_mem());
    if (client->ssl == NULL || client->input == NULL || client->output == NULL) {
        BIO_free(client->input);
        BIO_free(client->output);
        return false;
    }
    SSL_set_bio(client->ssl, client->input, client->output);
    SSL_set_connect_state(client->ssl);
    (void)SSL_set_app_data(client->ssl, client);
    bool good = true;
    if (options->certificate != NULL && options->key != NULL) {
        good = SSL_use_certificate(client->ssl, options->certificate) == 1 &&
               SSL_use_PrivateKey(client->ssl, options->key) == 1;
    }
    if (options->session != NULL) {
        good = good && SSL_set_session(client->ssl, options->session) == 1;
    }
    return good;
}

static char *
unit_copy(const char *text)
{
    return text != NULL && text[0] != '\0' ? strdup(text) : NULL;
}

static void
unit_on_discarded(uv_handle_t *handle)
{
    free(unit_client_of(handle->data));
}

static void
unit_discard(struct unit_client *client)
{
    SSL_free(client->ssl);
    unit_free_hello(client);
    uv_close((uv_handle_t *)&client->tcp, unit_on_discarded);
}

struct unit_client *
unit_client_connect(uv_loop_t *loop, const struct unit_client_options *options)
{
    static const struct unit_client_callbacks none = {0};
    struct sockaddr_storage address;
    struct unit_client *client = calloc(1, sizeof *client);
    if (client == NULL || !unit_parse(options->host, options->port, &address) ||
        uv_tcp_init(loop, &client->tcp) != 0) {
        free(client);
        return NULL;
    }
    client->magic = UNIT_CLIENT_MAGIC;
    client->tcp.data = client;
    client->connect.data = client;
    client->boot_id = options->boot_id;
    client->callbacks = options->callbacks != NULL ? options->callbacks : &none;
    client->data = options->data;
    client->hello = (struct unit_hello){.model = unit_copy(options->model),
                                        .firmware = unit_copy(options->firmware),
                                        .network = unit_copy(options->network),
                                        .iccid = unit_copy(options->iccid)};
    if (!unit_bind(client, options->source) || !unit_make_tls(client, options) ||
        uv_tcp_connect(&client->connect, &client->tcp, (const struct sockaddr *)&address,
                       unit_on_connected) != 0) {
        unit_discard(client);
        return NULL;
    }
    return client;
}

static int
unit_on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct unit_client *client = SSL_get_app_data(ssl);
    if (client == NULL || client->callbacks->on_session == NULL) {
        return 0;
    }
    client->callbacks->on_session(client, session, client->data);
    return 1; /* the callback owns it */
}

SSL_CTX *
unit_tls_context(const char *certificate_file, const char *key_file, const char *ca_file,
                 const char **ret_detail)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    const char *detail = NULL;
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1) {
        detail = "cannot make a TLS 1.3 context";
    } else if (certificate_file != NULL &&
               SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1) {
        detail = "cannot use the certificate file";
    } else if (key_file != NULL &&
               SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1) {
        detail = "cannot use the key file";
    } else if (ca_file != NULL && SSL_CTX_load_verify_file(context, ca_file) != 1) {
        detail = "cannot use the CA file";
    }
    if (detail != NULL) {
        SSL_CTX_free(context);
        ERR_clear_error();
        *ret_detail = detail;
        return NULL;
    }
    SSL_CTX_set_verify(context, ca_file != NULL ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(context,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, unit_on_new_session);
    return context;
}

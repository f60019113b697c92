/* SPDX-License-Identifier: Apache-2.0 */
/* larwm-bare: options, workers, the end (see bare.h). */
#include "bare.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BACKLOG 4096

static const char usage[] =
    "larwm-bare: a bare echo server, to divide figures by. Loopback only; SIGTERM ends it.\n"
    "\n"
    "  --port N          TCP port on 127.0.0.1\n"
    "  --threads N       worker loops (default 1)\n"
    "  --cert FILE --key FILE   TLS 1.3 (default: clear)\n"
    "  --client-ca FILE  client certificates are required and checked\n"
    "  --keep-peer       keep session and client certificate of each connection\n"
    "  --tickets         session tickets, one a handshake\n"
    "  --journal DIR     append each message to a file and answer after fdatasync\n";

static void
main_on_connection(uv_stream_t *listener, int status)
{
    if (status == 0) {
        bare_session_accept(listener->data);
    }
}

static void
main_on_turn_end(uv_check_t *check)
{
    bare_journal_submit(check->data);
}

static void
main_on_durable(uv_async_t *async)
{
    bare_journal_take(async->data);
}

static int
main_listen(struct bare_worker *worker)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)worker->options->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        return -errno;
    }
    (void)uv_tcp_init(&worker->loop, &worker->listener);
    worker->listener.data = worker;
    int status = uv_tcp_open(&worker->listener, fd);
    return status != 0 ? status
                       : uv_listen((uv_stream_t *)&worker->listener, BACKLOG, main_on_connection);
}

static void *
main_run(void *data)
{
    struct bare_worker *worker = data;
    (void)pthread_setname_np(pthread_self(), "intake");
    (void)uv_run(&worker->loop, UV_RUN_DEFAULT);
    return NULL;
}

static const char *
main_start(struct bare_worker *worker)
{
    const struct bare_options *options = worker->options;
    (void)uv_loop_init(&worker->loop);
    (void)pthread_mutex_init(&worker->lock, NULL);
    if (!shared_bio_init(&worker->io)) {
        return "no memory";
    }
    if (options->certificate != NULL && (worker->tls = bare_tls_create(options)) == NULL) {
        return "certificate, key or client CA cannot be used";
    }
    if (worker->journal != NULL) {
        (void)uv_check_init(&worker->loop, &worker->turn_end);
        (void)uv_check_start(&worker->turn_end, main_on_turn_end);
        (void)uv_async_init(&worker->loop, &worker->durable, main_on_durable);
        worker->turn_end.data = worker;
        worker->durable.data = worker;
    }
    int status = main_listen(worker);
    if (status != 0) {
        return uv_strerror(status);
    }
    return pthread_create(&worker->thread, NULL, main_run, worker) == 0 ? NULL : "no thread";
}

static bool
main_take(struct bare_options *options, int option)
{
    switch (option) {
        case 'p':
            options->port = (unsigned)strtoul(optarg, NULL, 10);
            return true;
        case 't':
            options->threads = (unsigned)strtoul(optarg, NULL, 10);
            return true;
        case 'c':
            options->certificate = optarg;
            return true;
        case 'k':
            options->key = optarg;
            return true;
        case 'a':
            options->client_ca = optarg;
            return true;
        case 'K':
            options->keep_peer = true;
            return true;
        case 'T':
            options->tickets = true;
            return true;
        case 'j':
            options->journal_dir = optarg;
            return true;
        default:
            return false;
    }
}

static bool
main_read_options(int count, char **arguments, struct bare_options *options)
{
    static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"cert", required_argument, NULL, 'c'},
                                          {"key", required_argument, NULL, 'k'},
                                          {"client-ca", required_argument, NULL, 'a'},
                                          {"keep-peer", no_argument, NULL, 'K'},
                                          {"tickets", no_argument, NULL, 'T'},
                                          {"journal", required_argument, NULL, 'j'},
                                          {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        if (!main_take(options, option)) {
            return false;
        }
    }
    return options->port != 0 && options->port <= 65535 && options->threads >= 1 &&
           options->threads <= BARE_THREADS_MAX &&
           (options->certificate == NULL) == (options->key == NULL);
}

static void
main_wait(const struct bare_journal *journal)
{
    sigset_t ends;
    int number;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigwait(&ends, &number);
    if (journal != NULL && journal->syncs > 0) {
        fprintf(stderr, "larwm-bare: %llu messages in %llu syncs, %.1f each\n",
                (unsigned long long)journal->entries, (unsigned long long)journal->syncs,
                (double)journal->entries / (double)journal->syncs);
    }
}

int
main(int count, char **arguments)
{
    static struct bare_worker workers[BARE_THREADS_MAX];
    static struct bare_journal journal;
    struct bare_options options = {.threads = 1};
    if (!main_read_options(count, arguments, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (options.journal_dir != NULL && !bare_journal_start(&journal, options.journal_dir)) {
        fprintf(stderr, "larwm-bare: journal in %s: %s\n", options.journal_dir, strerror(errno));
        return 1;
    }
    for (unsigned i = 0; i < options.threads; i++) {
        workers[i].options = &options;
        workers[i].journal = options.journal_dir != NULL ? &journal : NULL;
        const char *failure = main_start(&workers[i]);
        if (failure != NULL) {
            fprintf(stderr, "larwm-bare: port %u: %s\n", options.port, failure);
            return 1;
        }
    }
    printf("larwm-bare: port %u\n", options.port);
    (void)fflush(stdout);
    main_wait(options.journal_dir != NULL ? &journal : NULL);
    _exit(0); /* nothing outlives a ceiling */
}

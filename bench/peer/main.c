/* SPDX-License-Identifier: Apache-2.0 */
/* larwm-bench-peer: options and threads (see peer.h). */
#include "peer.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] =
    "larwm-bench-peer: the same load for larwmd, ceilings and peers, on loopback only.\n"
    "\n"
    "  larwm-bench-peer load [options]        requests: a window a link, or --rate R in all\n"
    "  larwm-bench-peer handshakes [options]  handshakes, full or --resume\n"
    "  larwm-bench-peer hold [options]        idle sessions, until stdin ends\n"
    "  larwm-bench-peer subscribe [options]   MQTT subscriber, until stdin ends\n"
    "  larwm-bench-peer certify --pki DIR --bundle FILE --links N\n"
    "  larwm-bench-peer disk --dir DIR [--size BYTES] [--batch N] [--seconds S]\n"
    "\n"
    "  --protocol native|echo|mqtt|redis   --port N   --pki DIR   --bundle FILE\n"
    "  --links N         sessions (default 1000)\n"
    "  --threads N       loops of this program (default 1)\n"
    "  --sources N       loopback addresses to come from (default 64)\n"
    "  --in-progress N   connecting at once (default 64)\n"
    "  --seconds S       measured time (default 10)\n"
    "  --window N        closed loop: requests in flight a link (default 1)\n"
    "  --rate R          open loop instead: requests a second\n"
    "  --seed N          of the schedule and of the units' boot numbers\n"
    "load and handshakes print a line when the links are up and begin at a line of stdin.\n";

struct main_choice
{
    struct peer_options options;
    const char *directory;
    unsigned size;
    unsigned batch;
};

static const struct peer_protocol *
main_protocol(const char *name)
{
    static const struct peer_protocol *const all[] = {&peer_native, &peer_echo, &peer_mqtt,
                                                      &peer_redis, &peer_mqtt_subscriber};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

enum
{
    OPTION_PROTOCOL = 256,
    OPTION_PORT,
    OPTION_PKI,
    OPTION_BUNDLE,
    OPTION_LINKS,
    OPTION_THREADS,
    OPTION_SOURCES,
    OPTION_IN_PROGRESS,
    OPTION_SECONDS,
    OPTION_WINDOW,
    OPTION_RATE,
    OPTION_SEED,
    OPTION_RESUME,
    OPTION_DIR,
    OPTION_SIZE,
    OPTION_BATCH,
};

static const struct option known[] = {{"protocol", required_argument, NULL, OPTION_PROTOCOL},
                                      {"port", required_argument, NULL, OPTION_PORT},
                                      {"pki", required_argument, NULL, OPTION_PKI},
                                      {"bundle", required_argument, NULL, OPTION_BUNDLE},
                                      {"links", required_argument, NULL, OPTION_LINKS},
                                      {"threads", required_argument, NULL, OPTION_THREADS},
                                      {"sources", required_argument, NULL, OPTION_SOURCES},
                                      {"in-progress", required_argument, NULL, OPTION_IN_PROGRESS},
                                      {"seconds", required_argument, NULL, OPTION_SECONDS},
                                      {"window", required_argument, NULL, OPTION_WINDOW},
                                      {"rate", required_argument, NULL, OPTION_RATE},
                                      {"seed", required_argument, NULL, OPTION_SEED},
                                      {"resume", no_argument, NULL, OPTION_RESUME},
                                      {"dir", required_argument, NULL, OPTION_DIR},
                                      {"size", required_argument, NULL, OPTION_SIZE},
                                      {"batch", required_argument, NULL, OPTION_BATCH},
                                      {NULL, 0, NULL, 0}};

/* Where an option's number goes; NULL: it is no number. */
static unsigned *
main_number_of(struct main_choice *choice, int option)
{
    switch (option) {
        case OPTION_PORT:
            return &choice->options.port;
        case OPTION_LINKS:
            return &choice->options.links;
        case OPTION_THREADS:
            return &choice->options.threads;
        case OPTION_SOURCES:
            return &choice->options.sources;
        case OPTION_IN_PROGRESS:
            return &choice->options.in_progress;
        case OPTION_WINDOW:
            return &choice->options.window;
        case OPTION_SIZE:
            return &choice->size;
        case OPTION_BATCH:
            return &choice->batch;
        default:
            return NULL;
    }
}

static bool
main_take(struct main_choice *choice, int option)
{
    unsigned *number = main_number_of(choice, option);
    if (number != NULL) {
        *number = (unsigned)strtoul(optarg, NULL, 10);
        return true;
    }
    switch (option) {
        case OPTION_PROTOCOL:
            choice->options.protocol = main_protocol(optarg);
            return choice->options.protocol != NULL;
        case OPTION_PKI:
            choice->options.pki = optarg;
            return true;
        case OPTION_BUNDLE:
            choice->options.bundle = optarg;
            return true;
        case OPTION_SECONDS:
            choice->options.seconds = strtod(optarg, NULL);
            return true;
        case OPTION_RATE:
            choice->options.rate = strtod(optarg, NULL);
            return true;
        case OPTION_SEED:
            choice->options.seed = strtoull(optarg, NULL, 10);
            return true;
        case OPTION_RESUME:
            choice->options.resume = true;
            return true;
        case OPTION_DIR:
            choice->directory = optarg;
            return true;
        default:
            return false;
    }
}

static bool
main_is_sound(const struct peer_options *options)
{
    return options->protocol != NULL && options->pki != NULL && options->port >= 1 &&
           options->port <= 65535 && options->links >= options->threads && options->threads >= 1 &&
           options->threads <= PEER_THREADS_MAX && options->sources >= 1 &&
           options->sources <= 60000 && options->window >= 1 &&
           options->window < PEER_PENDING_MAX && options->seconds > 0.0 &&
           options->seconds <= 600.0 && options->rate >= 0.0;
}

/* Links are dealt out to the threads in runs. */
static struct peer_thread *
main_make_threads(const struct peer_options *options, struct peer_gate *gate)
{
    struct peer_identity *identities =
        options->bundle == NULL ? NULL : peer_identities(options->bundle, options->links);
    struct peer_thread *threads = calloc(options->threads, sizeof *threads);
    struct peer_link *links = calloc(options->links, sizeof *links);
    if (threads == NULL || links == NULL || (options->bundle != NULL && identities == NULL)) {
        return NULL;
    }
    unsigned first = 0;
    for (unsigned i = 0; i < options->threads; i++) {
        struct peer_thread *thread = &threads[i];
        unsigned end = (unsigned)((uint64_t)options->links * (i + 1) / options->threads);
        thread->options = options;
        thread->gate = gate;
        thread->number = i;
        thread->links = links + first;
        thread->count = end - first;
        for (; first < end; first++) {
            links[first].thread = thread;
            links[first].index = first;
            links[first].identity = identities == NULL ? NULL : &identities[first];
        }
        if (!peer_thread_init(thread)) {
            return NULL;
        }
    }
    return threads;
}

static void (*main_scenario)(struct peer_thread *thread);

static void *
main_run_thread(void *data)
{
    main_scenario(data);
    return NULL;
}

static int
main_run_measured(const struct peer_options *options, struct peer_gate *gate,
                  struct peer_thread *threads)
{
    char line[16];
    (void)pthread_barrier_init(&gate->ready, NULL, options->threads + 1);
    (void)pthread_barrier_init(&gate->go, NULL, options->threads + 1);
    for (unsigned i = 0; i < options->threads; i++) {
        if (pthread_create(&threads[i].thread, NULL, main_run_thread, &threads[i]) != 0) {
            peer_give_up("no thread");
        }
    }
    (void)pthread_barrier_wait(&gate->ready);
    printf("{\"event\":\"up\",\"links\":%u}\n", options->links);
    (void)fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return 1;
    }
    (void)pthread_barrier_wait(&gate->go);
    for (unsigned i = 0; i < options->threads; i++) {
        (void)pthread_join(threads[i].thread, NULL);
    }
    peer_report_run("done", threads, options->threads, options->seconds);
    return 0;
}

static int
main_run(const char *scenario, const struct peer_options *options)
{
    static struct peer_gate gate;
    bool load = strcmp(scenario, "load") == 0;
    bool handshakes = strcmp(scenario, "handshakes") == 0;
    bool hold = strcmp(scenario, "hold") == 0;
    if ((!load && !handshakes && !hold && strcmp(scenario, "subscribe") != 0) ||
        !main_is_sound(options) || (!load && !handshakes && options->threads != 1)) {
        fputs(usage, stderr);
        return 2;
    }
    struct peer_thread *threads = main_make_threads(options, &gate);
    if (threads == NULL) {
        return 1;
    }
    if (load || handshakes) {
        main_scenario = load ? peer_run_load : peer_run_shake;
        return main_run_measured(options, &gate, threads);
    }
    if (hold) {
        peer_run_hold(threads);
    } else {
        peer_run_subscribe(threads);
    }
    return 0;
}

int
main(int count, char **arguments)
{
    struct main_choice choice = {
        .options = {.links = 1000,
                    .threads = 1,
                    .sources = 64,
                    .in_progress = 64,
                    .seconds = 10.0,
                    .window = 1,
                    .seed = 1},
        .size = 64,
        .batch = 1,
    };
    const char *scenario = count > 1 ? arguments[1] : "";
    int option;
    optind = 2;
    while (count > 1 && (option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        if (!main_take(&choice, option)) {
            fputs(usage, stderr);
            return 2;
        }
    }
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (strcmp(scenario, "certify") == 0 && choice.options.pki != NULL &&
        choice.options.bundle != NULL) {
        return peer_certify(choice.options.pki, choice.options.bundle, choice.options.links);
    }
    if (strcmp(scenario, "disk") == 0 && choice.directory != NULL) {
        return peer_disk(choice.directory, choice.size, choice.batch, choice.options.seconds);
    }
    int code = main_run(scenario, &choice.options);
    (void)fflush(NULL);
    _exit(code); /* thousands of connections end with the process */
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration files. First byte of the input: whose, of larwmd, larwm-web and larwm-police; the
 * rest is the file. Promises: a file is either taken or refused with a text that names it and says
 * something; what is taken is in range and can be explained; reading it twice gives the same.
 */
#include "base/require.h"
#include "config/config.h"
#include "fuzz_core.h"
#include "larwm/limits.h"
#include "police/config.h"
#include "web/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One file in memory for the life of the process. */
static const char *
file_of(const uint8_t *bytes, size_t size)
{
    static int file = -1;
    static char path[32];
    if (file < 0) {
        file = memfd_create("configuration", MFD_CLOEXEC);
        FUZZ_CHECK(file >= 0);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    FUZZ_CHECK(ftruncate(file, 0) == 0);
    FUZZ_CHECK(pwrite(file, bytes, size, 0) == (ssize_t)size);
    return path;
}

static void
check_refusal(const char *path, const struct config_error *error)
{
    size_t size = strnlen(error->text, sizeof error->text);
    FUZZ_CHECK(size < sizeof error->text && size > strlen(path) + 2);
    FUZZ_CHECK(strncmp(error->text, path, strlen(path)) == 0 && error->text[strlen(path)] == ':');
}

static char *
explain(const struct config *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    FUZZ_CHECK(to != NULL);
    config_explain(config, to);
    FUZZ_CHECK(fclose(to) == 0 && size > 100);
    return text;
}

static void
check_intake(const struct config_intake *intake)
{
    FUZZ_CHECK(intake->threads >= 1 && intake->threads <= LIMIT_INTAKE_THREADS);
    FUZZ_CHECK(intake->sessions_max >= 1 && intake->sessions_max <= LIMIT_SESSIONS);
    FUZZ_CHECK(intake->in_flight_max >= 1 && intake->in_flight_max <= 1024);
    FUZZ_CHECK(intake->dc09_account_rate <= 1000000);
    FUZZ_CHECK(intake->listeners_count >= 1 && intake->listeners_count <= 32);
    for (unsigned i = 0; i < intake->listeners_count; i++) {
        const struct config_listener *listener = &intake->listeners[i];
        bool tls = listener->protocol == CONFIG_NATIVE || listener->protocol == CONFIG_DC09_TLS;
        FUZZ_CHECK(listener->protocol <= CONFIG_DC09_UDP && listener->port <= 65535);
        FUZZ_CHECK(listener->unregistered <= CONFIG_REFUSE);
        FUZZ_CHECK(listener->clear_text <= CONFIG_REFUSE);
        FUZZ_CHECK(listener->clock_nak <= CONFIG_NAK_NEVER);
        FUZZ_CHECK(listener->clock_behind_s >= 1 && listener->clock_behind_s <= 86400);
        FUZZ_CHECK(!tls || (intake->certificate != NULL && intake->key != NULL));
    }
}

static bool
is_level(const char *word)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    bool found = word == NULL;
    for (unsigned i = 0; i < ARRAY_COUNT(words) && !found; i++) {
        found = strcmp(word, words[i]) == 0;
    }
    return found;
}

static void
take_larwmd(const char *path)
{
    struct config *config = NULL;
    struct config *again = NULL;
    struct config_error error = {.text = ""};
    enum error result = config_load(path, &config, &error);
    FUZZ_CHECK(config_load(path, &again, &error) == result);
    if (result != ERROR_NONE) {
        FUZZ_CHECK(result == ERROR_CONFIG && config == NULL);
        check_refusal(path, &error);
        return;
    }
    FUZZ_CHECK(config->node >= 1 && config->node <= LIMIT_NODES);
    FUZZ_CHECK(is_level(config->log_level));
    FUZZ_CHECK(config->journal.directory != NULL && config->journal.directory[0] != '\0');
    FUZZ_CHECK(config->journal.segment_mib >= 1 && config->journal.segment_mib <= 1024);
    FUZZ_CHECK(config->outlet.socket != NULL && config->outlet.socket[0] != '\0');
    FUZZ_CHECK(config->database.deadline_ms >= 10 && config->database.deadline_ms <= 5000);
    FUZZ_CHECK(config->policy.p1_supervisor_s > config->policy.p1_all_consoles_s);
    FUZZ_CHECK(config->policy.police_answer_s >= 1 && config->policy.police_answer_s <= 600);
    check_intake(&config->intake);
    char *one = explain(config);
    char *other = explain(again);
    FUZZ_CHECK(strcmp(one, other) == 0);
    free(one);
    free(other);
    config_free(config);
    config_free(again);
}

static void
take_web(const char *path)
{
    struct web_config *config = NULL;
    struct config_error error = {.text = ""};
    if (web_config_load(path, &config, &error) != ERROR_NONE) {
        FUZZ_CHECK(config == NULL);
        check_refusal(path, &error);
        return;
    }
    FUZZ_CHECK(config->listen.port <= 65535 && web_config_address(config)[0] != '\0');
    FUZZ_CHECK(config->certificate != NULL && config->key != NULL && config->page != NULL);
    web_config_free(config);
}

static void
take_police(const char *path)
{
    struct police_config *config = NULL;
    struct config_error error = {.text = ""};
    if (police_config_load(path, &config, &error) != ERROR_NONE) {
        FUZZ_CHECK(config == NULL);
        check_refusal(path, &error);
        return;
    }
    FUZZ_CHECK(config->forces_count >= 1 && config->forces_count <= POLICE_FORCES_MAX);
    for (unsigned i = 0; i < config->forces_count; i++) {
        const struct police_force *force = &config->forces[i];
        FUZZ_CHECK(police_config_force(config, force->code) == force);
        FUZZ_CHECK(strncmp(force->endpoint, "https://", 8) == 0 ||
                   strncmp(force->endpoint, "file:///", 8) == 0);
    }
    police_config_free(config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};
    unsigned mode = fuzz_take_8(&input) % 3;
    const char *path = file_of(input.at, (size_t)(input.end - input.at));
    if (mode == 0) {
        take_larwmd(path);
    } else if (mode == 1) {
        take_web(path);
    } else {
        take_police(path);
    }
    return 0;
}

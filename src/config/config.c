/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/require.h"
#include "larwm/limits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024
#define OPTIONAL (CYAML_FLAG_OPTIONAL)
#define TEXT(key, type, field)                                                                     \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | OPTIONAL, type, field, 0, TEXT_MAX)
#define NUMBER(key, type, field) CYAML_FIELD_UINT(key, OPTIONAL, type, field)

static const cyaml_strval_t protocol_words[] = {{"native", CONFIG_NATIVE},
                                                {"dc09-tcp", CONFIG_DC09_TCP},
                                                {"dc09-tls", CONFIG_DC09_TLS},
                                                {"dc09-udp", CONFIG_DC09_UDP}};

static const cyaml_strval_t taken_words[] = {{"take", CONFIG_TAKE}, {"refuse", CONFIG_REFUSE}};

static const cyaml_strval_t nak_words[] = {{"encrypted", CONFIG_NAK_ENCRYPTED},
                                           {"always", CONFIG_NAK_ALWAYS},
                                           {"never", CONFIG_NAK_NEVER}};

static const cyaml_schema_field_t listener_fields[] = {
    CYAML_FIELD_ENUM("protocol", CYAML_FLAG_STRICT, struct config_listener, protocol,
                     protocol_words, ARRAY_COUNT(protocol_words)),
    TEXT("address", struct config_listener, address),
    NUMBER("port", struct config_listener, port),
    CYAML_FIELD_ENUM("unregistered", CYAML_FLAG_STRICT | OPTIONAL, struct config_listener,
                     unregistered, taken_words, ARRAY_COUNT(taken_words)),
    CYAML_FIELD_ENUM("clear_text", CYAML_FLAG_STRICT | OPTIONAL, struct config_listener, clear_text,
                     taken_words, ARRAY_COUNT(taken_words)),
    NUMBER("clock_behind_s", struct config_listener, clock_behind_s),
    NUMBER("clock_ahead_s", struct config_listener, clock_ahead_s),
    CYAML_FIELD_ENUM("clock_nak", CYAML_FLAG_STRICT | OPTIONAL, struct config_listener, clock_nak,
                     nak_words, ARRAY_COUNT(nak_words)),
    CYAML_FIELD_END};

static const cyaml_schema_value_t listener_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_listener, listener_fields)};

static const cyaml_schema_value_t uid_schema = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, unsigned)};

static const cyaml_schema_field_t journal_fields[] = {
    TEXT("directory", struct config_journal, directory),
    NUMBER("segment_mib", struct config_journal, segment_mib),
    NUMBER("checkpoint_records", struct config_journal, checkpoint_records), CYAML_FIELD_END};

static const cyaml_schema_field_t intake_fields[] = {
    NUMBER("threads", struct config_intake, threads),
    CYAML_FIELD_SEQUENCE("listeners", CYAML_FLAG_POINTER | OPTIONAL, struct config_intake,
                         listeners, &listener_schema, 0, 32),
    TEXT("certificate", struct config_intake, certificate),
    TEXT("key", struct config_intake, key),
    TEXT("device_ca", struct config_intake, device_ca),
    TEXT("ticket_secret", struct config_intake, ticket_secret),
    TEXT("ports_file", struct config_intake, ports_file),
    NUMBER("sessions_max", struct config_intake, sessions_max),
    NUMBER("per_address_max", struct config_intake, per_address_max),
    NUMBER("idle_limit_s", struct config_intake, idle_limit_s),
    NUMBER("in_flight_max", struct config_intake, in_flight_max),
    NUMBER("dc09_account_rate", struct config_intake, dc09_account_rate),
    NUMBER("dc09_connection_rate", struct config_intake, dc09_connection_rate),
    NUMBER("dc09_address_rate", struct config_intake, dc09_address_rate),
    NUMBER("dc09_account_burst", struct config_intake, dc09_account_burst),
    NUMBER("dc09_connection_burst", struct config_intake, dc09_connection_burst),
    NUMBER("dc09_address_burst", struct config_intake, dc09_address_burst),
    CYAML_FIELD_END};

static const cyaml_schema_field_t outlet_fields[] = {
    TEXT("socket", struct config_outlet, socket),
    CYAML_FIELD_SEQUENCE("allowed_uids", CYAML_FLAG_POINTER | OPTIONAL, struct config_outlet,
                         allowed_uids, &uid_schema, 0, 64),
    CYAML_FIELD_END};

static const cyaml_schema_field_t database_fields[] = {
    TEXT("conninfo", struct config_database, conninfo),
    TEXT("snapshot", struct config_database, snapshot),
    NUMBER("deadline_ms", struct config_database, deadline_ms), CYAML_FIELD_END};

/* Name, smallest, largest, default. */
#define POLICY_LIST(X)                                                                             \
    X(p1_all_consoles_s, 1, 600, 20)                                                               \
    X(p1_supervisor_s, 2, 1200, 40)                                                                \
    X(p2_all_consoles_s, 1, 3600, 90)                                                              \
    X(p2_supervisor_s, 2, 7200, 180)                                                               \
    X(p3_all_consoles_s, 1, 86400, 600)                                                            \
    X(p4_all_consoles_s, 1, 604800, 3600)                                                          \
    X(police_answer_s, 1, 600, 15)                                                                 \
    X(boot_grace_s, 1, 60, 5)                                                                      \
    X(presence_s, 1, 600, 10)                                                                      \
    X(stalled_s, 5, 3600, 120)                                                                     \
    X(correlation_s, 10, 86400, 600)                                                               \
    X(update_interval_s, 1, 3600, 30)                                                              \
    X(lost_after_percent, 110, 1000, 250)                                                          \
    X(dc09_repeat_s, 10, 86400, 600)                                                               \
    X(dc09_retry_s, 1, 600, 60)                                                                    \
    X(mass_loss_units, 2, LIMIT_MASS_LOSS_UNITS, 20)                                               \
    X(mass_loss_s, 10, 86400, 300)                                                                 \
    X(ask_again_ms, 0, 1000, 1000)

static const cyaml_schema_field_t policy_fields[] = {
#define X(name, smallest, largest, usual) NUMBER(#name, struct config_policy, name),
    POLICY_LIST(X)
#undef X
        CYAML_FIELD_END};

static const cyaml_schema_field_t config_fields[] = {
    NUMBER("node", struct config, node),
    TEXT("log_level", struct config, log_level),
    CYAML_FIELD_MAPPING("journal", CYAML_FLAG_DEFAULT, struct config, journal, journal_fields),
    CYAML_FIELD_MAPPING("intake", CYAML_FLAG_DEFAULT, struct config, intake, intake_fields),
    CYAML_FIELD_MAPPING("outlet", CYAML_FLAG_DEFAULT, struct config, outlet, outlet_fields),
    CYAML_FIELD_MAPPING("database", OPTIONAL, struct config, database, database_fields),
    CYAML_FIELD_MAPPING("policy", OPTIONAL, struct config, policy, policy_fields),
    CYAML_FIELD_END};

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, config_fields)};

static void
config_set_intake_defaults(struct config_intake *intake, const char *path)
{
    config_yaml_usual(path, "intake.threads", &intake->threads, 1);
    config_yaml_usual(path, "intake.sessions_max", &intake->sessions_max, 20000);
    config_yaml_usual(path, "intake.per_address_max", &intake->per_address_max, 20000);
    config_yaml_usual(path, "intake.idle_limit_s", &intake->idle_limit_s, 5400);
    config_yaml_usual(path, "intake.in_flight_max", &intake->in_flight_max, 64);
    config_yaml_usual(path, "intake.dc09_account_rate", &intake->dc09_account_rate, 500);
    config_yaml_usual(path, "intake.dc09_connection_rate", &intake->dc09_connection_rate, 2000);
    config_yaml_usual(path, "intake.dc09_address_rate", &intake->dc09_address_rate, 2000);
    config_yaml_usual(path, "intake.dc09_account_burst", &intake->dc09_account_burst, 2000);
    config_yaml_usual(path, "intake.dc09_connection_burst", &intake->dc09_connection_burst, 20000);
    config_yaml_usual(path, "intake.dc09_address_burst", &intake->dc09_address_burst, 20000);
    for (unsigned i = 0; i < intake->listeners_count; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "intake.listeners.%u.clock_behind_s", i);
        config_yaml_usual(path, key, &intake->listeners[i].clock_behind_s, 40);
        (void)snprintf(key, sizeof key, "intake.listeners.%u.clock_ahead_s", i);
        config_yaml_usual(path, key, &intake->listeners[i].clock_ahead_s, 20);
    }
}

static void
config_set_defaults(struct config *config, const char *path)
{
    config_yaml_usual(path, "node", &config->node, 1);
    config_yaml_usual(path, "journal.segment_mib", &config->journal.segment_mib, 64);
    config_yaml_usual(path, "journal.checkpoint_records", &config->journal.checkpoint_records,
                      LIMIT_CHECKPOINT_RECORDS);
    config_set_intake_defaults(&config->intake, path);
    config_yaml_usual(path, "database.deadline_ms", &config->database.deadline_ms, 250);
#define X(name, smallest, largest, usual)                                                          \
    config_yaml_usual(path, "policy." #name, &config->policy.name, usual);
    POLICY_LIST(X)
#undef X
}

static enum error
config_check_range(const char *path, const char *key, unsigned value, unsigned smallest,
                   unsigned largest, struct config_error *error)
{
    char expected[64];
    if (value >= smallest && value <= largest) {
        return ERROR_NONE;
    }
    (void)snprintf(expected, sizeof expected, "a number from %u to %u", smallest, largest);
    return config_yaml_refuse(path, key, expected, error);
}

static enum error
config_check_text(const char *path, const char *key, const char *value, const char *expected,
                  struct config_error *error)
{
    if (value != NULL && value[0] != '\0') {
        return ERROR_NONE;
    }
    return config_yaml_refuse(path, key, expected, error);
}

static enum error
config_check_level(const char *path, const char *level, struct config_error *error)
{
    static const char *const known[] = {"debug", "info", "warning", "error"};
    for (unsigned i = 0; level != NULL && i < ARRAY_COUNT(known); i++) {
        if (strcmp(level, known[i]) == 0) {
            return ERROR_NONE;
        }
    }
    return level == NULL
               ? ERROR_NONE
               : config_yaml_refuse(path, "log_level", "debug, info, warning or error", error);
}

static enum error
config_check_listeners(const struct config *config, const char *path, struct config_error *error)
{
    bool tls = false;
    if (config->intake.listeners_count == 0) {
        return config_yaml_refuse(path, "intake.listeners", "at least one listener", error);
    }
    for (unsigned i = 0; i < config->intake.listeners_count; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "intake.listeners.%u.port", i);
        const struct config_listener *listener = &config->intake.listeners[i];
        tls =
            tls || (listener->protocol != CONFIG_DC09_TCP && listener->protocol != CONFIG_DC09_UDP);
        if (config->intake.listeners[i].port > 65535) {
            return config_yaml_refuse(path, key, "a port from 0 to 65535", error);
        }
        (void)snprintf(key, sizeof key, "intake.listeners.%u.clock_behind_s", i);
        enum error failed =
            config_check_range(path, key, listener->clock_behind_s, 1, 86400, error);
        (void)snprintf(key, sizeof key, "intake.listeners.%u.clock_ahead_s", i);
        if (failed == ERROR_NONE) {
            failed = config_check_range(path, key, listener->clock_ahead_s, 1, 86400, error);
        }
        if (failed != ERROR_NONE) {
            return failed;
        }
    }
    if (!tls) {
        return ERROR_NONE;
    }
    enum error failed = config_check_text(path, "intake.certificate", config->intake.certificate,
                                          "a PEM file with the centre's certificate chain", error);
    if (failed == ERROR_NONE) {
        failed = config_check_text(path, "intake.key", config->intake.key,
                                   "a PEM file with the centre's private key", error);
    }
    if (failed == ERROR_NONE) {
        failed = config_check_text(path, "intake.device_ca", config->intake.device_ca,
                                   "a PEM file with the authority of the units", error);
    }
    return failed;
}

#define CHECK(call)                                                                                \
    if (failed == ERROR_NONE) {                                                                    \
        failed = (call);                                                                           \
    }

/* A rate beyond these is no limit any more; a burst below them would touch a real panel. */
static enum error
config_check_limits(const struct config_intake *intake, const char *path,
                    struct config_error *error)
{
    enum error failed = ERROR_NONE;
    CHECK(config_check_range(path, "intake.idle_limit_s", intake->idle_limit_s, 10, 604800, error))
    CHECK(config_check_range(path, "intake.in_flight_max", intake->in_flight_max, 1, 1024, error))
    CHECK(config_check_range(path, "intake.dc09_account_rate", intake->dc09_account_rate, 0,
                             1000000, error))
    CHECK(config_check_range(path, "intake.dc09_connection_rate", intake->dc09_connection_rate, 0,
                             1000000, error))
    CHECK(config_check_range(path, "intake.dc09_address_rate", intake->dc09_address_rate, 0,
                             1000000, error))
    CHECK(config_check_range(path, "intake.dc09_account_burst", intake->dc09_account_burst, 10,
                             10000000, error))
    CHECK(config_check_range(path, "intake.dc09_connection_burst", intake->dc09_connection_burst,
                             10, 10000000, error))
    CHECK(config_check_range(path, "intake.dc09_address_burst", intake->dc09_address_burst, 10,
                             10000000, error))
    return failed;
}

static enum error
config_validate(const struct config *config, const char *path, struct config_error *error)
{
    enum error failed = ERROR_NONE;
    CHECK(config_check_range(path, "node", config->node, 1, LIMIT_NODES, error))
    CHECK(config_check_level(path, config->log_level, error))
    CHECK(config_check_text(path, "journal.directory", config->journal.directory,
                            "a directory for the journal", error))
    CHECK(config_check_range(path, "journal.segment_mib", config->journal.segment_mib, 1, 1024,
                             error))
    CHECK(config_check_range(path, "journal.checkpoint_records", config->journal.checkpoint_records,
                             100, 10000000, error))
    CHECK(config_check_range(path, "intake.threads", config->intake.threads, 1,
                             LIMIT_INTAKE_THREADS, error))
    CHECK(config_check_range(path, "intake.sessions_max", config->intake.sessions_max, 1,
                             LIMIT_SESSIONS, error))
    CHECK(config_check_range(path, "intake.per_address_max", config->intake.per_address_max, 1,
                             LIMIT_SESSIONS, error))
    CHECK(config_check_limits(&config->intake, path, error))
    CHECK(config_check_listeners(config, path, error))
    CHECK(config_check_text(path, "outlet.socket", config->outlet.socket,
                            "a path for the console socket", error))
    CHECK(config_check_range(path, "database.deadline_ms", config->database.deadline_ms, 10, 5000,
                             error))
#define X(name, smallest, largest, usual)                                                          \
    CHECK(config_check_range(path, "policy." #name, config->policy.name, smallest, largest, error))
    POLICY_LIST(X)
#undef X
    if (failed == ERROR_NONE &&
        config->policy.p1_supervisor_s <= config->policy.p1_all_consoles_s) {
        failed = config_yaml_refuse(path, "policy.p1_supervisor_s",
                                    "more than policy.p1_all_consoles_s", error);
    }
    return failed;
}

enum error
config_load(const char *path, struct config **ret, struct config_error *error)
{
    void *data = NULL;
    enum error failed = config_yaml_load(path, &config_schema, &data, error);
    if (failed != ERROR_NONE) {
        return failed;
    }
    struct config *config = data;
    config_set_defaults(config, path);
    failed = config_validate(config, path, error);
    if (failed != ERROR_NONE) {
        config_free(config);
        return failed;
    }
    *ret = config;
    return ERROR_NONE;
}

void
config_free(struct config *config)
{
    config_yaml_free(&config_schema, config);
}

static const char *
config_text(const char *value)
{
    return value == NULL ? "" : value;
}

void
config_explain(const struct config *config, FILE *to)
{
    fprintf(to, "node: %u\nlog_level: %s\n", config->node,
            config->log_level == NULL ? "info" : config->log_level);
    fprintf(to, "journal.directory: %s\njournal.segment_mib: %u\njournal.checkpoint_records: %u\n",
            config_text(config->journal.directory), config->journal.segment_mib,
            config->journal.checkpoint_records);
    fprintf(to, "intake.threads: %u\nintake.sessions_max: %u\nintake.per_address_max: %u\n",
            config->intake.threads, config->intake.sessions_max, config->intake.per_address_max);
    fprintf(to, "intake.certificate: %s\nintake.device_ca: %s\nintake.ticket_secret: %s\n",
            config_text(config->intake.certificate), config_text(config->intake.device_ca),
            config_text(config->intake.ticket_secret));
    for (unsigned i = 0; i < config->intake.listeners_count; i++) {
        const struct config_listener *listener = &config->intake.listeners[i];
        fprintf(to, "intake.listeners.%u: %s %s port %u\n", i,
                protocol_words[listener->protocol].str,
                listener->address == NULL ? "127.0.0.1" : listener->address, listener->port);
        if (listener->protocol != CONFIG_NATIVE) {
            fprintf(to,
                    "intake.listeners.%u: unregistered %s, clear_text %s, clock -%u/+%u s, "
                    "clock_nak %s\n",
                    i, taken_words[listener->unregistered].str,
                    taken_words[listener->clear_text].str, listener->clock_behind_s,
                    listener->clock_ahead_s, nak_words[listener->clock_nak].str);
        }
    }
    const struct config_intake *intake = &config->intake;
    fprintf(to, "intake.idle_limit_s: %u\nintake.in_flight_max: %u\n", intake->idle_limit_s,
            intake->in_flight_max);
    fprintf(to, "intake.dc09_account_rate: %u\nintake.dc09_account_burst: %u\n",
            intake->dc09_account_rate, intake->dc09_account_burst);
    fprintf(to, "intake.dc09_connection_rate: %u\nintake.dc09_connection_burst: %u\n",
            intake->dc09_connection_rate, intake->dc09_connection_burst);
    fprintf(to, "intake.dc09_address_rate: %u\nintake.dc09_address_burst: %u\n",
            intake->dc09_address_rate, intake->dc09_address_burst);
    fprintf(to, "outlet.socket: %s\n", config_text(config->outlet.socket));
    fprintf(to, "database.snapshot: %s\ndatabase.deadline_ms: %u\n",
            config_text(config->database.snapshot), config->database.deadline_ms);
#define X(name, smallest, largest, usual)                                                          \
    fprintf(to, "policy." #name ": %u\n", config->policy.name);
    POLICY_LIST(X)
#undef X
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: app_start returns with every thread running and sockets open.
 * Failures: whatever cannot be had at start ends the process with a sentence: starting half is
 * worse than starting again. PostgreSQL is not among them: it may be away.
 */
#include "app/app.h"

#include "app/floor.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "desk/desk.h"
#include "intake/intake.h"
#include "journal/journal.h"
#include "outlet/outlet.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define FAULT_SHOWN_US (60 * 1000 * 1000u) /* a disk error that was overcome stays on screen */
#define STALLED_US (5 * 1000 * 1000u) /* a stage that has not turned for this long is not alive */

#define REGISTRY_WAIT_MS 600u

struct app
{
    const struct config *config;
    struct journal *journal;
    struct desk *desk;
    struct intake *intake;
    struct outlet *outlet;
    struct last_seen *last_seen;
    struct closings closings;
    char spool_path[1024];
    char recovery_fault[JOURNAL_TEXT];
    uint64_t restored_pos; /* the desk began with the state after this record; 0: with none */
};

/* Another thread may have turned after we read the clock: that is not long ago. */
static bool
app_is_older_than(uint64_t then, uint64_t now, uint64_t limit)
{
    return now > then && now - then >= limit;
}

static unsigned
app_units_connected(void *data)
{
    struct app *app = data;
    return intake_session_count(app->intake);
}

static bool
app_publish(void *data, struct registry *registry)
{
    struct app *app = data;
    return intake_publish(app->intake, registry);
}

static struct registry *
app_retired(void *data)
{
    struct app *app = data;
    return intake_retired(app->intake);
}

static void
app_checkpoint(void *data, uint64_t pos, uint8_t *bytes, size_t size)
{
    struct app *app = data;
    journal_checkpoint(app->journal, pos, bytes, size);
}

static void
app_journal_state(void *data, struct desk_journal_state *ret)
{
    struct app *app = data;
    struct journal_health health;
    uint64_t now_us = clock_mono_us();
    journal_health(app->journal, &health);
    bool turning = !app_is_older_than(health.turn_mono_us, now_us, STALLED_US);
    bool writing = health.in_flight_mono_us != 0 &&
                   app_is_older_than(health.in_flight_mono_us, now_us, STALLED_US / 5);
    ret->position = health.durable_pos;
    ret->disk_full = health.condition == JOURNAL_DISK_FULL;
    ret->faulty = health.fault_mono_us != 0 &&
                  !app_is_older_than(health.fault_mono_us, now_us, FAULT_SHOWN_US);
    ret->ok = health.condition == JOURNAL_OK && turning && !writing;
    ret->detail = ret->ok                          ? ""
                  : health.condition == JOURNAL_OK ? "the journal's disk does not answer"
                  : ret->disk_full                 ? "the journal's disk is full"
                                                   : "the journal cannot be written";
}

static void
app_on_condition(void *data, enum journal_condition condition, const char *text)
{
    (void)data;
    if (condition == JOURNAL_OK) {
        log_info("journal", "%s", text);
    } else {
        log_error("journal", "%s", text);
    }
}

static enum error
app_open_journal(struct app *app)
{
    const struct config *config = app->config;
    struct journal_options options = {
        .dir = config->journal.directory,
        .node = config->node,
        .segment_bytes = (uint64_t)config->journal.segment_mib << 20,
        .floor_pos =
            floor_position(config->journal.directory, config->database.conninfo, config->node),
        .on_condition = app_on_condition,
        .data = app,
    };
    enum error failed = journal_open(&options, &app->journal);
    if (failed != ERROR_NONE) {
        log_error("app", "the journal in %s cannot be opened: %s", config->journal.directory,
                  error_text(failed));
        return failed;
    }
    return ERROR_NONE;
}

/* What the recovery found (it logged it), for the consoles. */
static void
app_note_recovery(struct app *app)
{
    const struct journal_recovery *recovery = journal_recovery(app->journal);
    if (recovery->damaged) {
        (void)text_copy(app->recovery_fault, sizeof app->recovery_fault, recovery->text);
    }
}

static struct desk_policy
app_policy(const struct config_policy *from)
{
    return (struct desk_policy){
        .p1_all_consoles_s = from->p1_all_consoles_s,
        .p1_supervisor_s = from->p1_supervisor_s,
        .p2_all_consoles_s = from->p2_all_consoles_s,
        .p2_supervisor_s = from->p2_supervisor_s,
        .p3_all_consoles_s = from->p3_all_consoles_s,
        .p4_all_consoles_s = from->p4_all_consoles_s,
        .police_answer_s = from->police_answer_s,
        .boot_grace_s = from->boot_grace_s,
        .presence_s = from->presence_s,
        .stalled_s = from->stalled_s,
        .correlation_s = from->correlation_s,
        .update_interval_s = from->update_interval_s,
        .lost_after_percent = from->lost_after_percent,
        .dc09_repeat_s = from->dc09_repeat_s,
        .dc09_retry_s = from->dc09_retry_s,
        .mass_loss_units = from->mass_loss_units,
        .mass_loss_s = from->mass_loss_s,
        .ask_again_ms = from->ask_again_ms,
    };
}

static enum error
app_new_desk(struct app *app, const struct desk_options *options)
{
    enum error failed = desk_create(options, &app->desk);
    if (failed != ERROR_NONE) {
        log_error("app", "the desk cannot be made: %s", error_text(failed));
    }
    return failed;
}

/* A desk that stands where the newest checkpoint that can be used was taken, or at the beginning.
 */
static enum error
app_restore_desk(struct app *app, const struct desk_options *options)
{
    uint64_t before = UINT64_MAX;
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum error failed = app_new_desk(app, options);
    while (failed == ERROR_NONE &&
           journal_load(app->journal, before, &app->restored_pos, &bytes, &size) == ERROR_NONE) {
        enum error unusable = desk_restore(app->desk, app->restored_pos, bytes, size);
        free(bytes);
        if (unusable == ERROR_NONE) {
            log_info("app", "state restored up to record %llu",
                     (unsigned long long)app->restored_pos);
            return ERROR_NONE;
        }
        journal_reject(app->journal, app->restored_pos);
        before = app->restored_pos;
        desk_free(app->desk);
        failed = app_new_desk(app, options);
    }
    app->restored_pos = 0;
    return failed;
}

/* What came after the checkpoint. Without one, and with the first records gone, an incident that
 * began before may be missing, and one that was closed may stand open: said on every console. */
static enum error
app_replay(struct app *app)
{
    uint64_t began_us = clock_mono_us();
    app_note_recovery(app);
    if (app->restored_pos == 0 && journal_recovery(app->journal)->first_pos > 1) {
        desk_restore_nothing(app->desk);
        (void)text_copy(app->recovery_fault, sizeof app->recovery_fault,
                        "no usable checkpoint: incidents from before may be missing or look open; "
                        "compare with the history in PostgreSQL");
    }
    enum error failed = journal_replay(app->journal, app->restored_pos + 1, desk_replay, app->desk);
    if (failed == ERROR_NOT_FOUND) { /* said above */
        failed = ERROR_NONE;
    }
    if (failed != ERROR_NONE) {
        log_error("app", "the journal cannot be replayed: %s", error_text(failed));
        return failed;
    }
    log_info("app", "replayed %llu records in %llu ms",
             (unsigned long long)counter_get(desk_records),
             (unsigned long long)((clock_mono_us() - began_us) / 1000));
    return ERROR_NONE;
}

static enum error
app_create_desk(struct app *app)
{
    const struct config *config = app->config;
    struct desk_options options = {
        .node = config->node,
        .version = LARWM_VERSION,
        .conninfo = config->database.conninfo == NULL ? "" : config->database.conninfo,
        .snapshot_path = config->database.snapshot,
        .spool_path = app->spool_path,
        .deadline_ms = config->database.deadline_ms,
        .policy = app_policy(&config->policy),
        .last_seen = app->last_seen,
        .closings = &app->closings,
        .recovery_fault = app->recovery_fault,
        .checkpoint_records = config->journal.checkpoint_records,
    };
    (void)snprintf(app->spool_path, sizeof app->spool_path, "%s/spool.larwm",
                   config->journal.directory);
    enum error failed = app_restore_desk(app, &options);
    return failed == ERROR_NONE ? app_replay(app) : failed;
}

static struct intake_policy
app_listener_policy(const struct config_listener *from)
{
    static const enum intake_clock_nak naks[] = {[CONFIG_NAK_ENCRYPTED] = INTAKE_NAK_ENCRYPTED,
                                                 [CONFIG_NAK_ALWAYS] = INTAKE_NAK_ALWAYS,
                                                 [CONFIG_NAK_NEVER] = INTAKE_NAK_NEVER};
    return (struct intake_policy){.unregistered_refused = from->unregistered == CONFIG_REFUSE,
                                  .clear_refused = from->clear_text == CONFIG_REFUSE,
                                  .clock_behind_s = from->clock_behind_s,
                                  .clock_ahead_s = from->clock_ahead_s,
                                  .clock_nak = naks[from->clock_nak]};
}

static enum error
app_create_intake(struct app *app)
{
    const struct config_intake *config = &app->config->intake;
    static const enum intake_protocol protocols[] = {[CONFIG_NATIVE] = INTAKE_NATIVE,
                                                     [CONFIG_DC09_TCP] = INTAKE_DC09_TCP,
                                                     [CONFIG_DC09_TLS] = INTAKE_DC09_TLS,
                                                     [CONFIG_DC09_UDP] = INTAKE_DC09_UDP};
    struct intake_listener listeners[INTAKE_LISTENERS_MAX];
    if (config->listeners_count > INTAKE_LISTENERS_MAX) {
        log_error("app", "at most %d listeners", INTAKE_LISTENERS_MAX);
        return ERROR_CONFIG;
    }
    for (unsigned i = 0; i < config->listeners_count; i++) {
        const struct config_listener *from = &config->listeners[i];
        listeners[i] =
            (struct intake_listener){.protocol = protocols[from->protocol],
                                     .address = from->address == NULL ? "127.0.0.1" : from->address,
                                     .port = from->port,
                                     .inherited_fd = -1,
                                     .policy = app_listener_policy(from)};
    }
    (void)intake_inherit(listeners, config->listeners_count);
    struct intake_options options = {
        .threads = config->threads,
        .listeners = listeners,
        .listener_count = config->listeners_count,
        .certificate_file = config->certificate,
        .key_file = config->key,
        .device_ca_file = config->device_ca,
        .ticket_secret_file = config->ticket_secret,
        .last_seen = app->last_seen,
        .closings = &app->closings,
        .sessions_max = config->sessions_max,
        .unproven_per_address_max = config->per_address_max,
        .idle_limit_s = config->idle_limit_s,
        .in_flight_max = config->in_flight_max,
        .account_rate = {config->dc09_account_rate, config->dc09_account_burst},
        .connection_rate = {config->dc09_connection_rate, config->dc09_connection_burst},
        .address_rate = {config->dc09_address_rate, config->dc09_address_burst},
    };
    return intake_create(&options, &app->intake);
}

static enum error
app_create_outlet(struct app *app)
{
    const struct config_outlet *config = &app->config->outlet;
    struct outlet_options options = {
        .socket_path = config->socket,
        .socket_group = (gid_t)-1,
        .inherited_fd = -1,
        .node = app->config->node,
        .version = LARWM_VERSION,
    };
    for (unsigned i = 0; i < config->allowed_uids_count && i < OUTLET_PEERS_MAX; i++) {
        options.peers[i].id = config->allowed_uids[i];
        options.peer_count += 1;
    }
    return outlet_create(&options, &app->outlet);
}

/* Every block of every producer may be on its way to the desk at once: its ring holds them all. */
static enum error
app_wire(struct app *app)
{
    unsigned blocks = desk_port_blocks(app->desk) + outlet_port_blocks(app->outlet);
    struct desk_links links = {
        .data = app,
        .publish = app_publish,
        .retired = app_retired,
        .units_connected = app_units_connected,
        .checkpoint = app_checkpoint,
        .journal_state = app_journal_state,
        .deltas = outlet_deltas(app->outlet),
        .outlet = outlet_waker(app->outlet),
    };
    desk_link(app->desk, &links);
    for (unsigned i = 0; i < intake_worker_count(app->intake); i++) {
        blocks += LIMIT_INTAKE_ENTRIES;
        (void)journal_add_port(app->journal, intake_port_of(app->intake, i));
    }
    (void)journal_add_port(app->journal, desk_port(app->desk));
    (void)journal_add_port(app->journal, outlet_port(app->outlet));
    enum error failed = desk_make_entries(app->desk, blocks);
    if (failed == ERROR_NONE) {
        journal_set_desk(app->journal, desk_entries(app->desk), desk_waker(app->desk));
    }
    return failed;
}

static enum error
app_build(struct app *app)
{
    app->last_seen = mmap(NULL, sizeof *app->last_seen, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (app->last_seen == MAP_FAILED) {
        return ERROR_MEMORY;
    }
    enum error failed = app_open_journal(app);
    if (failed == ERROR_NONE) {
        failed = app_create_desk(app);
    }
    if (failed == ERROR_NONE) {
        failed = app_create_intake(app);
    }
    if (failed == ERROR_NONE) {
        failed = app_create_outlet(app);
    }
    return failed == ERROR_NONE ? app_wire(app) : failed;
}

static void
app_write_ports(const struct app *app)
{
    static const char *const words[] = {"native", "dc09-tcp", "dc09-tls", "dc09-udp"};
    const struct config_intake *config = &app->config->intake;
    char temporary[1024];
    if (config->ports_file == NULL) {
        return;
    }
    (void)snprintf(temporary, sizeof temporary, "%s.new", config->ports_file);
    FILE *file = fopen(temporary, "w");
    if (file == NULL) {
        log_warning("app", "the ports file %s cannot be written", config->ports_file);
        return;
    }
    for (unsigned i = 0; i < config->listeners_count; i++) {
        fprintf(file, "%s %u\n", words[config->listeners[i].protocol], intake_port(app->intake, i));
    }
    (void)fclose(file);
    if (rename(temporary, config->ports_file) != 0) {
        log_warning("app", "the ports file %s cannot be written", config->ports_file);
    }
}

/* An encrypted panel cannot be read without its key: units are let in when the registry is known. A
 * snapshot gives it at once; without one PostgreSQL is given a moment, and no more. */
static void
app_await_registry(const struct app *app)
{
    uint64_t until_ms = clock_mono_ms() + REGISTRY_WAIT_MS;
    struct timespec turn = {.tv_nsec = 1000000};
    while (!desk_has_registry(app->desk) && clock_mono_ms() < until_ms) {
        (void)nanosleep(&turn, NULL);
    }
    if (!desk_has_registry(app->desk)) {
        log_warning("app", "no registry yet: every unit counts as unregistered until there is one");
    }
}

enum error
app_start(const struct config *config, struct app **ret_app)
{
    struct app *app = calloc(1, sizeof *app);
    if (app == NULL) {
        return ERROR_MEMORY;
    }
    app->config = config;
    enum error failed = app_build(app);
    if (failed == ERROR_NONE) {
        failed = outlet_start(app->outlet);
    }
    if (failed == ERROR_NONE) {
        failed = journal_start(app->journal);
    }
    if (failed == ERROR_NONE) {
        failed = desk_start(app->desk);
    }
    if (failed == ERROR_NONE) {
        app_await_registry(app);
        failed = intake_start(app->intake);
    }
    if (failed != ERROR_NONE) {
        log_error("app", "cannot start: %s", error_text(failed));
        return failed; /* the process ends */
    }
    app_write_ports(app);
    *ret_app = app;
    return ERROR_NONE;
}

bool
app_is_alive(struct app *app)
{
    struct journal_health health;
    uint64_t now_ms = clock_mono_ms();
    journal_health(app->journal, &health);
    bool alive = health.in_flight_mono_us != 0 ||
                 !app_is_older_than(health.turn_mono_us / 1000, now_ms, STALLED_US / 1000);
    for (unsigned i = 0; i < intake_worker_count(app->intake); i++) {
        alive = alive &&
                !app_is_older_than(intake_turn_mono_ms(app->intake, i), now_ms, STALLED_US / 1000);
    }
    return alive && desk_turned_within_ms(app->desk, STALLED_US / 1000);
}

void
app_stop(struct app *app)
{
    intake_stop(app->intake);
    outlet_stop(app->outlet);
    desk_stop(app->desk);
    journal_stop(app->journal);
    struct registry *registry;
    while ((registry = intake_take_back(app->intake)) != NULL) {
        registry_free(registry);
    }
    intake_free(app->intake);
    outlet_free(app->outlet);
    desk_free(app->desk);
    journal_close(app->journal);
    (void)munmap(app->last_seen, sizeof *app->last_seen);
    free(app);
}

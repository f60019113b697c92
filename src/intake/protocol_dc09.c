/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIA DC-09 (docs/wire-dc09.md): what a session does with a panel's frames.
 *
 * - NULL: ACK at once, the unit was heard.
 * - SIA-DCS, ADM-CID: journaled, then ACK; NAK instead, after it, when the clock is out of the
 *   window.
 * - An event no key opens, events in a format we do not know: journaled as UNREADABLE, then DUH.
 * - A NULL no key opens, a token only receivers send: DUH.
 * - Wrong CRC or length: silence, the panel sends again.
 * - The journal failed: NAK. No room to hold it: it waits unread, on UDP silence.
 *
 * A copy of a frame taken lately has its answer again and is counted, not journaled (resend.h).
 */
#include "intake/protocol_dc09_internal.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/hash.h"
#include "base/log.h"
#include "intake/dc09_payload.h"
#include "intake/dc09_xdata.h"
#include "intake/nak_memory.h"

#include <ctype.h>
#include <string.h>

_Static_assert(PROTOCOL_REPLY_MAX >= DC09_REPLY_MAX, "a context holds any answer");

static enum protocol_found
dc09_detect(const uint8_t *bytes, size_t size, size_t *at, struct protocol_frame *ret_frame)
{
    switch (dc09_framer_next(bytes, size, at, &ret_frame->dc09)) {
        case DC09_SCAN_FRAME:
            return FOUND_FRAME;
        case DC09_SCAN_BAD:
            ret_frame->error =
                ret_frame->dc09.damage == DC09_DAMAGE_CRC ? ERROR_CHECKSUM : ERROR_MALFORMED;
            return FOUND_DAMAGED;
        case DC09_SCAN_MORE:
        default:
            return FOUND_NOTHING;
    }
}

static const struct intake_policy *
dc09_policy(const struct dc09_case *at)
{
    const struct session *session = at->session;
    return &session->worker->options->listeners[session->listener].policy;
}

static void
dc09_answer_duh(struct dc09_case *at)
{
    uint8_t reply[DC09_REPLY_MAX];
    session_reply(at->session, reply, dc09_encode_duh(&at->echo, reply, sizeof reply));
}

size_t
dc09_make_ack(struct dc09_case *at, uint8_t reply[DC09_REPLY_MAX])
{
    const uint8_t *key = at->known != NULL ? at->known->key : NULL;
    size_t key_size = at->known != NULL ? at->known->key_size : 0;
    return dc09_encode_ack(&at->echo, at->session->worker->cipher, key, key_size, clock_wall_us(),
                           reply, DC09_REPLY_MAX);
}

/* The account's window, else the listener's. */
static struct dc09_clock_policy
dc09_clock_policy(const struct dc09_case *at)
{
    const struct intake_policy *policy = dc09_policy(at);
    unsigned behind_s = at->known != NULL ? at->known->clock_behind_s : 0;
    unsigned ahead_s = at->known != NULL ? at->known->clock_ahead_s : 0;
    return (struct dc09_clock_policy){
        .behind_s_max = (int32_t)(behind_s != 0 ? behind_s : policy->clock_behind_s),
        .ahead_s_max = (int32_t)(ahead_s != 0 ? ahead_s : policy->clock_ahead_s),
        .nak_encrypted = policy->clock_nak != INTAKE_NAK_NEVER,
        .nak_clear = policy->clock_nak == INTAKE_NAK_ALWAYS};
}

/* Frames that had their NAK are remembered, so that a panel which cannot set its clock gets its ACK
 * the second time instead of repeating for ever. */
static void
dc09_judge_clock(struct dc09_case *at)
{
    _Atomic uint64_t *memory = at->session->worker->shared->nak_memory;
    uint64_t now_ms = at->session->worker->now_ms;
    uint64_t hash = hash_bytes(at->message.sequence, at->account, strlen(at->account));
    hash = hash_bytes(hash, at->message.payload.data, at->message.payload.size);
    bool nak_before = nak_memory_has(memory, WORKER_NAK_MEMORY, hash, now_ms);
    struct dc09_clock_policy policy = dc09_clock_policy(at);
    at->clock = dc09_clock_judge(&policy, &at->message, clock_wall_us(), nak_before);
    if (at->clock.nak) {
        nak_memory_add(memory, WORKER_NAK_MEMORY, hash, now_ms);
    } else if (nak_before) {
        nak_memory_remove(memory, WORKER_NAK_MEMORY, hash);
    }
}

static const struct registry_unit *
dc09_unit(const struct dc09_case *at)
{
    return at->known != NULL ? at->known->unit : NULL;
}

/* Of which path the frame is a sign of life: its account's, or the back-up one by the network path
 * it names. None for what anybody could have said: clear text of a panel that has a key, what no
 * key opens, a recording of an earlier frame. */
static enum path
dc09_path(struct dc09_case *at)
{
    const struct registry_unit *unit = dc09_unit(at);
    if (unit == NULL || !at->message.opened || at->key_unused || !at->clock.alive) {
        return PATH_NONE;
    }
    const struct dc09_xdata *network = dc09_xdata_find(&at->message, 'J');
    bool backup = unit->has_backup && network != NULL && network->value.size == 1 &&
                  network->value.data[0] == at->known->backup_network;
    enum path path = backup || at->known->path == PATH_BACKUP ? PATH_BACKUP : PATH_MAIN;
    if (at->message.encrypted && at->message.time_state == DC09_TIME_VALID &&
        !last_seen_advance(at->session->worker->options->last_seen, unit->slot, path,
                           at->message.time_us, !at->clock.suspect, clock_wall_us())) {
        counter_add(frames_replayed, 1);
        return PATH_NONE;
    }
    return path;
}

/* The account whose rate a frame counts in. With a key on record only frames it opens count, or a
 * stranger could use the account's rate up. */
static uint64_t
dc09_payer(const struct dc09_case *at)
{
    return at->message.opened && !at->key_unused ? at->account_hash : 0;
}

static void
dc09_offer(struct dc09_case *at, struct dc09_signal *from, const struct protocol_context *context)
{
    Larwm__Journal__Signal signal;
    larwm__journal__signal__init(&signal);
    Larwm__Position position = LARWM__POSITION__INIT;
    struct dc09_position fix;
    if (at->message.opened && dc09_xdata_position(&at->message, &fix)) {
        position.source = LARWM__POSITION_SOURCE__POSITION_GNSS;
        position.latitude = fix.latitude;
        position.longitude = fix.longitude;
        signal.position = &position;
    }
    signal.account = at->account;
    signal.kind = (Larwm__SignalKind)from->kind;
    signal.restore = from->restore;
    signal.class_hint = (Larwm__Priority)from->class_hint;
    signal.silent = from->silent;
    signal.code = from->code;
    signal.path = (Larwm__Path)at->path;
    signal.sequence = at->message.sequence;
    signal.device_time_us = at->message.opened ? dc09_device_time_us(&at->message) : 0;
    signal.zone = from->zone;
    signal.text = from->text;
    signal.clock_suspect = at->clock.suspect;
    signal.credential_expired = at->key_unused;
    signal.raw.data = (uint8_t *)(uintptr_t)at->frame->raw; /* packed from, not written to */
    signal.raw.len = at->frame->raw_size;
    session_offer(at->session, dc09_unit(at), &signal, context);
}

/* What nobody knows counts as an alarm. */
static enum session_weight
dc09_weight(const struct dc09_signal *signal)
{
    bool lesser = signal->known && signal->class_hint >= PRIORITY_P3;
    return lesser ? SESSION_WEIGHT_EVENT : SESSION_WEIGHT_ALARM;
}

static void
dc09_take_event(struct dc09_case *at)
{
    struct dc09_signal signal;
    dc09_interpret(&at->message, &signal);
    if (!session_spend(at->session, dc09_payer(at), dc09_weight(&signal))) {
        return;
    }
    struct protocol_context context = {.binary_crc = at->message.binary_crc};
    size_t size = at->clock.nak
                      ? dc09_encode_nak(&at->echo, clock_wall_us(), context.reply, DC09_REPLY_MAX)
                      : dc09_make_ack(at, context.reply);
    context.reply_size = (uint8_t)size;
    context.resend = dc09_remember(at);
    dc09_offer(at, &signal, &context);
}

/* Nobody can tell what it says. What may have been an alarm an operator must see (rule R0); DUH
 * tells the panel that it can never be processed, after it is durable. */
static void
dc09_take_unreadable(struct dc09_case *at, bool may_be_alarm)
{
    if (!may_be_alarm) {
        dc09_answer_duh(at);
        return;
    }
    (void)!session_spend(at->session, 0, SESSION_WEIGHT_ALARM); /* taken, whatever the rate */
    struct dc09_signal signal;
    dc09_interpret_unreadable(&at->message, &signal);
    struct protocol_context context = {.binary_crc = at->message.binary_crc};
    context.reply_size = (uint8_t)dc09_encode_duh(&at->echo, context.reply, DC09_REPLY_MAX);
    dc09_offer(at, &signal, &context);
}

static void
dc09_take_null(struct dc09_case *at)
{
    counter_add(heartbeats, 1);
    uint8_t reply[DC09_REPLY_MAX];
    size_t size = at->clock.nak ? dc09_encode_nak(&at->echo, clock_wall_us(), reply, sizeof reply)
                                : dc09_make_ack(at, reply);
    session_touch_path(at->session, dc09_unit(at), at->path, true);
    if (!session_spend(at->session, dc09_payer(at), SESSION_WEIGHT_LIGHT)) {
        return;
    }
    session_reply(at->session, reply, size);
}

/* Case does not matter in an account. */
static uint64_t
dc09_hash_account(const char *account, size_t size)
{
    char upper[LIMIT_ACCOUNT];
    for (size_t i = 0; i < size; i++) {
        upper[i] = (char)toupper((unsigned char)account[i]);
    }
    return size == 0 ? 0 : hash_bytes(2, upper, size);
}

static void
dc09_find_account(struct dc09_case *at)
{
    size_t size = at->message.account.size;
    if (size >= sizeof at->account) {
        size = sizeof at->account - 1;
    }
    if (size > 0) {
        memcpy(at->account, at->message.account.data, size);
    }
    at->account[size] = '\0';
    at->account_hash = dc09_hash_account(at->account, size);
    const struct registry *registry = at->session->worker->registry;
    at->known = registry != NULL ? registry_find_account(registry, at->account) : NULL;
    if (at->known == NULL) {
        counter_add(accounts_unknown, 1);
    }
}

/* False when no key on record opens it. */
static bool
dc09_open(struct dc09_case *at)
{
    if (!at->message.encrypted) {
        at->key_unused = at->known != NULL && at->known->key_size > 0;
        return true;
    }
    struct worker *worker = at->session->worker;
    return at->known != NULL && at->known->key_size > 0 &&
           dc09_decrypt(worker->cipher, at->known->key, at->known->key_size, worker->dc09_scratch,
                        &at->message) == ERROR_NONE;
}

static void
dc09_log(const struct dc09_case *at, const char *what)
{
    char text[64];
    const struct registry_unit *unit = dc09_unit(at);
    log_warning("intake", "DC-09 frame of unit %s from %s: %s", unit != NULL ? unit->id : "?",
                address_key_text(&at->session->address, text, sizeof text), what);
}

/* A listener for registered accounts only; without a registry nobody could be told apart. */
static bool
dc09_is_stranger_refused(const struct dc09_case *at)
{
    return dc09_policy(at)->unregistered_refused && at->known == NULL &&
           at->session->worker->registry != NULL;
}

static void
dc09_take_opened(struct dc09_case *at)
{
    if (at->key_unused) {
        dc09_log(at, "clear text, although a key is on record");
        if (dc09_policy(at)->clear_refused) {
            counter_add(clear_refused, 1);
            dc09_answer_duh(at);
            return;
        }
    } else if (at->account_hash != 0) {
        session_speaks_for(at->session, at->account_hash);
    }
    if ((at->message.oddities & DC09_ODD_KEY_REQUEST) != 0) {
        dc09_log(at, "asks for a key; none is given");
    }
    dc09_judge_clock(at);
    at->path = dc09_path(at);
    if (at->message.token == DC09_TOKEN_NULL) {
        dc09_take_null(at);
    } else {
        dc09_take_event(at);
    }
}

static void
dc09_decode_frame(struct session *session, const struct protocol_frame *frame)
{
    counter_add(frames_dc09, 1);
    struct dc09_case at = {.session = session, .frame = &frame->dc09};
    enum error error = dc09_decode(&frame->dc09, &at.message);
    at.echo = dc09_echo_of(&at.message);
    dc09_find_account(&at);
    if (error != ERROR_NONE) {
        counter_add(frames_malformed, 1);
        dc09_log(&at, "the start of the message cannot be read");
        dc09_take_unreadable(&at, dc09_is_event(&at.message));
    } else if (dc09_is_stranger_refused(&at)) {
        counter_add(accounts_refused, 1);
        dc09_log(&at, "an account that is not registered: refused by this listener");
        dc09_answer_duh(&at);
    } else if (!dc09_is_event(&at.message) && at.message.token != DC09_TOKEN_NULL) {
        /* another format of events, or an answer that only receivers send */
        counter_add(frames_unknown, 1);
        dc09_log(&at, "unknown token");
        dc09_take_unreadable(&at, at.message.token == DC09_TOKEN_UNKNOWN);
    } else if (dc09_take_copy(&at)) {
        return;
    } else if (!dc09_open(&at)) {
        counter_add(frames_undecryptable, 1);
        dc09_log(&at, "no key on record opens it");
        dc09_take_unreadable(&at, dc09_is_event(&at.message));
    } else {
        dc09_take_opened(&at);
    }
}

static void
dc09_encode_receipt(struct session *session, const struct protocol_context *context,
                    enum protocol_status status)
{
    if (status == PROTOCOL_DURABLE) {
        counter_add(receipts, 1);
        for (unsigned i = 0; i <= context->copies; i++) {
            session_reply(session, context->reply, context->reply_size);
        }
        return;
    }
    counter_add(receipts_retry, 1);
    for (unsigned i = 0; i <= context->copies && status == PROTOCOL_FAILED; i++) {
        struct dc09_echo echo = {.binary_crc = context->binary_crc};
        uint8_t reply[DC09_REPLY_MAX];
        session_reply(session, reply, dc09_encode_nak(&echo, clock_wall_us(), reply, sizeof reply));
    }
}

static void
dc09_encode_refusal(struct session *session, const char *reason)
{
    /* DC-09 has no words for it: the panel sees the connection end and calls again. */
}

const struct device_protocol protocol_dc09 = {
    .name = "DC-09",
    .number = PROTOCOL_DC09,
    .patient = true,
    .frame_end = '\r',
    .detect = dc09_detect,
    .is_partial = dc09_framer_has_begun,
    .decode = dc09_decode_frame,
    .encode_receipt = dc09_encode_receipt,
    .encode_refusal = dc09_encode_refusal,
};

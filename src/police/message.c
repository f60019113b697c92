/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: larwmd shows an incident, the plan names a step, the adapter sends it, the answer
 * becomes a report, larwmd's next word shows the report taken, nothing is left and the message
 * goes.
 *
 * Failures: a step without a clear outcome is tried again after a growing wait, under the same
 * identifier and as the same document; the reason is reported now and then. A different step does
 * not wait for the wait of another.
 *
 * On close: the gateway closes the adapter first, so no answer comes any more; then the timer.
 */
#include "police/message.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MESSAGE_MAGIC 0x706d7367u
#define PART "police"
#define EVENT(name) LARWM__JOURNAL__POLICE_EVENT__POLICE_##name

static void police_message_consider(struct police_message *message);

static const char *
police_message_id(const struct police_message *message)
{
    return message->shown->escalation->message_id;
}

struct police_message *
police_message_new(const struct police_services *services, uint64_t incident)
{
    struct police_message *message = calloc(1, sizeof *message);
    if (message == NULL) {
        return NULL;
    }
    message->magic = MESSAGE_MAGIC;
    message->services = services;
    message->incident = incident;
    require(uv_timer_init(services->loop, &message->timer) == 0);
    message->timer.data = message;
    return message;
}

static void
police_message_on_closed(uv_handle_t *handle)
{
    struct police_message *message =
        checked_cast(handle->data, struct police_message, MESSAGE_MAGIC);
    if (message->shown != NULL) {
        larwm__console__incident__free_unpacked(message->shown, NULL);
    }
    free(message->primary);
    free(message->other);
    message->magic = 0;
    free(message);
}

void
police_message_free(struct police_message *message)
{
    uv_close((uv_handle_t *)&message->timer, police_message_on_closed);
}

static struct police_view
police_message_view(const Larwm__Console__Incident *incident)
{
    const Larwm__Console__Escalation *escalation = incident->escalation;
    if (escalation == NULL) {
        return (struct police_view){.state = ESCALATION_NONE};
    }
    return (struct police_view){.state = (enum escalation_state)escalation->state,
                                .update_no = escalation->update_no,
                                .update_sent = escalation->update_sent,
                                .cancel_wanted = escalation->cancel_wanted,
                                .answered_before = escalation->answered_us != 0};
}

bool
police_message_wanted(const Larwm__Console__Incident *incident)
{
    struct police_view view = police_message_view(incident);
    struct police_memory memory = {.primary = 0};
    return police_plan_next(&view, &memory).step != POLICE_STEP_NONE;
}

/* Our own copy: what a callback shows lives only for the call. */
static Larwm__Console__Incident *
police_message_copy(const Larwm__Console__Incident *incident)
{
    size_t size = larwm__console__incident__get_packed_size(incident);
    uint8_t *bytes = malloc(size);
    Larwm__Console__Incident *copy = NULL;
    if (bytes != NULL) {
        (void)larwm__console__incident__pack(incident, bytes);
        copy = larwm__console__incident__unpack(NULL, size, bytes);
        explicit_bzero(bytes, size);
        free(bytes);
    }
    return copy;
}

/* `base` doubled for each try up to `most`, give or take a fifth, so that many do not move as one.
 */
static uint64_t
police_message_wait_ms(uint64_t base, uint64_t most, unsigned tries)
{
    uint64_t wait = base << (tries > 10 ? 10 : tries);
    uint32_t chance = 0;
    wait = wait > most ? most : wait;
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) != (ssize_t)sizeof chance) {
        chance = (uint32_t)clock_mono_us();
    }
    return wait - wait / 5 + chance % (2 * (wait / 5) + 1);
}

static void
police_message_on_timer(uv_timer_t *timer)
{
    police_message_consider(checked_cast(timer->data, struct police_message, MESSAGE_MAGIC));
}

static void
police_message_wait(struct police_message *message, uint64_t wait_ms)
{
    require(uv_timer_start(&message->timer, police_message_on_timer, wait_ms, 0) == 0);
}

static struct police_plan
police_message_plan(struct police_message *message)
{
    if (!message->known) {
        return (struct police_plan){POLICE_STEP_NONE, 0};
    }
    message->memory.update_failed = clock_mono_ms() < message->update_not_before_ms;
    return police_plan_next(&message->view, &message->memory);
}

/* Nothing to do, nothing to report, and nothing remembered that larwmd does not know yet? */
void
police_message_settle(struct police_message *message)
{
    bool waits = message->busy || (message->known && message->reports_count > 0) ||
                 uv_is_active((uv_handle_t *)&message->timer) != 0;
    if (!waits && (!message->known || (message->plan.step == POLICE_STEP_NONE &&
                                       !police_message_wanted(message->shown)))) {
        message->services->done(message->services->data, message->incident);
    }
}

/* The notice of a step: the primary is made once, so that each delivery is the same document. */
static const struct police_notice *
police_message_notice(struct police_message *message)
{
    struct police_plan plan = message->plan;
    bool primary = plan.step != POLICE_STEP_UPDATE && plan.step != POLICE_STEP_CANCEL;
    struct police_notice **kept = primary ? &message->primary : &message->other;
    bool same = *kept != NULL && (primary ? message->primary_number == plan.number
                                          : message->other_for.step == plan.step &&
                                                message->other_for.number == plan.number);
    if (same) {
        return *kept;
    }
    if (*kept == NULL) {
        *kept = calloc(1, sizeof **kept);
    }
    enum police_kind kind = plan.step == POLICE_STEP_CANCEL                       ? POLICE_CANCEL
                            : plan.step == POLICE_STEP_UPDATE || plan.number != 0 ? POLICE_UPDATE
                                                                                  : POLICE_ALERT;
    if (*kept == NULL || !police_notice_fill(message->shown, kind, plan.number, *kept)) {
        free(*kept);
        *kept = NULL;
        return NULL;
    }
    if (primary) {
        message->primary_number = plan.number;
    } else {
        message->other_for = plan;
    }
    return *kept;
}

static void
police_message_failed(struct police_message *message, const char *why)
{
    log_warning(PART, "%s: not through (try %u): %s", police_message_id(message),
                message->failed_in_row + 1, why);
    police_report_failure(message, why);
    uint64_t wait_ms =
        police_message_wait_ms(POLICE_RETRY_FIRST_MS, POLICE_RETRY_MS_MAX, message->failed_in_row);
    if (message->plan.step == POLICE_STEP_UPDATE) {
        message->update_not_before_ms = clock_mono_ms() + wait_ms;
    }
    message->memory.tried = message->memory.tried || message->plan.step == POLICE_STEP_SEND;
    message->failed_in_row++;
    police_message_wait(message, wait_ms);
}

/* A repeated request went as an update: larwmd counts it so. */
static void
police_message_primary_reported(struct police_message *message)
{
    struct police_memory *memory = &message->memory;
    if (memory->primary > memory->update_done) {
        memory->update_done = memory->primary;
        police_report_add(message, EVENT(UPDATE_SENT), memory->primary, "");
    }
}

static void
police_message_handed_over(struct police_message *message)
{
    struct police_memory *memory = &message->memory;
    bool news = !memory->handed_over;
    memory->handed_over = true;
    memory->tried = false;
    memory->lost = false;
    if (news &&
        (message->view.state == ESCALATION_QUEUED || message->view.state == ESCALATION_CANCELLED)) {
        log_info(PART, "%s: handed over", police_message_id(message));
        police_report_add(message, EVENT(SENT), memory->primary, "");
    }
}

static void
police_message_primary_answer(struct police_message *message, const struct police_answer *answer)
{
    switch (answer->verdict) {
        case POLICE_VERDICT_ACCEPTED:
            /* SENT goes first: closed meanwhile, larwmd then knows there is something to cancel */
            police_message_handed_over(message);
            message->memory.answered = true;
            log_info(PART, "%s: accepted", police_message_id(message));
            police_report_add(message, EVENT(ACCEPTED), message->memory.primary, answer->text);
            police_message_primary_reported(message);
            break;
        case POLICE_VERDICT_REJECTED:
            message->memory.answered = true;
            message->memory.tried = false;
            log_info(PART, "%s: rejected", police_message_id(message));
            police_report_add(message, EVENT(REJECTED), message->memory.primary, answer->text);
            police_message_primary_reported(message);
            break;
        case POLICE_VERDICT_TAKEN:
            police_message_handed_over(message);
            police_message_primary_reported(message);
            break;
        case POLICE_VERDICT_UNKNOWN:
            message->memory.lost = true;
            message->memory.handed_over = false;
            message->memory.tried = false;
            break;
        case POLICE_VERDICT_FAILED:
        default:
            break;
    }
}

static void
police_message_update_answer(struct police_message *message, const struct police_answer *answer)
{
    uint32_t number = message->plan.number;
    bool refused = answer->verdict == POLICE_VERDICT_REJECTED;
    message->memory.update_done = number;
    log_info(PART, "%s: update %u %s", police_message_id(message), number,
             refused ? "rejected" : "handed over");
    police_report_add(message, EVENT(UPDATE_SENT), number, refused ? answer->text : "");
    if (refused && message->view.state == ESCALATION_ACCEPTED) {
        police_report_add(message, EVENT(REJECTED), number, answer->text);
    }
}

/* Waits where waiting is due, or goes straight on when the answer led to another step. */
static void
police_message_go_on(struct police_message *message, struct police_plan before)
{
    struct police_plan plan = police_message_plan(message);
    uint64_t wait_ms;
    if (plan.step == POLICE_STEP_POLL || plan.step == POLICE_STEP_LISTEN) {
        bool first = before.step != plan.step || before.number != plan.number;
        message->polls = first ? 0 : message->polls + 1;
        wait_ms = police_message_wait_ms(POLICE_POLL_FIRST_MS, POLICE_POLL_MS_MAX, message->polls);
    } else if (plan.step == POLICE_STEP_SEND) {
        wait_ms = POLICE_RETRY_FIRST_MS; /* it had gone, and the control room lost it */
    } else {
        police_message_consider(message);
        return;
    }
    message->plan = plan;
    police_message_wait(message, wait_ms);
}

static void
police_message_on_answer(void *data, const struct police_answer *answer)
{
    struct police_message *message = checked_cast(data, struct police_message, MESSAGE_MAGIC);
    struct police_plan plan = message->plan;
    require(message->busy);
    message->busy = false;
    if (answer->verdict == POLICE_VERDICT_FAILED) {
        police_message_failed(message, answer->text);
        police_message_consider(message); /* larwmd may want something else by now */
        return;
    }
    message->failed_in_row = 0;
    if (plan.step == POLICE_STEP_CANCEL) {
        message->memory.cancel_done = true;
        log_info(PART, "%s: cancel handed over", police_message_id(message));
        police_report_add(message, EVENT(CANCEL_SENT), 0, answer->text);
    } else if (plan.step == POLICE_STEP_UPDATE) {
        police_message_update_answer(message, answer);
    } else {
        police_message_primary_answer(message, answer);
    }
    police_message_go_on(message, plan);
}

static enum error
police_message_call(struct police_message *message, const struct police_notice *notice)
{
    struct police_adapter *adapter =
        message->services->adapter(message->services->data, message->force);
    police_adapter_call call = adapter->poll;
    if (message->plan.step == POLICE_STEP_SEND || message->plan.step == POLICE_STEP_UPDATE ||
        message->plan.step == POLICE_STEP_CANCEL) {
        call = notice->kind == POLICE_ALERT    ? adapter->create
               : notice->kind == POLICE_UPDATE ? adapter->update
                                               : adapter->cancel;
    }
    return call(adapter, message->force, notice, police_message_on_answer, message);
}

static void
police_message_start(struct police_message *message)
{
    const Larwm__Force *force = message->shown->escalation->force;
    if (message->force == NULL && force != NULL) {
        message->force = police_config_force(message->services->config, force->code);
    }
    if (message->force == NULL) {
        police_message_failed(message, force == NULL || force->code[0] == '\0'
                                           ? "no police force is known for this alarm"
                                           : "no endpoint is configured for this police force");
        return;
    }
    const struct police_notice *notice = police_message_notice(message);
    enum error failed = notice == NULL ? ERROR_MALFORMED : police_message_call(message, notice);
    if (failed != ERROR_NONE) {
        police_message_failed(message, error_text(failed));
        return;
    }
    message->busy = true;
}

static void
police_message_consider(struct police_message *message)
{
    if (message->busy) {
        return;
    }
    struct police_plan plan = police_message_plan(message);
    bool same = plan.step == message->plan.step && plan.number == message->plan.number;
    if (same && uv_is_active((uv_handle_t *)&message->timer) != 0) {
        return;
    }
    (void)uv_timer_stop(&message->timer);
    message->plan = plan;
    if (plan.step == POLICE_STEP_NONE) {
        police_message_settle(message);
        return;
    }
    police_message_start(message);
}

void
police_message_show(struct police_message *message, const Larwm__Console__Incident *incident)
{
    Larwm__Console__Incident *copy = police_message_copy(incident);
    message->known = true;
    message->seen = true;
    if (copy == NULL || copy->escalation == NULL) {
        if (copy != NULL) {
            larwm__console__incident__free_unpacked(copy, NULL);
        }
        return; /* out of memory: the next word will do */
    }
    if (message->shown != NULL) {
        larwm__console__incident__free_unpacked(message->shown, NULL);
    }
    message->shown = copy;
    message->view = police_message_view(copy);
    police_report_flush(message);
    police_message_consider(message);
}

void
police_message_forget(struct police_message *message)
{
    message->known = false;
    (void)uv_timer_stop(&message->timer);
    police_message_consider(message);
}

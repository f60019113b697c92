/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to acts: exactly one for each record of an operator or of the police gateway. An answer
 * goes after the incidents that changed before it, so that who is told "yours" finds it so on the
 * screen; when the outlet is behind it waits in a ring as large as all requests that can be on
 * their way.
 */
#include "desk/internal.h"

#include "base/text.h"

#include <string.h>

static bool
desk_answer_send(struct desk *desk, const struct desk_result *from)
{
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    struct flow_delta *delta = desk_delta(desk, DELTA_RESULT, 0);
    if (delta == NULL) {
        return false;
    }
    result.ref = from->ref;
    result.ok = from->ok;
    result.refusal = (char *)(uintptr_t)from->refusal; /* protobuf-c has no const strings */
    result.detail = (char *)(uintptr_t)from->detail;
    result.incident = from->incident;
    result.revealed = (char *)(uintptr_t)from->revealed;
    delta->handle = from->handle;
    delta->size = (uint32_t)larwm__console__result__pack(&result, delta->body);
    return desk_push(desk, delta);
}

void
desk_answers_send(struct desk *desk)
{
    while (desk->results_count > 0 && desk->dirty_count == 0) {
        struct desk_result *result = &desk->results[desk->results_first];
        if (!desk_answer_send(desk, result)) {
            return;
        }
        explicit_bzero(result, sizeof *result);
        desk->results_first = (desk->results_first + 1) % DESK_RESULTS;
        desk->results_count -= 1;
    }
}

void
desk_answer(struct desk *desk, uint64_t handle, uint64_t ref, bool ok, const char *refusal,
            const char *detail, uint64_t incident, const char *revealed)
{
    if (handle == 0) {
        return;
    }
    if (desk->results_count == DESK_RESULTS) {
        log_error("desk", "the outlet takes no answers: one is lost"); /* its request times out */
        return;
    }
    uint32_t at = (desk->results_first + desk->results_count) % DESK_RESULTS;
    struct desk_result *result = &desk->results[at];
    *result = (struct desk_result){.handle = handle, .ref = ref, .incident = incident, .ok = ok};
    result->refusal = ok || refusal == NULL ? "" : refusal;
    (void)text_copy(result->detail, sizeof result->detail, detail);
    (void)text_copy(result->revealed, sizeof result->revealed, revealed);
    desk->results_count += 1;
    desk_show(desk);
}

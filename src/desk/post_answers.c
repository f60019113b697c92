/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of resolve into records: those of one statement share a record, and a flush.
 *
 * Happy path: each answer is packed behind the one before; when resolve says that no more come now,
 * they are posted as one RECORD_ANSWERS, or as RECORD_RESOLVED when there is only one. What does
 * not fit into a body begins the next record.
 * Failures: no block left: none of them is kept, the signals are still pending and are asked again,
 * as after a failed append.
 */
#include "base/varint.h"
#include "desk/internal.h"

#include <string.h>

#define DESK_TAG_ANSWER 0x0A  /* Answers.answers */
#define DESK_TAG_CARD 0x1A    /* Resolved.card */
#define DESK_ANSWER_FRAME 192 /* a Resolved without its card */

/* The answer names the incident that holds the very card. False: no incident does. */
static bool
desk_name_as_before(const struct desk *desk, const struct resolve_answer *answer,
                    Larwm__Journal__Resolved *resolved, Larwm__Badge badges[64])
{
    if (resolved->signal_pos == 0 || answer->status != RESOLVE_CHECKED) {
        return false;
    }
    uint64_t holder =
        triage_as_before(desk->triage, resolved->signal_pos, answer->card, answer->card_size);
    if (holder == 0) {
        return false;
    }
    resolved->as_before = holder;
    resolved->card_turn = triage_find(desk->triage, holder)->card_turn;
    resolved->checked_us = answer->checked_us;
    resolved->badges = badges;
    for (unsigned badge = 0; badge < 64; badge++) {
        if ((answer->badges >> badge & 1) != 0) {
            badges[resolved->n_badges++] = (Larwm__Badge)badge;
        }
    }
    return true;
}

/* A Resolved; a card is packed already, and is copied as it is. */
static size_t
desk_pack_answer(const struct desk *desk, uint64_t key, const struct resolve_answer *answer,
                 uint8_t *to)
{
    Larwm__Journal__Resolved resolved = LARWM__JOURNAL__RESOLVED__INIT;
    Larwm__Badge badges[64];
    if (key >= DESK_KEY_INCIDENT) {
        resolved.incident = key;
    } else {
        resolved.signal_pos = key;
    }
    bool as_before = desk_name_as_before(desk, answer, &resolved, badges);
    size_t size = larwm__journal__resolved__pack(&resolved, to);
    if (as_before) {
        counter_add(resolve_as_before, 1);
        return size;
    }
    to[size++] = DESK_TAG_CARD;
    size += varint_put(to + size, answer->card_size);
    memcpy(to + size, answer->card, answer->card_size);
    return size + answer->card_size;
}

void
desk_ask_again(struct desk *desk, bool recheck)
{
    desk->pending_wanted = true;
    desk->recheck_wanted = desk->recheck_wanted || recheck;
}

void
desk_flush_answers(struct desk *desk)
{
    struct desk_answers *answers = &desk->answers;
    if (answers->count == 0) {
        return;
    }
    bool posted = answers->count == 1
                      ? desk_post_bytes(desk, RECORD_RESOLVED, answers->body + answers->first,
                                        answers->size - answers->first)
                      : desk_post_bytes(desk, RECORD_ANSWERS, answers->body, answers->size);
    counter_add(resolve_together, posted && answers->count > 1 ? 1 : 0);
    if (!posted) {
        desk_ask_again(desk, answers->rechecks);
    }
    answers->size = 0;
    answers->count = 0;
    answers->rechecks = false;
}

void
desk_take_answer(struct desk *desk, uint64_t key, const struct resolve_answer *answer)
{
    struct desk_answers *answers = &desk->answers;
    uint8_t packed[DESK_ANSWER_FRAME + LIMIT_CARD];
    uint8_t size_of[VARINT_MAX];
    if (answer->card_size > LIMIT_CARD) {
        desk_ask_again(desk, key >= DESK_KEY_INCIDENT);
        return;
    }
    size_t size = desk_pack_answer(desk, key, answer, packed);
    size_t prefix = varint_put(size_of, size);
    if (answers->count == DESK_ANSWERS || answers->size + 1 + prefix + size > DESK_POST_BODY) {
        desk_flush_answers(desk);
    }
    answers->body[answers->size++] = DESK_TAG_ANSWER;
    memcpy(answers->body + answers->size, size_of, prefix);
    answers->size += prefix;
    answers->first = answers->count == 0 ? answers->size : answers->first;
    memcpy(answers->body + answers->size, packed, size);
    answers->size += size;
    answers->count += 1;
    answers->rechecks = answers->rechecks || key >= DESK_KEY_INCIDENT;
}

bool
desk_post_answer(struct desk *desk, uint64_t incident, const struct resolve_answer *answer)
{
    uint8_t packed[DESK_ANSWER_FRAME + LIMIT_CARD];
    desk_flush_answers(desk); /* in the order in which they came */
    return answer->card_size <= LIMIT_CARD &&
           desk_post_bytes(desk, RECORD_RESOLVED, packed,
                           desk_pack_answer(desk, incident, answer, packed));
}

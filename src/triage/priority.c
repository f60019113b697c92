/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classes come from the vocabulary of domain.md first (P1 attack, P2 intrusion, P3 protection
 * lost where the risk is high, very high or unknown, P4 technical, P5 information), then from the
 * event-code table of standards.md 2.1; a code's own class comes as the signal's hint and only
 * raises.
 *
 * FIRE and MEDICAL are P1: every answer-time rule puts them with hold-up. FALL is P1: somebody
 * lies there. JAM is P1: at these homes interference is how an alarm is silenced. UNREADABLE is P1:
 * it may be a press. UNKNOWN is P2: shown, never dropped.
 * DURESS and HOLDUP are real even inside a test window: a demonstration has no use for them.
 */
#include "triage/priority.h"

#include "base/require.h"

/* X(kind, base, at_risk, opens, attack, flaps, tests) */
#define PRIORITY_RULES(X)                                                                          \
    X(SIGNAL_UNKNOWN, PRIORITY_P2, PRIORITY_P2, true, false, false, true)                          \
    X(SIGNAL_PANIC, PRIORITY_P1, PRIORITY_P1, true, true, false, true)                             \
    X(SIGNAL_DURESS, PRIORITY_P1, PRIORITY_P1, true, true, false, false)                           \
    X(SIGNAL_HOLDUP, PRIORITY_P1, PRIORITY_P1, true, true, false, false)                           \
    X(SIGNAL_MEDICAL, PRIORITY_P1, PRIORITY_P1, true, true, false, true)                           \
    X(SIGNAL_FIRE, PRIORITY_P1, PRIORITY_P1, true, true, false, true)                              \
    X(SIGNAL_INTRUSION, PRIORITY_P2, PRIORITY_P2, true, false, true, true)                         \
    X(SIGNAL_TAMPER, PRIORITY_P4, PRIORITY_P3, true, false, true, false)                           \
    X(SIGNAL_FALL, PRIORITY_P1, PRIORITY_P1, true, true, false, true)                              \
    X(SIGNAL_NO_ACTIVITY, PRIORITY_P2, PRIORITY_P2, true, false, false, true)                      \
    X(SIGNAL_GAS, PRIORITY_P2, PRIORITY_P2, true, false, true, true)                               \
    X(SIGNAL_JAM, PRIORITY_P1, PRIORITY_P1, true, false, false, true)                              \
    X(SIGNAL_COMMS_TROUBLE, PRIORITY_P4, PRIORITY_P3, true, false, true, false)                    \
    X(SIGNAL_LOW_BATTERY, PRIORITY_P4, PRIORITY_P4, true, false, true, false)                      \
    X(SIGNAL_POWER_LOSS, PRIORITY_P4, PRIORITY_P3, true, false, true, false)                       \
    X(SIGNAL_FAULT, PRIORITY_P4, PRIORITY_P4, true, false, true, false)                            \
    X(SIGNAL_CANCEL, PRIORITY_P5, PRIORITY_P5, false, false, false, false)                         \
    X(SIGNAL_TEST, PRIORITY_P5, PRIORITY_P5, false, false, false, false)                           \
    X(SIGNAL_OPEN_CLOSE, PRIORITY_P5, PRIORITY_P5, false, false, false, false)                     \
    X(SIGNAL_BYPASS, PRIORITY_P5, PRIORITY_P5, false, false, false, false)                         \
    X(SIGNAL_WRONG_CODE, PRIORITY_P2, PRIORITY_P2, true, false, true, true)                        \
    X(SIGNAL_POSITION, PRIORITY_P5, PRIORITY_P5, false, false, false, false)                       \
    X(SIGNAL_UNREADABLE, PRIORITY_P1, PRIORITY_P1, true, true, false, false)                       \
    X(SIGNAL_UNIT_LATE, PRIORITY_P4, PRIORITY_P4, true, false, false, false)                       \
    X(SIGNAL_UNIT_LOST, PRIORITY_P4, PRIORITY_P3, true, false, false, false)                       \
    X(SIGNAL_UNIT_RESTORED, PRIORITY_P5, PRIORITY_P5, false, false, false, false)                  \
    X(SIGNAL_CREDENTIAL_FAULT, PRIORITY_P4, PRIORITY_P4, true, false, false, false)                \
    X(SIGNAL_PATH_LATE, PRIORITY_P4, PRIORITY_P4, true, false, false, false)                       \
    X(SIGNAL_PATH_LOST, PRIORITY_P4, PRIORITY_P3, true, false, false, false)                       \
    X(SIGNAL_PATH_RESTORED, PRIORITY_P5, PRIORITY_P5, false, false, false, false)

static const struct priority_rule rules[] = {
#define X(kind, base, at_risk, opens, attack, flaps, tests)                                        \
    [kind] = {base, at_risk, opens, attack, flaps, tests},
    PRIORITY_RULES(X)
#undef X
};

/* Nobody may make an attack kind wait behind a count, or keep one from opening (rule R0). */
#define X(kind, base, at_risk, opens, attack, flaps, tests)                                        \
    _Static_assert(!(attack) || ((base) == PRIORITY_P1 && (opens) && !(flaps)),                    \
                   #kind ": an attack kind is P1, opens, and is exempt from flapping");            \
    _Static_assert((base) != PRIORITY_P1 || !(flaps),                                              \
                   #kind ": a P1 kind is exempt from flapping");                                   \
    _Static_assert((at_risk) <= (base), #kind ": risk may only raise");
PRIORITY_RULES(X)
#undef X

#define X(name, number, word) +1
_Static_assert(ARRAY_COUNT(rules) == 0 LARWM_SIGNAL_KIND_LIST(X), "a rule for every kind");
#undef X

const struct priority_rule *
priority_rule(uint32_t kind)
{
    return &rules[kind < ARRAY_COUNT(rules) ? kind : SIGNAL_UNKNOWN];
}

uint32_t
priority_risk_group(uint32_t risk)
{
    if (risk == RISK_STANDARD) {
        return 2;
    }
    return risk == RISK_MEDIUM ? 1 : 0;
}

enum priority
priority_of(uint32_t kind, uint32_t hint, uint32_t risk)
{
    const struct priority_rule *rule = priority_rule(kind);
    uint32_t own = priority_risk_group(risk) == 0 ? rule->at_risk : rule->base;
    bool hinted = hint >= PRIORITY_P1 && hint <= PRIORITY_P5;
    return (enum priority)(hinted && hint < own ? hint : own);
}

enum risk
priority_graver_risk(uint32_t one, uint32_t other)
{
    static const uint8_t weight[] = {
        [RISK_STANDARD] = 0, [RISK_MEDIUM] = 1,    [RISK_UNKNOWN] = 2,
        [RISK_HIGH] = 3,     [RISK_VERY_HIGH] = 4,
    };
    one = one < ARRAY_COUNT(weight) ? one : RISK_UNKNOWN;
    other = other < ARRAY_COUNT(weight) ? other : RISK_UNKNOWN;
    return (enum risk)(weight[other] > weight[one] ? other : one);
}

uint32_t
priority_rank(uint32_t priority, uint32_t risk, bool test)
{
    return priority * 10 + priority_risk_group(risk) + (test ? RANK_TEST : 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "larwm/vocabulary.h"

#include "vocabulary.pb-c.h"

/* The C vocabulary and the wire vocabulary are the same numbers, proved here for every word. */

#define X(name, number, word) _Static_assert((number) == (int)LARWM__SIGNAL_KIND__##name, #name);
LARWM_SIGNAL_KIND_LIST(X)
#undef X

const char *
signal_kind_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_SIGNAL_KIND_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__PRIORITY__##name, #name);
LARWM_PRIORITY_LIST(X)
#undef X

const char *
priority_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_PRIORITY_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__RISK__##name, #name);
LARWM_RISK_LIST(X)
#undef X

const char *
risk_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_RISK_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__MARKER_STATUS__##name, #name);
LARWM_MARKER_STATUS_LIST(X)
#undef X

const char *
marker_status_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_MARKER_STATUS_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__UNIT_STATUS__##name, #name);
LARWM_UNIT_STATUS_LIST(X)
#undef X

const char *
unit_status_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_UNIT_STATUS_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__BADGE__##name, #name);
LARWM_BADGE_LIST(X)
#undef X

const char *
badge_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_BADGE_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__RESIDENCE__##name, #name);
LARWM_RESIDENCE_LIST(X)
#undef X

const char *
residence_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_RESIDENCE_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__CONSENT__##name, #name);
LARWM_CONSENT_LIST(X)
#undef X

const char *
consent_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_CONSENT_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word)                                                                      \
    _Static_assert((number) == (int)LARWM__POSITION_SOURCE__##name, #name);
LARWM_POSITION_SOURCE_LIST(X)
#undef X

const char *
position_source_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_POSITION_SOURCE_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__INCIDENT_STATE__##name, #name);
LARWM_INCIDENT_STATE_LIST(X)
#undef X

const char *
incident_state_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_INCIDENT_STATE_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__ALERT_LEVEL__##name, #name);
LARWM_ALERT_LEVEL_LIST(X)
#undef X

const char *
alert_level_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_ALERT_LEVEL_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word)                                                                      \
    _Static_assert((number) == (int)LARWM__ESCALATION_STATE__##name, #name);
LARWM_ESCALATION_STATE_LIST(X)
#undef X

const char *
escalation_state_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_ESCALATION_STATE_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word)                                                                      \
    _Static_assert((number) == (int)LARWM__ESCALATION_REASON__##name, #name);
LARWM_ESCALATION_REASON_LIST(X)
#undef X

const char *
escalation_reason_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_ESCALATION_REASON_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__OUTCOME__##name, #name);
LARWM_OUTCOME_LIST(X)
#undef X

const char *
outcome_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_OUTCOME_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__ROLE__##name, #name);
LARWM_ROLE_LIST(X)
#undef X

const char *
role_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_ROLE_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__PROTOCOL__##name, #name);
LARWM_PROTOCOL_LIST(X)
#undef X

const char *
protocol_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_PROTOCOL_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__RESOLVE_STATUS__##name, #name);
LARWM_RESOLVE_STATUS_LIST(X)
#undef X

const char *
resolve_status_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_RESOLVE_STATUS_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__PATH__##name, #name);
LARWM_PATH_LIST(X)
#undef X

const char *
path_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_PATH_LIST(X)
#undef X
        default:
            return "?";
    }
}

#define X(name, number, word) _Static_assert((number) == (int)LARWM__PATH_STATE__##name, #name);
LARWM_PATH_STATE_LIST(X)
#undef X

const char *
path_state_text(int value)
{
    switch (value) {
#define X(name, number, word)                                                                      \
    case number:                                                                                   \
        return word;
        LARWM_PATH_STATE_LIST(X)
#undef X
        default:
            return "?";
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words every part of larwm shares: one enum per idea, one meaning each (docs/glossary.md).
 *
 * The same names and numbers stand in proto/vocabulary.proto; base/vocabulary.c proves at compile
 * time that the two agree. Each list is written once, as X(NAME, number, "WORD"); the enum and the
 * function that gives the word both come from it. A word carries no personal data and may be
 * logged.
 */
#ifndef LARWM_VOCABULARY_H
#define LARWM_VOCABULARY_H

#define LARWM_SIGNAL_KIND_LIST(X)                                                                  \
    X(SIGNAL_UNKNOWN, 0, "UNKNOWN")                                                                \
    X(SIGNAL_PANIC, 1, "PANIC")                                                                    \
    X(SIGNAL_DURESS, 2, "DURESS")                                                                  \
    X(SIGNAL_HOLDUP, 3, "HOLDUP")                                                                  \
    X(SIGNAL_MEDICAL, 4, "MEDICAL")                                                                \
    X(SIGNAL_FIRE, 5, "FIRE")                                                                      \
    X(SIGNAL_INTRUSION, 6, "INTRUSION")                                                            \
    X(SIGNAL_TAMPER, 7, "TAMPER")                                                                  \
    X(SIGNAL_FALL, 8, "FALL")                                                                      \
    X(SIGNAL_NO_ACTIVITY, 9, "NO_ACTIVITY")                                                        \
    X(SIGNAL_GAS, 10, "GAS")                                                                       \
    X(SIGNAL_JAM, 11, "JAM")                                                                       \
    X(SIGNAL_COMMS_TROUBLE, 12, "COMMS_TROUBLE")                                                   \
    X(SIGNAL_LOW_BATTERY, 13, "LOW_BATTERY")                                                       \
    X(SIGNAL_POWER_LOSS, 14, "POWER_LOSS")                                                         \
    X(SIGNAL_FAULT, 15, "FAULT")                                                                   \
    X(SIGNAL_CANCEL, 16, "CANCEL")                                                                 \
    X(SIGNAL_TEST, 17, "TEST")                                                                     \
    X(SIGNAL_OPEN_CLOSE, 18, "OPEN_CLOSE")                                                         \
    X(SIGNAL_BYPASS, 19, "BYPASS")                                                                 \
    X(SIGNAL_WRONG_CODE, 20, "WRONG_CODE")                                                         \
    X(SIGNAL_POSITION, 21, "POSITION")                                                             \
    X(SIGNAL_UNREADABLE, 22, "UNREADABLE")                                                         \
    X(SIGNAL_UNIT_LATE, 23, "UNIT_LATE")                                                           \
    X(SIGNAL_UNIT_LOST, 24, "UNIT_LOST")                                                           \
    X(SIGNAL_UNIT_RESTORED, 25, "UNIT_RESTORED")                                                   \
    X(SIGNAL_CREDENTIAL_FAULT, 26, "CREDENTIAL_FAULT")                                             \
    X(SIGNAL_PATH_LATE, 27, "PATH_LATE")                                                           \
    X(SIGNAL_PATH_LOST, 28, "PATH_LOST")                                                           \
    X(SIGNAL_PATH_RESTORED, 29, "PATH_RESTORED")

enum signal_kind
{
#define X(name, number, word) name = number,
    LARWM_SIGNAL_KIND_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *signal_kind_text(int value);

#define LARWM_PRIORITY_LIST(X)                                                                     \
    X(PRIORITY_NONE, 0, "NONE")                                                                    \
    X(PRIORITY_P1, 1, "P1")                                                                        \
    X(PRIORITY_P2, 2, "P2")                                                                        \
    X(PRIORITY_P3, 3, "P3")                                                                        \
    X(PRIORITY_P4, 4, "P4")                                                                        \
    X(PRIORITY_P5, 5, "P5")

enum priority
{
#define X(name, number, word) name = number,
    LARWM_PRIORITY_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *priority_text(int value);

/* Risk of a case. UNKNOWN ranks with HIGH (REQ B6). */
#define LARWM_RISK_LIST(X)                                                                         \
    X(RISK_UNKNOWN, 0, "UNKNOWN")                                                                  \
    X(RISK_STANDARD, 1, "STANDARD")                                                                \
    X(RISK_MEDIUM, 2, "MEDIUM")                                                                    \
    X(RISK_HIGH, 3, "HIGH")                                                                        \
    X(RISK_VERY_HIGH, 4, "VERY_HIGH")

enum risk
{
#define X(name, number, word) name = number,
    LARWM_RISK_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *risk_text(int value);

/* Status of a police marker at the event time; validity is half-open [from, to). */
#define LARWM_MARKER_STATUS_LIST(X)                                                                \
    X(MARKER_UNKNOWN, 0, "UNKNOWN")                                                                \
    X(MARKER_NONE, 1, "NONE")                                                                      \
    X(MARKER_ACTIVE, 2, "ACTIVE")                                                                  \
    X(MARKER_LAPSED, 3, "LAPSED")                                                                  \
    X(MARKER_WITHDRAWN, 4, "WITHDRAWN")

enum marker_status
{
#define X(name, number, word) name = number,
    LARWM_MARKER_STATUS_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *marker_status_text(int value);

#define LARWM_UNIT_STATUS_LIST(X)                                                                  \
    X(UNIT_UNREGISTERED, 0, "UNREGISTERED")                                                        \
    X(UNIT_IN_STORE, 1, "IN_STORE")                                                                \
    X(UNIT_LEASED_UNTESTED, 2, "LEASED_UNTESTED")                                                  \
    X(UNIT_IN_SERVICE, 3, "IN_SERVICE")                                                            \
    X(UNIT_FAULTY_IN_SERVICE, 4, "FAULTY_IN_SERVICE")                                              \
    X(UNIT_QUARANTINE, 5, "QUARANTINE")                                                            \
    X(UNIT_LOST, 6, "LOST")                                                                        \
    X(UNIT_STOLEN, 7, "STOLEN")                                                                    \
    X(UNIT_RETIRED, 8, "RETIRED")

enum unit_status
{
#define X(name, number, word) name = number,
    LARWM_UNIT_STATUS_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *unit_status_text(int value);

#define LARWM_BADGE_LIST(X)                                                                        \
    X(BADGE_NONE, 0, "NONE")                                                                       \
    X(BADGE_UNREGISTERED, 1, "UNREGISTERED")                                                       \
    X(BADGE_UNALLOCATED, 2, "UNALLOCATED")                                                         \
    X(BADGE_UNTESTED, 3, "UNTESTED")                                                               \
    X(BADGE_LOST, 4, "LOST")                                                                       \
    X(BADGE_STOLEN, 5, "STOLEN")                                                                   \
    X(BADGE_RETIRED, 6, "RETIRED")                                                                 \
    X(BADGE_QUARANTINE, 7, "QUARANTINE")                                                           \
    X(BADGE_FAULTY, 8, "FAULTY")                                                                   \
    X(BADGE_TEST, 9, "TEST")                                                                       \
    X(BADGE_CLOCK_SUSPECT, 10, "CLOCK_SUSPECT")                                                    \
    X(BADGE_EARLIER_ALLOCATION, 11, "EARLIER_ALLOCATION")                                          \
    X(BADGE_DELAYED, 12, "DELAYED")                                                                \
    X(BADGE_CREDENTIAL_EXPIRED, 13, "CREDENTIAL_EXPIRED")                                          \
    X(BADGE_UNREADABLE, 14, "UNREADABLE")                                                          \
    X(BADGE_CASE_CLOSED, 15, "CASE_CLOSED")                                                        \
    X(BADGE_NO_OPERATOR, 16, "NO_OPERATOR")                                                        \
    X(BADGE_RESIDENT_MOVED, 17, "RESIDENT_MOVED")                                                  \
    X(BADGE_AWAY_FROM_HOME, 18, "AWAY_FROM_HOME")                                                  \
    X(BADGE_CANCEL_RECEIVED, 19, "CANCEL_RECEIVED")                                                \
    X(BADGE_FLAPPING, 20, "FLAPPING")                                                              \
    X(BADGE_MASS_LOSS, 21, "MASS_LOSS")

enum badge
{
#define X(name, number, word) name = number,
    LARWM_BADGE_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *badge_text(int value);

#define LARWM_RESIDENCE_LIST(X)                                                                    \
    X(RESIDENCE_UNKNOWN, 0, "UNKNOWN")                                                             \
    X(RESIDENCE_NO, 1, "NO")                                                                       \
    X(RESIDENCE_YES, 2, "YES")

enum residence
{
#define X(name, number, word) name = number,
    LARWM_RESIDENCE_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *residence_text(int value);

#define LARWM_CONSENT_LIST(X)                                                                      \
    X(CONSENT_NOT_RECORDED, 0, "NOT_RECORDED")                                                     \
    X(CONSENT_YES, 1, "YES")                                                                       \
    X(CONSENT_NO, 2, "NO")

enum consent
{
#define X(name, number, word) name = number,
    LARWM_CONSENT_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *consent_text(int value);

#define LARWM_POSITION_SOURCE_LIST(X)                                                              \
    X(POSITION_NONE, 0, "NONE")                                                                    \
    X(POSITION_GNSS, 1, "GNSS")                                                                    \
    X(POSITION_WIFI, 2, "WIFI")                                                                    \
    X(POSITION_CELL, 3, "CELL")                                                                    \
    X(POSITION_FIXED, 4, "FIXED")

enum position_source
{
#define X(name, number, word) name = number,
    LARWM_POSITION_SOURCE_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *position_source_text(int value);

#define LARWM_INCIDENT_STATE_LIST(X)                                                               \
    X(INCIDENT_NONE, 0, "NONE")                                                                    \
    X(INCIDENT_OPEN, 1, "OPEN")                                                                    \
    X(INCIDENT_CLAIMED, 2, "CLAIMED")                                                              \
    X(INCIDENT_CLOSED, 3, "CLOSED")

enum incident_state
{
#define X(name, number, word) name = number,
    LARWM_INCIDENT_STATE_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *incident_state_text(int value);

#define LARWM_ALERT_LEVEL_LIST(X)                                                                  \
    X(ALERT_QUEUE, 0, "QUEUE")                                                                     \
    X(ALERT_ALL_CONSOLES, 1, "ALL_CONSOLES")                                                       \
    X(ALERT_SUPERVISOR, 2, "SUPERVISOR")

enum alert_level
{
#define X(name, number, word) name = number,
    LARWM_ALERT_LEVEL_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *alert_level_text(int value);

#define LARWM_ESCALATION_STATE_LIST(X)                                                             \
    X(ESCALATION_NONE, 0, "NONE")                                                                  \
    X(ESCALATION_QUEUED, 1, "QUEUED")                                                              \
    X(ESCALATION_SENT, 2, "SENT")                                                                  \
    X(ESCALATION_ACCEPTED, 3, "ACCEPTED")                                                          \
    X(ESCALATION_REJECTED, 4, "REJECTED")                                                          \
    X(ESCALATION_NO_ANSWER, 5, "NO_ANSWER")                                                        \
    X(ESCALATION_CANCELLED, 6, "CANCELLED")

enum escalation_state
{
#define X(name, number, word) name = number,
    LARWM_ESCALATION_STATE_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *escalation_state_text(int value);

#define LARWM_ESCALATION_REASON_LIST(X)                                                            \
    X(REASON_NONE, 0, "NONE")                                                                      \
    X(REASON_MARKER_ACTIVE, 1, "MARKER_ACTIVE")                                                    \
    X(REASON_MARKER_UNVERIFIED, 2, "MARKER_UNVERIFIED")                                            \
    X(REASON_UNANSWERED, 3, "UNANSWERED")                                                          \
    X(REASON_NO_OPERATOR, 4, "NO_OPERATOR")                                                        \
    X(REASON_OPERATOR, 5, "OPERATOR")

enum escalation_reason
{
#define X(name, number, word) name = number,
    LARWM_ESCALATION_REASON_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *escalation_reason_text(int value);

#define LARWM_OUTCOME_LIST(X)                                                                      \
    X(OUTCOME_NONE, 0, "NONE")                                                                     \
    X(OUTCOME_POLICE_ATTENDED, 1, "POLICE_ATTENDED")                                               \
    X(OUTCOME_PERSON_SAFE, 2, "PERSON_SAFE")                                                       \
    X(OUTCOME_PRECAUTIONARY, 3, "PRECAUTIONARY")                                                   \
    X(OUTCOME_FALSE, 4, "FALSE")                                                                   \
    X(OUTCOME_PLANNED_TEST, 5, "PLANNED_TEST")                                                     \
    X(OUTCOME_STOCK_HANDLING, 6, "STOCK_HANDLING")                                                 \
    X(OUTCOME_TECHNICAL_RESOLVED, 7, "TECHNICAL_RESOLVED")                                         \
    X(OUTCOME_RESTORED, 8, "RESTORED")                                                             \
    X(OUTCOME_NO_CONTACT, 9, "NO_CONTACT")                                                         \
    X(OUTCOME_GATHERED, 10, "GATHERED")

enum outcome
{
#define X(name, number, word) name = number,
    LARWM_OUTCOME_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *outcome_text(int value);

#define LARWM_ROLE_LIST(X)                                                                         \
    X(ROLE_NONE, 0, "NONE")                                                                        \
    X(ROLE_OPERATOR, 1, "OPERATOR")                                                                \
    X(ROLE_SUPERVISOR, 2, "SUPERVISOR")                                                            \
    X(ROLE_ADMINISTRATOR, 3, "ADMINISTRATOR")                                                      \
    X(ROLE_POLICE_GATEWAY, 4, "POLICE_GATEWAY")                                                    \
    X(ROLE_WEB_GATEWAY, 5, "WEB_GATEWAY")                                                          \
    X(ROLE_TOOL, 6, "TOOL")

enum role
{
#define X(name, number, word) name = number,
    LARWM_ROLE_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *role_text(int value);

#define LARWM_PROTOCOL_LIST(X)                                                                     \
    X(PROTOCOL_NONE, 0, "NONE")                                                                    \
    X(PROTOCOL_NATIVE, 1, "NATIVE")                                                                \
    X(PROTOCOL_DC09, 2, "DC09")                                                                    \
    X(PROTOCOL_CENTRE, 3, "CENTRE")

enum protocol
{
#define X(name, number, word) name = number,
    LARWM_PROTOCOL_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *protocol_text(int value);

#define LARWM_RESOLVE_STATUS_LIST(X)                                                               \
    X(RESOLVE_PENDING, 0, "PENDING")                                                               \
    X(RESOLVE_CHECKED, 1, "CHECKED")                                                               \
    X(RESOLVE_CACHED, 2, "CACHED")                                                                 \
    X(RESOLVE_UNKNOWN, 3, "UNKNOWN")

enum resolve_status
{
#define X(name, number, word) name = number,
    LARWM_RESOLVE_STATUS_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *resolve_status_text(int value);

/* A way by which a unit reaches the centre. */
#define LARWM_PATH_LIST(X)                                                                         \
    X(PATH_NONE, 0, "NONE")                                                                        \
    X(PATH_MAIN, 1, "MAIN")                                                                        \
    X(PATH_BACKUP, 2, "BACKUP")

enum path
{
#define X(name, number, word) name = number,
    LARWM_PATH_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *path_text(int value);

#define LARWM_PATH_STATE_LIST(X)                                                                   \
    X(PATH_STATE_NONE, 0, "NONE")                                                                  \
    X(PATH_STATE_WORKING, 1, "WORKING")                                                            \
    X(PATH_STATE_LATE, 2, "LATE")                                                                  \
    X(PATH_STATE_LOST, 3, "LOST")

enum path_state
{
#define X(name, number, word) name = number,
    LARWM_PATH_STATE_LIST(X)
#undef X
};

/* Returns the word for `value`, or "?" when it is outside the list. Any thread. */
const char *path_state_text(int value);

#endif

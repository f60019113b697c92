/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters: everything worth knowing about a running daemon, one list. Relaxed atomics, any thread.
 */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#define COUNTER_LIST(X)                                                                            \
    X(sessions_opened, "unit sessions opened")                                                     \
    X(sessions_resumed, "of these, resumed with a TLS ticket")                                     \
    X(sessions_closed, "unit sessions closed")                                                     \
    X(sessions_refused, "connections refused at a limit")                                          \
    X(handshakes_expected, "handshakes begun ahead of strangers: a ticket or address of ours")     \
    X(handshakes_failed, "TLS handshakes that failed")                                             \
    X(sessions_slowed, "times a session was over its rate and not read for a moment")              \
    X(sessions_starved, "times a session was not read for want of a free entry")                   \
    X(sessions_replaced, "DC-09 sessions ended because their panel called again")                  \
    X(certificates_refused, "peers without an accepted certificate")                               \
    X(certificates_expired, "sessions with an expired certificate")                                \
    X(credentials_revoked, "sessions refused for a revoked credential")                            \
    X(frames_native, "native frames taken")                                                        \
    X(frames_dc09, "DC-09 frames taken")                                                           \
    X(frames_malformed, "frames that could not be read")                                           \
    X(frames_oversized, "frames over the limit")                                                   \
    X(frames_unknown, "frames of an unknown kind")                                                 \
    X(frames_checksum, "frames with a wrong checksum")                                             \
    X(frames_resent, "copies of frames taken lately, answered without a record each")              \
    X(frames_replayed, "encrypted frames no newer than one before: no sign of life")               \
    X(frames_undecryptable, "frames no key on record opens")                                       \
    X(accounts_unknown, "frames from an account the registry does not know")                       \
    X(accounts_refused, "frames refused because their listener takes registered accounts only")    \
    X(clear_refused, "clear frames refused by their listener: the account has a key")              \
    X(datagrams, "datagrams taken")                                                                \
    X(datagrams_silenced, "frames of datagrams left unanswered at a limit")                        \
    X(datagrams_unsent, "answers the network did not take")                                        \
    X(heartbeats, "heartbeats taken")                                                              \
    X(signals, "signals taken")                                                                    \
    X(signals_unregistered, "signals from units the registry does not know")                       \
    X(receipts, "positive receipts sent")                                                          \
    X(receipts_retry, "receipts that asked for a retry")                                           \
    X(journal_records, "records appended")                                                         \
    X(journal_bytes, "bytes appended")                                                             \
    X(journal_batches, "batches made durable")                                                     \
    X(journal_failures, "batches that failed")                                                     \
    X(desk_records, "records applied")                                                             \
    X(desk_repeats, "retransmissions recognised")                                                  \
    X(joined_unasked, "signals that went with the one a moment before, unasked")                   \
    X(resolve_requests, "look-ups asked")                                                          \
    X(resolve_cached, "look-ups answered from the last known record")                              \
    X(resolve_unknown, "look-ups without any answer")                                              \
    X(resolve_again, "look-ups answered with what PostgreSQL said of the unit a moment ago")       \
    X(resolve_as_before, "answers that named the incident which holds the card already")           \
    X(resolve_as_before_gone,                                                                      \
      "of them, those whose incident had no such card any more: asked again")                      \
    X(resolve_together, "records with the answers for several signals")                            \
    X(resolve_late, "look-ups answered by PostgreSQL after their deadline")                        \
    X(snapshots_refused, "damaged snapshots refused at start")                                     \
    X(incidents_opened, "incidents opened")                                                        \
    X(incidents_closed, "incidents closed")                                                        \
    X(recorded, "records whose effects are in PostgreSQL")                                         \
    X(record_rests, "times the recorder left the processor to alarms")                             \
    X(record_failures, "batches PostgreSQL refused or lost")                                       \
    X(record_refused, "effects PostgreSQL refused and that were parked")                           \
    X(record_dropped, "effects not taken, left to the next replay")                                \
    X(checkpoints, "times the state was packed for a checkpoint")                                  \
    X(deltas, "deltas sent to the outlet")                                                         \
    X(clients_opened, "console clients opened")                                                    \
    X(clients_closed, "console clients closed")                                                    \
    X(client_frames_malformed, "console frames that could not be read")                            \
    X(actions_refused, "actions refused")

#define X(name, text) extern _Atomic uint64_t counter_##name;
COUNTER_LIST(X)
#undef X

#define counter_add(name, amount)                                                                  \
    (void)atomic_fetch_add_explicit(&counter_##name, (uint64_t)(amount), memory_order_relaxed)
#define counter_get(name) atomic_load_explicit(&counter_##name, memory_order_relaxed)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a panel's clock is believed to be, and whether the answer is ACK or NAK. Pure, any thread.
 *
 * An event is raised whatever its timestamp (REQ R0): the verdict only labels it and chooses the
 * answer. A NAK carries our time so that a panel can set its clock and send again with the same
 * sequence; that resend is recognised as the same signal. A fleet that cannot set its clock must
 * not loop: a frame that had its NAK is acknowledged when it comes again.
 */
#ifndef INTAKE_DC09_CLOCK_H
#define INTAKE_DC09_CLOCK_H

#include "intake/dc09_message.h"

struct dc09_clock_policy
{
    int32_t behind_s_max; /* how old a timestamp may be; default 40 */
    int32_t ahead_s_max;  /* how far ahead; default 20 */
    bool nak_encrypted;   /* answer NAK outside the window; default true */
    bool nak_clear;       /* the same for clear text; default false: there it is advisory */
};

struct dc09_clock_verdict
{
    bool suspect;     /* label the signal BADGE_CLOCK_SUSPECT */
    bool nak;         /* answer NAK instead of ACK, after the signal is durable all the same */
    bool alive;       /* a NULL with this timestamp may count as a sign of life: an encrypted one
                         outside the window may be a recording, until it was sent again after NAK */
    int64_t ahead_us; /* the panel's clock minus ours; 0 when it gave none */
};

struct dc09_clock_policy dc09_clock_default(void);

/*
 * `message` decoded (and opened when encrypted), `received_us` wall time at receipt, `nak_before`:
 * this account's frame with this sequence was answered with NAK already.
 */
struct dc09_clock_verdict
dc09_clock_judge(const struct dc09_clock_policy *policy, const struct dc09_message *message,
                 int64_t received_us, bool nak_before);

#endif

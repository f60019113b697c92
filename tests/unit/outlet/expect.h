/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the outlet say and expect over a bare connection (fixture_connect). Each expect_
 * function fails the test when something else comes. */
#ifndef TEST_OUTLET_EXPECT_H
#define TEST_OUTLET_EXPECT_H

#include "fixture.h"

void drop_frame(Larwm__Console__ServerFrame *frame);
/* The next frame, which must be of `kind`. */
Larwm__Console__ServerFrame *expect_frame(int fd, Larwm__Console__ServerFrame__BodyCase kind);
/* Hello as an operator who watches, Welcome, Snapshot; returns the stream id. */
uint64_t expect_start(int fd, const char *user);
/* Deltas `from` to `to`, in order, and nothing in between. */
void expect_deltas(int fd, uint64_t from, uint64_t to);
void send_action(int fd, uint64_t ref, Larwm__Journal__Action *action);
void send_next(int fd, uint64_t ref);
void expect_refusal(int fd, uint64_t ref, const char *refusal);
/* Hello in any role, without watching, and its Welcome. */
void hello_as(int fd, const char *user, Larwm__Role role, bool on_duty);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "expect.h"

#include <criterion/criterion.h>
#include <string.h>

void
drop_frame(Larwm__Console__ServerFrame *frame)
{
    larwm__console__server_frame__free_unpacked(frame, NULL);
}

/* The next frame, which must be of `kind`. */
Larwm__Console__ServerFrame *
expect_frame(int fd, Larwm__Console__ServerFrame__BodyCase kind)
{
    Larwm__Console__ServerFrame *frame = fixture_receive(fd);
    cr_assert_not_null(frame, "closed");
    cr_assert_eq(frame->body_case, kind, "kind %d", (int)frame->body_case);
    return frame;
}

/* Hello, Welcome, Snapshot; returns the stream id. */
uint64_t
expect_start(int fd, const char *user)
{
    fixture_hello(fd, user, 0, 0);
    Larwm__Console__ServerFrame *frame =
        expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    uint64_t stream = frame->welcome->stream;
    cr_expect_not(frame->welcome->resumed);
    drop_frame(frame);
    drop_frame(expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT));
    return stream;
}

/* Reads deltas `from`..`to` in order. */
void
expect_deltas(int fd, uint64_t from, uint64_t to)
{
    for (uint64_t number = from; number <= to; number++) {
        Larwm__Console__ServerFrame *frame =
            expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA);
        cr_assert_eq(frame->delta->sequence, number);
        drop_frame(frame);
    }
}

void
send_action(int fd, uint64_t ref, Larwm__Journal__Action *action)
{
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = ref;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION;
    frame.action = action;
    fixture_write_frame(fd, &frame);
}

void
send_next(int fd, uint64_t ref)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    send_action(fd, ref, &action);
}

void
expect_refusal(int fd, uint64_t ref, const char *refusal)
{
    Larwm__Console__ServerFrame *frame =
        expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT);
    cr_expect_eq(frame->result->ref, ref);
    cr_expect_not(frame->result->ok);
    cr_expect_str_eq(frame->result->refusal, refusal);
    drop_frame(frame);
}

void
hello_as(int fd, const char *user, Larwm__Role role, bool on_duty)
{
    Larwm__Console__Hello hello = LARWM__CONSOLE__HELLO__INIT;
    hello.version = 1;
    hello.user = (char *)(uintptr_t)user;
    hello.role = role;
    hello.on_duty = on_duty;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO;
    frame.hello = &hello;
    fixture_write_frame(fd, &frame);
    drop_frame(expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cache.h"

#include <criterion/criterion.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

static struct web_cache cache;
static uint8_t bytes[256];

static void
tear_down(void)
{
    web_cache_clear(&cache);
    cr_expect_eq(cache.bytes, 0);
}

TestSuite(cache, .fini = tear_down);

static struct console_frame
pack(const Larwm__Console__ServerFrame *frame)
{
    struct console_frame packed = {.kind = frame->body_case, .bytes = bytes};
    packed.size = larwm__console__server_frame__pack(frame, bytes);
    return packed;
}

static struct console_frame
delta_frame(uint64_t sequence)
{
    Larwm__Console__Delta delta = LARWM__CONSOLE__DELTA__INIT;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    delta.sequence = sequence;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA;
    frame.delta = &delta;
    return pack(&frame);
}

Test(cache, many_browsers_cost_one_conversion_of_a_delta)
{
    struct console_frame frame = delta_frame(7);
    struct web_text *texts[50];
    for (unsigned i = 0; i < 50; i++) {
        cr_assert_eq(web_cache_text(&cache, &frame, &texts[i]), ERROR_NONE);
        cr_expect_eq(texts[i], texts[0]);
    }
    cr_expect_eq(cache.conversions, 1);
    cr_expect_eq(texts[0]->size, strlen("{\"delta\":{\"sequence\":\"7\"}}"));
    cr_expect_eq(
        memcmp(texts[0]->bytes + LWS_PRE, "{\"delta\":{\"sequence\":\"7\"}}", texts[0]->size), 0);
    for (unsigned i = 0; i < 50; i++) {
        web_text_drop(texts[i]);
    }
}

Test(cache, deltas_that_differ_never_share_a_text)
{
    struct web_text *text = NULL;
    for (uint64_t sequence = 1; sequence <= 5000; sequence++) {
        char wanted[64];
        struct console_frame frame = delta_frame(sequence);
        (void)snprintf(wanted, sizeof wanted, "{\"delta\":{\"sequence\":\"%llu\"}}",
                       (unsigned long long)sequence);
        cr_assert_eq(web_cache_text(&cache, &frame, &text), ERROR_NONE);
        cr_assert_eq(text->size, strlen(wanted));
        cr_expect_eq(memcmp(text->bytes + LWS_PRE, wanted, text->size), 0);
        web_text_drop(text);
    }
    cr_expect_leq(cache.bytes, WEB_CACHE_BYTES);
}

Test(cache, a_text_in_use_outlives_the_cache)
{
    struct console_frame frame = delta_frame(7);
    struct web_text *text = NULL;
    cr_assert_eq(web_cache_text(&cache, &frame, &text), ERROR_NONE);
    web_cache_clear(&cache);
    cr_expect_eq(text->references, 1);
    cr_expect_eq(text->bytes[LWS_PRE], '{');
    web_text_drop(text);
}

Test(cache, what_one_browser_alone_may_see_is_not_kept)
{
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    struct web_text *text = NULL;
    result.revealed = (char *)(uintptr_t) "an invented name";
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT;
    frame.result = &result;
    struct console_frame packed = pack(&frame);
    cr_assert_eq(web_cache_text(&cache, &packed, &text), ERROR_NONE);
    cr_expect_eq(text->references, 1);
    cr_expect_eq(cache.bytes, 0);
    web_text_drop(text);
}

Test(cache, bytes_that_are_no_frame_are_refused)
{
    struct web_text *text = NULL;
    struct console_frame frame = {.kind = LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA,
                                  .bytes = (const uint8_t *)"\x1a\x7f",
                                  .size = 2};
    cr_expect_eq(web_cache_text(&cache, &frame, &text), ERROR_MALFORMED);
}

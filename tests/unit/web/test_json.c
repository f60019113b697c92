/* SPDX-License-Identifier: Apache-2.0 */
#include "web/json.h"

#include "base/require.h"
#include "console.pb-c.h"
#include "fill.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define D(name) &larwm__##name##__descriptor
static const ProtobufCMessageDescriptor *const descriptors[] = {
    D(console__client_frame),
    D(console__server_frame),
    D(console__hello),
    D(console__welcome),
    D(console__snapshot),
    D(console__delta),
    D(console__tick),
    D(console__status),
    D(console__system_notice),
    D(console__result),
    D(console__credential_query),
    D(console__credential),
    D(console__ping),
    D(console__pong),
    D(console__incident),
    D(console__signal_summary),
    D(console__position_view),
    D(console__escalation),
    D(console__history_entry),
    D(card),
    D(case_card),
    D(place),
    D(marker),
    D(force),
    D(position),
    D(journal__action),
    D(journal__police),
    D(journal__signal),
    D(journal__resolved),
};

static ProtobufCMessage *
read_text(const ProtobufCMessageDescriptor *descriptor, const char *text)
{
    ProtobufCMessage *message = NULL;
    enum error error = web_json_read(descriptor, text, strlen(text), &message);
    cr_assert_eq(error, ERROR_NONE, "%s: %s", text, error_text(error));
    return message;
}

static void
expect(const char *text, enum error wanted)
{
    ProtobufCMessage *message = NULL;
    enum error error = web_json_read(D(console__client_frame), text, strlen(text), &message);
    cr_expect_eq(error, wanted, "%s: %s", text, error_text(error));
    if (error == ERROR_NONE) {
        protobuf_c_message_free_unpacked(message, NULL);
    }
}

static void
there_and_back(const ProtobufCMessageDescriptor *descriptor, unsigned choice)
{
    ProtobufCMessage *message = fill_message(descriptor, choice);
    ProtobufCMessage *back = NULL;
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(web_json_write(message, &text, &size), ERROR_NONE, "%s", descriptor->name);
    cr_assert_eq(web_json_read(descriptor, text, size, &back), ERROR_NONE, "%s %u: %s",
                 descriptor->name, choice, text);
    size_t packed = protobuf_c_message_get_packed_size(message);
    uint8_t *one = malloc(packed + 1);
    uint8_t *other = malloc(packed + 1);
    cr_assert_eq(protobuf_c_message_get_packed_size(back), packed, "%s", descriptor->name);
    (void)protobuf_c_message_pack(message, one);
    (void)protobuf_c_message_pack(back, other);
    cr_expect_eq(memcmp(one, other, packed), 0, "%s %u: %s", descriptor->name, choice, text);
    free(one);
    free(other);
    free(text);
    protobuf_c_message_free_unpacked(message, NULL);
    protobuf_c_message_free_unpacked(back, NULL);
}

Test(json, every_message_of_the_console_protocol_goes_there_and_back)
{
    for (unsigned i = 0; i < ARRAY_COUNT(descriptors); i++) {
        for (unsigned choice = 0; choice < fill_choices(descriptors[i]); choice++) {
            there_and_back(descriptors[i], choice);
        }
    }
}

Test(json, names_are_camel_case_enums_words_large_numbers_strings_and_defaults_left_out)
{
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    Larwm__Console__Tick tick = LARWM__CONSOLE__TICK__INIT;
    char *text = NULL;
    size_t size = 0;
    result.ref = 7;
    result.refusal = (char *)(uintptr_t) "TAKEN";
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT;
    frame.result = &result;
    cr_assert_eq(web_json_write(&frame.base, &text, &size), ERROR_NONE);
    cr_expect_str_eq(text, "{\"result\":{\"ref\":\"7\",\"refusal\":\"TAKEN\"}}");
    cr_expect_eq(size, strlen(text));
    free(text);
    tick.server_time_us = -5;
    tick.database_up = 1;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_TICK;
    frame.tick = &tick;
    cr_assert_eq(web_json_write(&frame.base, &text, &size), ERROR_NONE);
    cr_expect_str_eq(text, "{\"tick\":{\"serverTimeUs\":\"-5\",\"databaseUp\":true}}");
    free(text);
}

Test(json, an_empty_member_of_a_oneof_is_still_written)
{
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    Larwm__Console__Pong pong = LARWM__CONSOLE__PONG__INIT;
    char *text = NULL;
    size_t size = 0;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_PONG;
    frame.pong = &pong;
    cr_assert_eq(web_json_write(&frame.base, &text, &size), ERROR_NONE);
    cr_expect_str_eq(text, "{\"pong\":{}}");
    free(text);
}

Test(json, text_that_is_no_utf8_is_mended_and_the_frame_not_lost)
{
    Larwm__Console__HistoryEntry entry = LARWM__CONSOLE__HISTORY_ENTRY__INIT;
    char *text = NULL;
    size_t size = 0;
    entry.text = (char *)(uintptr_t) "a\xff"
                                     "b\xc5";
    cr_assert_eq(web_json_write(&entry.base, &text, &size), ERROR_NONE);
    cr_expect_str_eq(text, "{\"text\":\"a\xEF\xBF\xBD"
                           "b\xEF\xBF\xBD\"}");
    free(text);
}

Test(json, an_enum_number_without_a_word_is_written_as_a_number_and_read_back)
{
    Larwm__Console__HistoryEntry entry = LARWM__CONSOLE__HISTORY_ENTRY__INIT;
    char *text = NULL;
    size_t size = 0;
    entry.kind = (Larwm__Console__HistoryKind)999;
    cr_assert_eq(web_json_write(&entry.base, &text, &size), ERROR_NONE);
    cr_expect_str_eq(text, "{\"kind\":999}");
    ProtobufCMessage *back = read_text(D(console__history_entry), text);
    cr_expect_eq((int)((Larwm__Console__HistoryEntry *)(void *)back)->kind, 999);
    protobuf_c_message_free_unpacked(back, NULL);
    free(text);
}

Test(json, what_the_page_sends_is_read)
{
    ProtobufCMessage *message = read_text(
        D(console__client_frame), "{\"hello\":{\"version\":1,\"watch\":true,\"onDuty\":true,"
                                  "\"stream\":\"18446744073709551615\",\"after\":\"12\"}}");
    const Larwm__Console__ClientFrame *frame = (void *)message;
    cr_assert_eq(frame->body_case, LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO);
    cr_expect_eq(frame->hello->version, 1);
    cr_expect_eq(frame->hello->on_duty, 1);
    cr_expect_eq(frame->hello->stream, UINT64_MAX);
    cr_expect_eq(frame->hello->after, 12);
    protobuf_c_message_free_unpacked(message, NULL);
}

Test(json, own_names_nulls_and_plain_numbers_are_accepted_as_proto3_json_asks)
{
    expect("{\"hello\":{\"on_duty\":true,\"after\":3,\"user\":null}}", ERROR_NONE);
    expect("{\"hello\":null,\"ping\":{}}", ERROR_NONE);
    expect("{\"action\":{\"kind\":1,\"minutes\":\"5\"}}", ERROR_NONE);
}

Test(json, members_that_are_not_known_are_passed_over)
{
    expect("{\"ref\":\"1\",\"future\":{\"a\":[1,2,{}]},\"ping\":{\"other\":true}}", ERROR_NONE);
}

Test(json, wrong_types_and_numbers_out_of_range_are_refused)
{
    static const char *const texts[] = {"{\"ref\":-1}",
                                        "{\"ref\":\"-1\"}",
                                        "{\"ref\":1.5}",
                                        "{\"ref\":\" 1\"}",
                                        "{\"ref\":\"\"}",
                                        "{\"ref\":\"+1\"}",
                                        "{\"ref\":\"0x1\"}",
                                        "{\"ref\":\"18446744073709551616\"}",
                                        "{\"ref\":true}",
                                        "{\"ref\":[]}",
                                        "{\"ref\":{}}",
                                        "{\"ref\":\"1\\u0000\"}",
                                        "{\"hello\":1}",
                                        "{\"hello\":[]}",
                                        "{\"hello\":{\"version\":4294967296}}",
                                        "{\"hello\":{\"watch\":1}}",
                                        "{\"hello\":{\"watch\":\"true\"}}",
                                        "{\"hello\":{\"user\":5}}",
                                        "{\"hello\":{\"user\":\"a\\u0000b\"}}",
                                        "{\"hello\":{\"role\":\"ROLE_KING\"}}",
                                        "{\"hello\":{\"role\":99999999999}}",
                                        "{\"hello\":{\"role\":1.0}}",
                                        "{\"ping\":{\"clientTimeUs\":\"9223372036854775808\"}}",
                                        "{\"hello\":{\"onDuty\":true,\"on_duty\":true}}"};
    for (unsigned i = 0; i < ARRAY_COUNT(texts); i++) {
        expect(texts[i], ERROR_MALFORMED);
    }
}

Test(json, a_list_with_one_bad_item_is_refused_whole)
{
    static const char *const texts[] = {"{\"hazards\":[\"dog\",5]}", "{\"hazards\":[5]}",
                                        "{\"hazards\":[null]}", "{\"hazards\":\"dog\"}",
                                        "{\"hazards\":[[]]}"};
    for (unsigned i = 0; i < ARRAY_COUNT(texts); i++) {
        ProtobufCMessage *message = NULL;
        cr_expect_eq(web_json_read(D(case_card), texts[i], strlen(texts[i]), &message),
                     ERROR_MALFORMED, "%s", texts[i]);
    }
}

Test(json, bytes_that_are_not_base64_are_refused)
{
    static const char *const texts[] = {"{\"totpSecret\":\"AP9/=\"}", "{\"totpSecret\":\"A\"}",
                                        "{\"totpSecret\":\"!!!!\"}", "{\"totpSecret\":7}"};
    for (unsigned i = 0; i < ARRAY_COUNT(texts); i++) {
        ProtobufCMessage *message = NULL;
        cr_expect_eq(web_json_read(D(console__credential), texts[i], strlen(texts[i]), &message),
                     ERROR_MALFORMED, "%s", texts[i]);
    }
}

Test(json, two_members_of_one_oneof_are_refused)
{
    expect("{\"hello\":{\"version\":1},\"ping\":{}}", ERROR_MALFORMED);
    expect("{\"ping\":{},\"action\":{\"kind\":\"ACTION_NEXT\"}}", ERROR_MALFORMED);
}

Test(json, text_that_is_not_one_json_object_is_refused)
{
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "null",
                                        "1",
                                        "\"x\"",
                                        "{}x",
                                        "{,}",
                                        "{\"a\":1,\"a\":2}",
                                        "{\"ref\":01}",
                                        "{'ref':1}",
                                        "{\"hello\":{\"user\":\"\xff\"}}",
                                        "{\"ref\":NaN}"};
    for (unsigned i = 0; i < ARRAY_COUNT(texts); i++) {
        expect(texts[i], ERROR_MALFORMED);
    }
}

Test(json, deep_nesting_is_refused_before_it_is_parsed)
{
    char text[4096];
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    expect(text, ERROR_TOO_LARGE);
}

Test(json, brackets_and_escaped_quotes_inside_strings_are_not_nesting_and_hide_none)
{
    expect("{\"hello\":{\"user\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\"}}", ERROR_NONE);
    expect("{\"a\":\"\\\\\",\"b\":[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]}", ERROR_TOO_LARGE);
    expect("{\"a\":\"x\\", ERROR_MALFORMED);
}

Test(json, text_over_the_limit_is_refused_by_its_size)
{
    size_t size = WEB_JSON_TEXT_MAX + 1;
    char *text = malloc(size);
    ProtobufCMessage *message = NULL;
    memset(text, ' ', size);
    memcpy(text, "{}", 2);
    cr_expect_eq(web_json_read(D(console__client_frame), text, size, &message), ERROR_TOO_LARGE);
    cr_assert_eq(web_json_read(D(console__client_frame), text, size - 1, &message), ERROR_NONE);
    protobuf_c_message_free_unpacked(message, NULL);
    free(text);
}

Test(json, a_valid_frame_cut_at_any_byte_or_with_any_byte_changed_never_harms)
{
    ProtobufCMessage *filled = fill_message(D(console__client_frame), 1);
    char *text = NULL;
    size_t size = 0;
    cr_assert_eq(web_json_write(filled, &text, &size), ERROR_NONE);
    protobuf_c_message_free_unpacked(filled, NULL);
    for (size_t i = 0; i < size; i++) {
        ProtobufCMessage *message = NULL;
        cr_expect_neq(web_json_read(D(console__client_frame), text, i, &message), ERROR_NONE);
        for (unsigned change = 1; change < 256; change += 7) {
            text[i] = (char)(text[i] ^ (char)change);
            if (web_json_read(D(console__client_frame), text, size, &message) == ERROR_NONE) {
                protobuf_c_message_free_unpacked(message, NULL);
            }
            text[i] = (char)(text[i] ^ (char)change);
        }
    }
    free(text);
}

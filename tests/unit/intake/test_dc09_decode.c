/* SPDX-License-Identifier: Apache-2.0 */
#include "test_dc09_support.h"

#include "intake/dc09_chars.h"

static struct support_frame frame;

static void
check_malformed(const char *body, size_t wrong_at)
{
    struct dc09_frame bare = {.body = (const uint8_t *)body, .body_size = strlen(body)};
    struct dc09_message message;

    cr_assert_eq(dc09_decode(&bare, &message), ERROR_MALFORMED, "%s", body);
    cr_assert_eq(message.wrong_at, wrong_at, "%s: %s at %zu", body, message.wrong,
                 message.wrong_at);
    cr_assert_not_null(message.wrong);
}

Test(dc09_decode, says_exactly_where_a_frame_cannot_be_read)
{
    check_malformed("", 0);
    check_malformed("SIA", 0);
    check_malformed("\"\"0001L0#A1[]", 1);
    check_malformed("\"SIA DCS\"0001L0#A1[]", 4);
    check_malformed("\"SIA-DCS\"00x1L0#A1[]", 11);
    check_malformed("\"SIA-DCS\"00", 11);
    check_malformed("\"SIA-DCS\"0001L0#A1?[]", 18);
    check_malformed("\"SIA-DCS\"0001X0[]", 13);
    check_malformed("\"SIA-DCS\"0001L0#0123456789012345678901234[]", 39);
    check_malformed("\"SIA-DCS\"0001R0123456789ABCDEFL0123456789ABCDEF#ABCDEF0123456[]", 61);
}

Test(dc09_decode, an_unknown_token_is_read_so_that_it_can_be_answered)
{
    support_decode_body(&frame, "\"ACR-SF\"0042R1L2#A10001[#A10001|x]");
    cr_assert_eq(frame.message.token, DC09_TOKEN_UNKNOWN);
    support_check_view(frame.message.token_text, "ACR-SF");
    support_check_view(frame.message.head, "R1L2#A10001");
    cr_assert(!dc09_is_event(&frame.message));
}

Test(dc09_decode, takes_data_with_and_without_an_account)
{
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[|Nri1/CL501]");
    support_check_view(frame.message.payload, "Nri1/CL501");
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[Nri1/WA000]");
    support_check_view(frame.message.payload, "Nri1/WA000");
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[#A10001]");
    cr_assert_eq(frame.message.payload.size, 0u);
    support_check_view(frame.message.data_account, "A10001");
}

Test(dc09_decode, takes_the_account_of_the_data_when_the_head_has_none)
{
    support_decode_body(&frame, "\"SIA-DCS\"0001L0[#A10001|Nri1/PA001]");
    support_check_view(frame.message.account, "A10001");
    support_check_view(frame.message.head, "L0");
}

Test(dc09_decode, compares_the_two_accounts_without_regard_to_case)
{
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#a10001[#A10001|Nri1/PA001]");
    cr_assert_eq(frame.message.oddities & DC09_ODD_ACCOUNT_DIFFERS, 0u);
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[#A10002|Nri1/PA001]");
    cr_assert(frame.message.oddities & DC09_ODD_ACCOUNT_DIFFERS);
}

Test(dc09_decode, keeps_unknown_xdata_and_flags_a_request_for_a_key)
{
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[|NPA1][Qwhat] [K0123][][Rbedroom]");
    cr_assert_eq(frame.message.xdata_count, 3u);
    cr_assert(frame.message.oddities & DC09_ODD_KEY_REQUEST);
    support_check_view(dc09_xdata_find(&frame.message, 'Q')->value, "what");
    support_check_view(dc09_xdata_find(&frame.message, 'R')->value, "bedroom");
    cr_assert_null(dc09_xdata_find(&frame.message, 'Z'));
}

Test(dc09_decode, more_xdata_than_is_kept_costs_nothing_else)
{
    char body[256] = "\"SIA-DCS\"0001L0#A10001[|NPA1]";

    for (int i = 0; i < DC09_XDATA_MAX + 3; i++) {
        strcat(body, "[Tx]");
    }
    strcat(body, "_12:00:00,11-22-2026");
    support_decode_body(&frame, body);
    cr_assert_eq(frame.message.xdata_count, (unsigned)DC09_XDATA_MAX);
    cr_assert(frame.message.oddities & DC09_ODD_XDATA_MANY);
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
}

Test(dc09_decode, bytes_after_the_last_field_are_flagged_and_ignored)
{
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[|NPA1]_12:00:00,11-22-2026 and more");
    cr_assert(frame.message.oddities & DC09_ODD_TRAILING);
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
    support_check_view(frame.message.payload, "NPA1");
}

Test(dc09_decode, a_time_of_occurrence_goes_before_the_time_of_sending)
{
    support_decode_body(
        &frame, "\"SIA-DCS\"0001L0#A10001[|NPA1][H11:59:30,11-22-2026]_12:00:00,11-22-2026");
    cr_assert_eq(dc09_device_time_us(&frame.message), SUPPORT_NOON - 30000000);
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[|NPA1][Hsoon]_12:00:00,11-22-2026");
    cr_assert_eq(dc09_device_time_us(&frame.message), SUPPORT_NOON);
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[|NPA1]");
    cr_assert_eq(dc09_device_time_us(&frame.message), 0);
}

Test(dc09_decode, a_frame_without_brackets_is_an_empty_one)
{
    support_decode_body(&frame, "\"NULL\"0000L0#A10001");
    cr_assert_eq(frame.message.payload.size, 0u);
    cr_assert(frame.message.opened);
}

Test(dc09_decode, names_its_tokens)
{
    cr_assert_str_eq(dc09_token_text(DC09_TOKEN_ADM_CID), "ADM-CID");
    cr_assert_str_eq(dc09_token_text(DC09_TOKEN_UNKNOWN), "?");
}

/* REQ R0 TEST: a bracket in the panel's words ends the data early, and costs nothing else. */
Test(dc09_decode, a_bracket_in_the_words_costs_neither_position_nor_time)
{
    struct dc09_position position;
    struct dc09_signal signal;

    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001^bed [2] my_room^]"
                                "[X003W10.7454][Y51N28.8949]_12:00:00,11-22-2026");
    dc09_interpret(&frame.message, &signal);
    cr_assert_eq(signal.kind, SIGNAL_PANIC);
    cr_assert_str_eq(signal.text, "bed [2");
    cr_assert(dc09_xdata_position(&frame.message, &position));
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
    cr_assert(frame.message.oddities & DC09_ODD_TRAILING);
}

Test(dc09_decode, a_second_timestamp_is_a_byte_after_the_last_field)
{
    support_decode_body(&frame,
                        "\"SIA-DCS\"0001L0#A10001[|NPA1]_12:00:00,11-22-2026_13:00:00,11-22-2026");
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
    cr_assert(frame.message.oddities & DC09_ODD_TRAILING);
}

Test(dc09_decode, an_unclosed_field_that_looks_like_a_timestamp_is_all_field)
{
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[_12:00:00,11-22-2026");
    cr_assert_eq(frame.message.payload.size, 0u);
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[12:00:00,11-22-2026");
    support_check_view(frame.message.payload, "12:00:00,11-22-2026");
    support_decode_body(&frame, "\"SIA-DCS\"0001L0#A10001[|NPA1][12:00:00,11-22-2026");
    support_check_view(frame.message.xdata[0].value, "2:00:00,11-22-2026");
}

Test(dc09_decode, a_character_that_is_no_hex_digit_has_no_value)
{
    cr_assert_eq(dc09_hex_value('G'), -1);
    cr_assert_eq(dc09_hex_value('f'), 15);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "test_dc09_support.h"

#include <stdlib.h>

static struct dc09_event events[DC09_EVENTS_MAX];
static bool more;

static unsigned
read_sia(const char *payload)
{
    return dc09_read_sia(support_view(payload), events, &more);
}

static void
check_sia(const char *payload, const char *code, const char *area, const char *zone,
          const char *text)
{
    cr_assert_eq(read_sia(payload), 1u, "%s", payload);
    cr_assert_str_eq(events[0].code, code, "%s", payload);
    support_check_view(events[0].area, area);
    support_check_view(events[0].zone, zone);
    support_check_view(events[0].text, text);
}

Test(dc09_payload_sia, reads_what_panels_send)
{
    check_sia("Nri1/PA001", "PA", "1", "001", "");
    check_sia("NFA129", "FA", "", "129", "");
    check_sia("NCQ1", "CQ", "", "1", "");
    check_sia("Nri1CL0^VX FRONTE ^", "CL", "1", "0", "VX FRONTE ");
    check_sia("Nri1BA503^Volum.Taverna   Appartam.Giorno ^", "BA", "1", "503",
              "Volum.Taverna   Appartam.Giorno ");
    check_sia("Nti12:00:00/id012/ri02/PA7", "PA", "02", "7", "");
    check_sia("NRR|Atest", "RR", "", "", "test");
    check_sia("Nri1/CP501*'J. Example'NM", "CP", "1", "501", "J. Example");
    check_sia("Nri1/WA000", "WA", "1", "000", "");
    check_sia("PA001", "PA", "", "001", "");
    check_sia("ORP0000", "RP", "", "0000", "");
}

Test(dc09_payload_sia, tells_the_block_letter_from_codes_that_start_with_n_or_o)
{
    check_sia("NA001", "NA", "", "001", "");
    check_sia("NNA001", "NA", "", "001", "");
    check_sia("OP001", "OP", "", "001", "");
    check_sia("NOP001", "OP", "", "001", "");
    check_sia("NAT", "AT", "", "", "");
}

Test(dc09_payload_sia, keeps_user_and_area_for_the_events_after_them)
{
    cr_assert_eq(read_sia("Nid7/ri2/BA01/ri3/BA02"), 2u);
    support_check_view(events[0].area, "2");
    support_check_view(events[1].area, "3");
    support_check_view(events[1].user, "7");
}

Test(dc09_payload_sia, reads_several_events_with_and_without_separators)
{
    cr_assert_eq(read_sia("Nri1/BA001/PA002"), 2u);
    cr_assert_eq(read_sia("Nri1BA001^door^PA002^bed^"), 2u);
    support_check_view(events[0].text, "door");
    support_check_view(events[1].text, "bed");
    cr_assert_eq(read_sia("NBA001PA002|Awords|NFA3"), 3u);
    support_check_view(events[1].text, "words");
    cr_assert_str_eq(events[2].code, "FA");
}

Test(dc09_payload_sia, survives_anything_in_a_text)
{
    check_sia("NPA1^not closed", "PA", "", "1", "not closed");
    check_sia("NPA1^^", "PA", "", "1", "");
    check_sia("NPA1^", "PA", "", "1", "");
    check_sia("NPA1**''", "PA", "", "1", "");
    check_sia("NPA1|", "PA", "", "1", "");
    check_sia("NPA1|A", "PA", "", "1", "");
}

Test(dc09_payload_sia, looks_at_no_byte_behind_the_payload)
{
    static const char text[] = "Nri1/PA001"; /* what follows the cut would change what is read */

    for (size_t size = 0; size < sizeof(text); size++) {
        char *exact = malloc(size == 0 ? 1 : size);
        cr_assert_not_null(exact);
        memcpy(exact, text, size);
        (void)dc09_read_sia((struct dc09_view){exact, size}, events, &more);
        free(exact);
    }
    cr_assert_eq(dc09_read_sia((struct dc09_view){"PA001PA", 6}, events, &more), 1u);
    support_check_view(events[0].zone, "001P");
}

Test(dc09_payload_sia, gives_an_unknown_event_where_none_can_be_read)
{
    static const char *const odd[] = {"", "N", "ri1/", "/////", "12345", "^text^"};

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        cr_assert_eq(read_sia(odd[i]), 1u);
        cr_assert_str_eq(events[0].code, "");
        cr_assert_eq(events[0].meaning.kind, SIGNAL_UNKNOWN);
        support_check_view(events[0].text, odd[i]);
    }
}

Test(dc09_payload_sia, of_too_many_events_the_gravest_are_kept)
{
    cr_assert_eq(read_sia("NCL1/CL2/CL3/CL4/CL5/CL6/CL7/CL8/CL9/PA10^bedroom^/CL11^hall^"),
                 (unsigned)DC09_EVENTS_MAX);
    cr_assert(more);
    unsigned found = 0;
    for (unsigned i = 0; i < DC09_EVENTS_MAX; i++) {
        if (strcmp(events[i].code, "PA") == 0) {
            found += 1;
            support_check_view(events[i].text, "bedroom");
        }
    }
    cr_assert_eq(found, 1u);
}

static void
check_cid(const char *payload, const char *code, const char *area, const char *zone)
{
    cr_assert_eq(dc09_read_cid(support_view(payload), events, &more), 1u);
    cr_assert(!more);
    cr_assert_str_eq(events[0].code, code, "%s", payload);
    support_check_view(events[0].area, area);
    support_check_view(events[0].zone, zone);
}

Test(dc09_payload_cid, reads_the_three_fields)
{
    check_cid("1120 01 001", "1120", "01", "001");
    cr_assert_eq(events[0].meaning.kind, SIGNAL_PANIC);
    cr_assert(!events[0].restore);
    check_cid("3130 02 017", "3130", "02", "017");
    cr_assert(events[0].restore);
    cr_assert_eq(events[0].class_hint, PRIORITY_P5);
    check_cid("6301 00 000", "6301", "00", "000");
    cr_assert(events[0].still_present);
    cr_assert(!events[0].restore);
}

Test(dc09_payload_cid, counts_blanks_loosely)
{
    check_cid(" 1120  01   001 ", "1120", "01", "001");
    check_cid("112001001", "1120", "01", "001");
    check_cid("1120", "1120", "", "");
    check_cid("1120 01", "1120", "01", "");
}

Test(dc09_payload_cid, a_zone_of_more_than_three_digits_is_not_cut)
{
    check_cid("1130 01 0012", "1130", "01", "0012");
    check_cid("1130 01 0012 door", "1130", "01", "0012");
    support_check_view(events[0].text, "door");
    check_cid("1130 01 001Door", "1130", "01", "001");
}

Test(dc09_payload_cid, finds_the_event_behind_an_account_without_its_sign)
{
    check_cid("1234|1120 01 001", "1120", "01", "001");
    check_cid("1120 01 001|Awords", "1120", "01", "001");
}

Test(dc09_payload_cid, gives_an_unknown_event_where_none_can_be_read)
{
    check_cid("", "", "", "");
    check_cid("hello", "", "", "");
    cr_assert_eq(events[0].meaning.kind, SIGNAL_UNKNOWN);
    support_check_view(events[0].text, "hello");
    check_cid("1ABC 01 001", "1ABC", "01", "001");
    cr_assert(!events[0].meaning.known);
    check_cid("3999 01 001", "3999", "01", "001");
    cr_assert_eq(events[0].class_hint, PRIORITY_NONE, "nobody knows what ended");
}

static struct support_frame frame;

static struct dc09_signal
interpret(const char *body)
{
    struct dc09_signal signal;

    support_decode_body(&frame, body);
    dc09_interpret(&frame.message, &signal);
    return signal;
}

Test(dc09_signal, one_event_gives_code_zone_and_words)
{
    struct dc09_signal signal = interpret("\"SIA-DCS\"0001L0#A10001[|Nri01/HA007^help^][Rbedroom]");

    cr_assert_eq(signal.kind, SIGNAL_DURESS);
    cr_assert_eq(signal.class_hint, PRIORITY_P1);
    cr_assert(signal.silent && signal.known);
    cr_assert_eq(signal.events, 1u);
    cr_assert_str_eq(signal.code, "SIA HA");
    cr_assert_str_eq(signal.zone, "1/007 bedroom");
    cr_assert_str_eq(signal.text, "help");
}

Test(dc09_signal, parts_that_are_not_there_leave_no_separator)
{
    cr_assert_str_eq(interpret("\"SIA-DCS\"0001L0#A10001[|NPA]").zone, "");
    cr_assert_str_eq(interpret("\"SIA-DCS\"0001L0#A10001[|NPA][Lshed]").zone, "shed");
    cr_assert_str_eq(interpret("\"ADM-CID\"0001L0#A10001[|1120 00 005]").zone, "005");
    cr_assert_str_eq(interpret("\"SIA-DCS\"0001L0#A10001[|NPA1][Ipanic]").text, "panic");
    cr_assert_str_eq(interpret("\"SIA-DCS\"0001L0#A10001[|NPA1^a^][Ib]").text, "a - b");
}

Test(dc09_signal, of_several_events_the_gravest_rules_and_all_stand_in_the_text)
{
    struct dc09_signal signal = interpret("\"SIA-DCS\"0001L0#A10001[|NCL1/BA2/HA3/PA4/PH5]");

    cr_assert_eq(signal.kind, SIGNAL_DURESS);
    cr_assert_eq(signal.events, 5u);
    cr_assert_str_eq(signal.code, "SIA HA");
    cr_assert_str_eq(signal.text, "NCL1/BA2/HA3/PA4/PH5");
    cr_assert(signal.silent);
}

Test(dc09_signal, a_restore_beside_an_alarm_does_not_hide_it)
{
    struct dc09_signal signal = interpret("\"SIA-DCS\"0001L0#A10001[|NPH1/YT0]");

    cr_assert_eq(signal.kind, SIGNAL_LOW_BATTERY);
    cr_assert(!signal.restore);
}

/* REQ R0 TEST */
Test(dc09_signal, an_unknown_code_and_an_unreadable_payload_are_still_signals)
{
    struct dc09_signal signal = interpret("\"SIA-DCS\"0001L0#A10001[|Nri1/PC001^own code^]");

    cr_assert_eq(signal.kind, SIGNAL_UNKNOWN);
    cr_assert(!signal.known);
    cr_assert_str_eq(signal.code, "SIA PC");
    cr_assert_str_eq(signal.text, "Nri1/PC001^own code^");
    signal = interpret("\"ADM-CID\"0001L0#A10001[|T\xFCr]");
    cr_assert_str_eq(signal.code, "CID ?");
    cr_assert_str_eq(signal.text, "Tür");
}

Test(dc09_signal, a_frame_no_key_opens_is_a_p1_nobody_can_read)
{
    struct dc09_signal signal;

    support_decode_body(&frame, "\"*SIA-DCS\"0001L0#A10001[00112233445566778899AABBCCDDEEFF");
    dc09_interpret_unreadable(&frame.message, &signal);
    cr_assert_eq(signal.kind, SIGNAL_UNREADABLE);
    cr_assert_eq(signal.class_hint, PRIORITY_P1);
    cr_assert_str_eq(signal.code, "DC09 *SIA-DCS");
    cr_assert_str_empty(signal.text);
    support_decode_body(&frame, "\"ADM-41E\"0001L0#A10001[|18 1 120\x01]");
    dc09_interpret_unreadable(&frame.message, &signal);
    cr_assert_str_eq(signal.code, "DC09 ADM-41E");
    cr_assert_str_eq(signal.text, "18 1 120 ");
}

Test(dc09_signal, long_words_are_cut_to_the_limits)
{
    char body[1200] = "\"SIA-DCS\"0001L0#A10001[|NPA1^";
    memset(body + strlen(body), 0xFC, 400);
    strcat(body, "^][R");
    memset(body + strlen(body), 'r', 200);
    strcat(body, "]");
    struct dc09_signal signal = interpret(body);

    cr_assert_eq(strlen(signal.text), (size_t)LIMIT_TEXT - 1);
    cr_assert_eq(strlen(signal.zone), (size_t)LIMIT_ZONE - 1);
}

/* REQ R0 TEST: Contact ID means one event a frame, yet whatever came beside it must not win. */
Test(dc09_payload_cid, of_several_whole_events_the_gravest_is_taken)
{
    static const char *const payloads[] = {"1401 01 001|1120 01 001", "3120 01 001|1120 01 001",
                                           "1120 01 001|1401 01 001", "1ABC 01 001|1120 01 001",
                                           "1120 01 001|1602 00 000|1401 01 001"};

    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        cr_assert_eq(dc09_read_cid(support_view(payloads[i]), events, &more), 1u);
        cr_assert_str_eq(events[0].code, "1120", "%s", payloads[i]);
        cr_assert(more, "%s", payloads[i]);
    }
    struct dc09_signal signal = interpret("\"ADM-CID\"0001L0#A10001[|3120 01 001|1120 01 001]");
    cr_assert_eq(signal.class_hint, PRIORITY_P1);
    cr_assert_not(signal.restore);
    cr_assert_str_eq(signal.text, "3120 01 001|1120 01 001", "nothing is hidden");
}

Test(dc09_payload_cid, a_number_in_front_is_no_event_beside_the_event)
{
    cr_assert_eq(dc09_read_cid(support_view("1130|1401 01 001"), events, &more), 1u);
    cr_assert_str_eq(events[0].code, "1401", "1130 is the account");
    cr_assert_not(more);
    cr_assert_eq(dc09_read_cid(support_view("1401|1130"), events, &more), 1u);
    cr_assert_str_eq(events[0].code, "1401");
    cr_assert_not(more);
}

Test(dc09_payload_sia, modifiers_need_no_slash_between_them)
{
    check_sia("Nri1id7BA1", "BA", "1", "1", "");
    support_check_view(events[0].user, "7");
    check_sia("Nti12:00:00ri02pi03PA1", "PA", "02", "1", "");
}

Test(dc09_signal, a_zone_that_fills_its_place_takes_no_room_beside_it)
{
    char body[256] = "\"SIA-DCS\"0001L0#A10001[|Nri1/PA";
    memset(body + strlen(body), '7', 70);
    strcat(body, "][Rbedroom]");
    struct dc09_signal signal = interpret(body);

    cr_assert_eq(strlen(signal.zone), (size_t)LIMIT_ZONE - 1);
    cr_assert_null(strstr(signal.zone, "bed"));
}

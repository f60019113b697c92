/* SPDX-License-Identifier: Apache-2.0 */
/* Every code that standards.md 2.1 and 2.2 list, and what this centre makes of it. */
#include "intake/dc09_codes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct expectation
{
    const char *codes; /* blank between */
    enum signal_kind kind;
    enum priority class_hint;
    bool silent;
};

static const struct expectation contact_id[] = {
    {"100", SIGNAL_MEDICAL, PRIORITY_P1, false},
    {"101", SIGNAL_PANIC, PRIORITY_P1, false},
    {"102", SIGNAL_NO_ACTIVITY, PRIORITY_P2, false},
    {"110 111 112 113 114 115 116 117 118", SIGNAL_FIRE, PRIORITY_P1, false},
    {"120 123", SIGNAL_PANIC, PRIORITY_P1, false},
    {"122", SIGNAL_PANIC, PRIORITY_P1, true},
    {"121 124 125", SIGNAL_DURESS, PRIORITY_P1, true},
    {"126 129", SIGNAL_HOLDUP, PRIORITY_P1, true},
    {"130 131 132 133 134 135 136 138 139", SIGNAL_INTRUSION, PRIORITY_P1, false},
    {"137 144 145 383", SIGNAL_TAMPER, PRIORITY_P1, false},
    {"146", SIGNAL_INTRUSION, PRIORITY_P1, true},
    {"147", SIGNAL_FAULT, PRIORITY_P3, false},
    {"151 162", SIGNAL_GAS, PRIORITY_P1, false},
    {"150 154 158 159", SIGNAL_GAS, PRIORITY_P2, false},
    {"301", SIGNAL_POWER_LOSS, PRIORITY_P3, false},
    {"302 309 311 384", SIGNAL_LOW_BATTERY, PRIORITY_P3, false},
    {"305 308 378 380 389", SIGNAL_FAULT, PRIORITY_P3, false},
    {"344", SIGNAL_JAM, PRIORITY_P1, false},
    {"350 351 352 353 354 355 356 357", SIGNAL_COMMS_TROUBLE, PRIORITY_P2, false},
    {"381 382", SIGNAL_COMMS_TROUBLE, PRIORITY_P3, false},
    {"374", SIGNAL_INTRUSION, PRIORITY_P2, false},
    {"375 376", SIGNAL_FAULT, PRIORITY_P2, false},
    {"401 403 407 408 441 456 459", SIGNAL_OPEN_CLOSE, PRIORITY_P5, false},
    {"406 465", SIGNAL_CANCEL, PRIORITY_P5, false},
    {"461", SIGNAL_WRONG_CODE, PRIORITY_P2, false},
    {"570 571 572 573 574 575 576 577", SIGNAL_BYPASS, PRIORITY_P3, false},
    {"601 602 603 606 607 608 611 612 613 614 615 616", SIGNAL_TEST, PRIORITY_P5, false},
    {"627 628", SIGNAL_FAULT, PRIORITY_P3, false},
    {"641 642 654", SIGNAL_NO_ACTIVITY, PRIORITY_P2, false},
};

struct sia_expectation
{
    const char *codes;
    enum signal_kind kind;
    enum priority class_hint;
    bool restore;
    bool silent;
};

static const struct sia_expectation sia[] = {
    {"PA QA", SIGNAL_PANIC, PRIORITY_P1, false, false},
    {"HA", SIGNAL_DURESS, PRIORITY_P1, false, true},
    {"HV", SIGNAL_HOLDUP, PRIORITY_P1, false, true},
    {"MA", SIGNAL_MEDICAL, PRIORITY_P1, false, false},
    {"FA KA", SIGNAL_FIRE, PRIORITY_P1, false, false},
    {"BA BV BG", SIGNAL_INTRUSION, PRIORITY_P1, false, false},
    {"TA XS", SIGNAL_TAMPER, PRIORITY_P1, false, false},
    {"GA", SIGNAL_GAS, PRIORITY_P1, false, false},
    {"WA ZA", SIGNAL_GAS, PRIORITY_P2, false, false},
    {"UA EA", SIGNAL_INTRUSION, PRIORITY_P2, false, false},
    {"PH PR QH QR", SIGNAL_PANIC, PRIORITY_P5, true, false},
    {"HH HR", SIGNAL_DURESS, PRIORITY_P5, true, false},
    {"MH MR", SIGNAL_MEDICAL, PRIORITY_P5, true, false},
    {"FH FR KH KR", SIGNAL_FIRE, PRIORITY_P5, true, false},
    {"BH BR UH UR", SIGNAL_INTRUSION, PRIORITY_P5, true, false},
    {"TH TR XJ", SIGNAL_TAMPER, PRIORITY_P5, true, false},
    {"GH GR WH WR ZH ZR", SIGNAL_GAS, PRIORITY_P5, true, false},
    {"PT HT", SIGNAL_FAULT, PRIORITY_P2, false, false},
    {"MT QT FT BT TT GT KT WT ZT UT", SIGNAL_FAULT, PRIORITY_P3, false, false},
    {"PS HS MS QS FS BS GS KS WS ZS US", SIGNAL_FAULT, PRIORITY_P3, false, false},
    {"PJ HJ MJ QJ FJ BJ TJ GJ KJ WJ ZJ UJ", SIGNAL_FAULT, PRIORITY_P5, true, false},
    {"PB HB MB QB FB BB TB GB KB WB ZB UB", SIGNAL_BYPASS, PRIORITY_P3, false, false},
    {"PU HU MU QU FU BU TU GU KU WU ZU UU", SIGNAL_BYPASS, PRIORITY_P5, true, false},
    {"BC OC", SIGNAL_CANCEL, PRIORITY_P5, false, false},
    {"JA DD", SIGNAL_WRONG_CODE, PRIORITY_P2, false, false},
    {"AT", SIGNAL_POWER_LOSS, PRIORITY_P3, false, false},
    {"AR", SIGNAL_POWER_LOSS, PRIORITY_P5, true, false},
    {"YT YM XT", SIGNAL_LOW_BATTERY, PRIORITY_P3, false, false},
    {"YR XR", SIGNAL_LOW_BATTERY, PRIORITY_P5, true, false},
    {"YP UY LB YW YX", SIGNAL_FAULT, PRIORITY_P3, false, false},
    {"YQ LX", SIGNAL_FAULT, PRIORITY_P5, true, false},
    {"YC YS LT NT", SIGNAL_COMMS_TROUBLE, PRIORITY_P2, false, false},
    {"YK LR NR", SIGNAL_COMMS_TROUBLE, PRIORITY_P5, true, false},
    {"XL", SIGNAL_COMMS_TROUBLE, PRIORITY_P3, false, false},
    {"XQ", SIGNAL_JAM, PRIORITY_P1, false, false},
    {"XH", SIGNAL_JAM, PRIORITY_P5, true, false},
    {"UZ", SIGNAL_TAMPER, PRIORITY_P2, false, false},
    {"NA", SIGNAL_NO_ACTIVITY, PRIORITY_P2, false, false},
    {"NS", SIGNAL_NO_ACTIVITY, PRIORITY_P5, true, false},
    {"RP RX TX TS LF", SIGNAL_TEST, PRIORITY_P5, false, false},
    {"TE", SIGNAL_TEST, PRIORITY_P5, true, false},
    {"RR", SIGNAL_FAULT, PRIORITY_P4, false, false},
    {"OP OA OQ", SIGNAL_OPEN_CLOSE, PRIORITY_P5, false, false},
    {"CL CA CQ CG", SIGNAL_OPEN_CLOSE, PRIORITY_P5, true, false},
};

Test(dc09_codes, every_listed_contact_id_code_maps_as_stated)
{
    for (size_t i = 0; i < sizeof(contact_id) / sizeof(contact_id[0]); i++) {
        for (const char *code = contact_id[i].codes; *code != '\0';
             code += code[3] == ' ' ? 4 : 3) {
            struct dc09_meaning meaning = dc09_code_cid((unsigned)strtoul(code, NULL, 10));
            cr_assert(meaning.known, "%.3s", code);
            cr_assert_eq(meaning.kind, contact_id[i].kind, "%.3s", code);
            cr_assert_eq(meaning.class_hint, contact_id[i].class_hint, "%.3s", code);
            cr_assert_eq(meaning.silent, contact_id[i].silent, "%.3s", code);
            cr_assert(!meaning.restore, "%.3s: Q says it", code);
            cr_assert_str_neq(meaning.subject, "");
        }
    }
}

Test(dc09_codes, every_listed_sia_code_maps_as_stated)
{
    for (size_t i = 0; i < sizeof(sia) / sizeof(sia[0]); i++) {
        for (const char *code = sia[i].codes; *code != '\0'; code += code[2] == ' ' ? 3 : 2) {
            struct dc09_meaning meaning = dc09_code_sia(code);
            cr_assert(meaning.known, "%.2s", code);
            cr_assert_eq(meaning.kind, sia[i].kind, "%.2s: %s", code,
                         signal_kind_text((int)meaning.kind));
            cr_assert_eq(meaning.class_hint, sia[i].class_hint, "%.2s", code);
            cr_assert_eq(meaning.restore, sia[i].restore, "%.2s", code);
            cr_assert_eq(meaning.silent, sia[i].silent, "%.2s", code);
        }
    }
}

/* REQ R0 TEST: an unknown code is an unknown event, never nothing. */
Test(dc09_codes, an_unknown_code_is_an_unknown_event)
{
    cr_assert_eq(dc09_code_cid(999).kind, SIGNAL_UNKNOWN);
    cr_assert(!dc09_code_cid(999).known);
    cr_assert_eq(dc09_code_cid(0).class_hint, PRIORITY_NONE);
    cr_assert_eq(dc09_code_sia("PX").kind, SIGNAL_UNKNOWN);
    cr_assert(!dc09_code_sia("PC").known, "a vendor's own code");
    cr_assert_str_eq(dc09_code_cid_as_sia(999), "");
}

Test(dc09_codes, no_alarm_to_a_person_is_less_than_p1)
{
    struct dc09_code_row row;

    for (size_t i = 0; dc09_code_row_cid(i, &row); i++) {
        bool attack = row.meaning.kind == SIGNAL_PANIC || row.meaning.kind == SIGNAL_DURESS ||
                      row.meaning.kind == SIGNAL_HOLDUP;
        cr_assert(!attack || row.meaning.class_hint == PRIORITY_P1, "%s", row.code);
    }
    for (size_t i = 0; dc09_code_row_sia(i, &row); i++) {
        bool attack = row.meaning.kind == SIGNAL_PANIC || row.meaning.kind == SIGNAL_DURESS ||
                      row.meaning.kind == SIGNAL_HOLDUP;
        cr_assert(!attack || row.meaning.restore || row.meaning.class_hint == PRIORITY_P1, "%s",
                  row.code);
    }
}

Test(dc09_codes, the_tables_are_sorted_complete_and_without_doubles)
{
    struct dc09_code_row row;
    size_t count = 0;
    int before = -1;

    for (; dc09_code_row_cid(count, &row); count++) {
        cr_assert_gt(atoi(row.code), before, "%s", row.code);
        before = atoi(row.code);
        cr_assert(dc09_code_cid((unsigned)before).known);
    }
    size_t listed = 0;
    for (size_t i = 0; i < sizeof(contact_id) / sizeof(contact_id[0]); i++) {
        listed += (strlen(contact_id[i].codes) + 1) / 4;
    }
    cr_assert_eq(count, listed, "the table has a code that no expectation covers");
    for (size_t i = 0; dc09_code_row_sia(i, &row); i++) {
        cr_assert(row.meaning.known, "%s", row.code);
    }
}

Test(dc09_codes, the_sia_equals_of_contact_id_are_all_known)
{
    struct dc09_code_row row;

    cr_assert_str_eq(dc09_code_cid_as_sia(120), "PA");
    cr_assert_str_eq(dc09_code_cid_as_sia(121), "HA");
    cr_assert_str_eq(dc09_code_cid_as_sia(129), "HV");
    cr_assert_str_eq(dc09_code_cid_as_sia(384), "XT");
    for (size_t i = 0; dc09_code_row_cid(i, &row); i++) {
        const char *equal = dc09_code_cid_as_sia((unsigned)atoi(row.code));
        cr_assert(equal[0] == '\0' || dc09_code_sia(equal).known, "%s %s", row.code, equal);
    }
}

/* The whole of docs/dc09-codes.md; its path comes from the build. */
static char document[65536];

static void
read_document(void)
{
    FILE *file = fopen(DC09_CODES_DOCUMENT, "r");

    cr_assert_not_null(file, "%s", DC09_CODES_DOCUMENT);
    size_t size = fread(document, 1, sizeof(document) - 1, file);
    document[size] = '\0';
    (void)fclose(file);
    cr_assert_gt(size, 0u);
}

static void
check_printed(const char *line)
{
    cr_assert_not_null(strstr(document, line), "docs/dc09-codes.md lacks: %s", line);
}

Test(dc09_codes, the_printed_tables_say_what_the_tables_say)
{
    struct dc09_code_row row;
    char line[256];

    read_document();
    for (size_t i = 0; dc09_code_row_cid(i, &row); i++) {
        (void)snprintf(line, sizeof(line), "\n| %s | %s | %s | %s | %s | %s |\n", row.code,
                       signal_kind_text((int)row.meaning.kind),
                       priority_text((int)row.meaning.class_hint),
                       row.meaning.silent ? "silent" : "", row.meaning.subject,
                       dc09_code_cid_as_sia((unsigned)atoi(row.code)));
        check_printed(line);
    }
    for (size_t i = 0; dc09_code_row_sia(i, &row); i++) {
        (void)snprintf(
            line, sizeof(line), "\n| %s | %s | %s | %s | %s%s%s |\n", row.code,
            signal_kind_text((int)row.meaning.kind), priority_text((int)row.meaning.class_hint),
            row.meaning.silent    ? "silent"
            : row.meaning.restore ? "restore"
                                  : "",
            row.meaning.subject, row.meaning.what[0] == '\0' ? "" : " ", row.meaning.what);
        check_printed(line);
    }
}

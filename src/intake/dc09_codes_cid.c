/* SPDX-License-Identifier: Apache-2.0 */
/* Contact ID (DC-05) event codes. Sorted by code: looked up by halving. */
#include "intake/dc09_codes.h"

#include <stdio.h>

struct cid_row
{
    unsigned short code;
    unsigned char kind;
    unsigned char class_hint;
    bool silent;
    char sia[3];
    const char *subject;
};

#define ROW(code, kind, class_hint, sia, subject)                                                  \
    {                                                                                              \
        code, SIGNAL_##kind, PRIORITY_##class_hint, false, sia, subject                            \
    }
#define SILENT(code, kind, class_hint, sia, subject)                                               \
    {                                                                                              \
        code, SIGNAL_##kind, PRIORITY_##class_hint, true, sia, subject                             \
    }

static const struct cid_row rows[] = {
    /* A pendant at these premises is pressed for help against a person: panic, not medical. */
    ROW(100, MEDICAL, P1, "MA", "medical alarm"),
    ROW(101, PANIC, P1, "QA", "personal emergency (pendant)"),
    ROW(102, NO_ACTIVITY, P2, "", "failed to report in (inactivity)"),
    ROW(110, FIRE, P1, "FA", "fire"),
    ROW(111, FIRE, P1, "FA", "smoke"),
    ROW(112, FIRE, P1, "FA", "combustion"),
    /* The sprinkler runs: fire. Flood is 154, although some tables give WA for both. */
    ROW(113, FIRE, P1, "WA", "sprinkler water flow"),
    ROW(114, FIRE, P1, "KA", "heat"),
    ROW(115, FIRE, P1, "FA", "pull station"),
    ROW(116, FIRE, P1, "FA", "duct"),
    ROW(117, FIRE, P1, "FA", "flame"),
    ROW(118, FIRE, P1, "", "near alarm (fire)"),
    ROW(120, PANIC, P1, "PA", "panic"),
    SILENT(121, DURESS, P1, "HA", "duress (user code)"),
    SILENT(122, PANIC, P1, "HA", "silent panic"),
    ROW(123, PANIC, P1, "", "audible panic"),
    SILENT(124, DURESS, P1, "HA", "duress, access granted"),
    SILENT(125, DURESS, P1, "HA", "duress, egress granted"),
    SILENT(126, HOLDUP, P1, "", "hold-up suspicion"), /* recalled, unverified */
    SILENT(129, HOLDUP, P1, "HV", "confirmed hold-up"),
    ROW(130, INTRUSION, P1, "BA", "burglary"),
    ROW(131, INTRUSION, P1, "BA", "perimeter"),
    ROW(132, INTRUSION, P1, "BA", "interior"),
    ROW(133, INTRUSION, P1, "BA", "24 hour"),
    ROW(134, INTRUSION, P1, "BA", "entry or exit"),
    ROW(135, INTRUSION, P1, "BA", "day or night"),
    ROW(136, INTRUSION, P1, "BA", "outdoor"),
    ROW(137, TAMPER, P1, "TA", "tamper"),
    ROW(138, INTRUSION, P1, "BA", "near alarm (burglary)"),
    ROW(139, INTRUSION, P1, "BV", "intrusion verified"),
    ROW(144, TAMPER, P1, "TA", "sensor tamper"),
    ROW(145, TAMPER, P1, "", "expansion module tamper"),
    SILENT(146, INTRUSION, P1, "HA", "silent burglary"),
    ROW(147, FAULT, P3, "", "sensor supervision failure"),
    ROW(150, GAS, P2, "UA", "24 hour, not burglary"),
    ROW(151, GAS, P1, "GA", "gas"),
    ROW(154, GAS, P2, "", "water leak (flood)"),
    ROW(158, GAS, P2, "KA", "high temperature"),
    ROW(159, GAS, P2, "ZA", "low temperature"),
    ROW(162, GAS, P1, "GA", "carbon monoxide"),
    ROW(301, POWER_LOSS, P3, "AT", "mains power lost"),
    ROW(302, LOW_BATTERY, P3, "YT", "system battery low"),
    ROW(305, FAULT, P3, "YW", "system reset"),
    ROW(308, FAULT, P3, "YX", "system shut down"),
    ROW(309, LOW_BATTERY, P3, "YT", "battery test failed"),
    ROW(311, LOW_BATTERY, P3, "YM", "battery missing"),
    ROW(344, JAM, P1, "YC", "radio interference detected"),
    ROW(350, COMMS_TROUBLE, P2, "YC", "communication trouble"),
    ROW(351, COMMS_TROUBLE, P2, "LT", "telephone line 1 fault"),
    ROW(352, COMMS_TROUBLE, P2, "LT", "telephone line 2 fault"),
    ROW(353, COMMS_TROUBLE, P2, "YC", "radio transmitter fault"),
    ROW(354, COMMS_TROUBLE, P2, "YC", "failure to communicate"),
    ROW(355, COMMS_TROUBLE, P2, "YC", "loss of radio supervision"),
    ROW(356, COMMS_TROUBLE, P2, "YC", "loss of central polling"),
    ROW(357, COMMS_TROUBLE, P2, "", "radio transmitter antenna fault"),
    ROW(374, INTRUSION, P2, "EA", "exit error"),
    ROW(375, FAULT, P2, "PT", "panic zone trouble"),
    ROW(376, FAULT, P2, "HT", "hold-up zone trouble"),
    ROW(378, FAULT, P3, "", "cross-zone trouble"),
    ROW(380, FAULT, P3, "YX", "sensor trouble"),
    ROW(381, COMMS_TROUBLE, P3, "YC", "radio sensor supervision lost"),
    ROW(382, COMMS_TROUBLE, P3, "YC", "remote module supervision lost"),
    ROW(383, TAMPER, P1, "", "sensor tamper"),
    ROW(384, LOW_BATTERY, P3, "XT", "radio sensor battery low"),
    ROW(389, FAULT, P3, "", "sensor self-test failed"),
    ROW(401, OPEN_CLOSE, P5, "OP", "opened or closed by user"),
    ROW(403, OPEN_CLOSE, P5, "OA", "opened or closed automatically"),
    ROW(406, CANCEL, P5, "OC", "cancelled by user"),
    ROW(407, OPEN_CLOSE, P5, "OQ", "armed or disarmed remotely"),
    ROW(408, OPEN_CLOSE, P5, "OP", "quick arm"),
    ROW(441, OPEN_CLOSE, P5, "CG", "armed, people at home"),
    ROW(456, OPEN_CLOSE, P5, "CG", "armed in part"),
    ROW(459, OPEN_CLOSE, P5, "", "alarm soon after closing"),
    ROW(461, WRONG_CODE, P2, "DD", "wrong code entered"),
    ROW(465, CANCEL, P5, "", "panic reset"),
    ROW(570, BYPASS, P3, "BB", "zone bypass"),
    ROW(571, BYPASS, P3, "BB", "fire bypass"),
    ROW(572, BYPASS, P3, "BB", "24 hour zone bypass"),
    ROW(573, BYPASS, P3, "BB", "burglary bypass"),
    ROW(574, BYPASS, P3, "BB", "group bypass"),
    ROW(575, BYPASS, P3, "BB", "swinger bypass"),
    ROW(576, BYPASS, P3, "BB", "access zone shunt"),
    ROW(577, BYPASS, P3, "BB", "access point bypass"),
    ROW(601, TEST, P5, "RX", "manual test"),
    ROW(602, TEST, P5, "RP", "periodic test"),
    ROW(603, TEST, P5, "", "periodic radio test"),
    ROW(606, TEST, P5, "LF", "listen-in to follow"),
    ROW(607, TEST, P5, "", "walk test"),
    ROW(608, TEST, P5, "TX", "periodic test, trouble present"),
    ROW(611, TEST, P5, "", "point tested, good"),
    ROW(612, TEST, P5, "", "point not tested"),
    ROW(613, TEST, P5, "", "intrusion zone walk tested"),
    ROW(614, TEST, P5, "", "fire zone walk tested"),
    ROW(615, TEST, P5, "", "panic zone walk tested"),
    ROW(616, TEST, P5, "", "service request"),
    /* While somebody programs the panel it may protect nobody. */
    ROW(627, FAULT, P3, "LB", "program mode entered"),
    ROW(628, FAULT, P3, "LX", "program mode left"),
    ROW(641, NO_ACTIVITY, P2, "", "senior watch trouble"),
    ROW(642, NO_ACTIVITY, P2, "", "latch-key supervision"),
    ROW(654, NO_ACTIVITY, P2, "NA", "system inactivity"),
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct cid_row *
find_row(unsigned code)
{
    size_t low = 0;
    size_t high = ROW_COUNT;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rows[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < ROW_COUNT && rows[low].code == code ? &rows[low] : NULL;
}

static struct dc09_meaning
meaning_of(const struct cid_row *row)
{
    return (struct dc09_meaning){.kind = row->kind,
                                 .class_hint = row->class_hint,
                                 .silent = row->silent,
                                 .known = true,
                                 .subject = row->subject,
                                 .what = ""};
}

struct dc09_meaning
dc09_code_cid(unsigned code)
{
    const struct cid_row *row = find_row(code);

    if (row == NULL) {
        return (struct dc09_meaning){.kind = SIGNAL_UNKNOWN, .subject = "unknown code", .what = ""};
    }
    return meaning_of(row);
}

const char *
dc09_code_cid_as_sia(unsigned code)
{
    const struct cid_row *row = find_row(code);

    return row == NULL ? "" : row->sia;
}

bool
dc09_code_row_cid(size_t index, struct dc09_code_row *ret)
{
    if (index >= ROW_COUNT) {
        return false;
    }
    ret->meaning = meaning_of(&rows[index]);
    (void)snprintf(ret->code, sizeof(ret->code), "%03u", rows[index].code % 1000u);
    return true;
}

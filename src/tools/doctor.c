/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/doctor.h"

#include "base/text.h"
#include "tools/ctl_table.h"

#include <stdarg.h>
#include <string.h>

static const char *const verdict_words[] = {"ok", "warn", "FAIL"};

void
doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *what, const char *advice,
           const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    doctor->warnings += verdict == DOCTOR_WARN ? 1 : 0;
    doctor->failures += verdict == DOCTOR_FAIL ? 1 : 0;
    if (doctor->as_json) {
        json_t *line = json_pack("{s:s, s:s, s:s, s:s?}", "check", what, "verdict",
                                 verdict_words[verdict], "text", text, "advice", advice);
        (void)json_array_append_new(doctor->lines, line == NULL ? json_null() : line);
        return;
    }
    ctl_say(doctor->ctl, "%-4s  %-14s %s", verdict_words[verdict], what, text);
    if (advice != NULL) {
        ctl_say(doctor->ctl, "      %-14s -> %s", "", advice);
    }
}

static int
run_doctor(struct ctl *ctl)
{
    struct doctor doctor = {.ctl = ctl, .as_json = ctl_flag(ctl, "json"), .sessions_max = 20000};
    const char *journal = ctl_environment("LARWM_JOURNAL_DIR");
    const char *pki = ctl_environment("LARWM_PKI_DIR");
    (void)text_copy(doctor.journal, sizeof doctor.journal, journal);
    (void)text_copy(doctor.pki, sizeof doctor.pki, pki);
    doctor.lines = json_array();
    doctor_check_config(&doctor);
    doctor_check_database(&doctor);
    doctor_check_disk(&doctor);
    doctor_check_certificates(&doctor);
    doctor_check_clock(&doctor);
    doctor_check_limits(&doctor);
    doctor_check_socket(&doctor);
    if (doctor.as_json) {
        ctl_json_print(doctor.lines, ctl->out);
    } else {
        ctl_say(ctl, "%u failed, %u warnings", doctor.failures, doctor.warnings);
    }
    json_decref(doctor.lines);
    return doctor.failures == 0 ? CTL_OK : CTL_FAILED;
}

static const struct ctl_option options[] = {
    CTL_OPTION_USER,    {"config", "FILE", "configuration of larwmd (default: LARWM_CONFIG)"},
    CTL_OPTION_TIMEOUT, CTL_OPTION_JSON,
    CTL_OPTION_END,
};

const struct ctl_command ctl_doctor_commands[] = {
    {"doctor", NULL, "", 0, 0, "check everything larwmd needs and say what to do", NULL, options,
     run_doctor},
    {0},
};

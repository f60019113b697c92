/* SPDX-License-Identifier: Apache-2.0 */
#include "base/require.h"
#include "tools/ctl.h"
#include "tools/ctl_credential.h"
#include "tools/ctl_live.h"
#include "tools/ctl_time.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16

struct ran
{
    int status;
    char *out;
    char *err;
};

/* Runs larwmctl with words split at blanks. */
static struct ran
run(const char *line)
{
    static char words[512];
    char *argv[WORDS_MAX + 1] = {"larwmctl"};
    int argc = 1;
    (void)strncpy(words, line, sizeof words - 1);
    for (char *word = strtok(words, " "); word != NULL && argc < WORDS_MAX;
         word = strtok(NULL, " ")) {
        argv[argc++] = word;
    }
    struct ran ran = {0};
    size_t out_size;
    size_t err_size;
    FILE *out = open_memstream(&ran.out, &out_size);
    FILE *err = open_memstream(&ran.err, &err_size);
    FILE *in = fopen("/dev/null", "r");
    ran.status = ctl_run(argc, argv, in, out, err);
    (void)fclose(in);
    (void)fclose(out);
    (void)fclose(err);
    return ran;
}

static void
end(struct ran *ran)
{
    free(ran->out);
    free(ran->err);
}

Test(ctl, help_is_asked_for_and_goes_to_standard_output)
{
    struct ran ran = run("--help");
    cr_expect_eq(ran.status, CTL_OK);
    cr_expect_not_null(strstr(ran.out, "incident list"));
    cr_expect_str_empty(ran.err);
    end(&ran);
    ran = run("");
    cr_expect_eq(ran.status, CTL_USAGE);
    cr_expect_str_empty(ran.out);
    end(&ran);
}

/* Every command named by the overview answers --help, names itself and says one line. */
Test(ctl, every_command_has_help)
{
    struct ran overview = run("--help");
    char *commands = strstr(overview.out, "Commands:\n");
    cr_assert_not_null(commands);
    unsigned count = 0;
    char *rest = NULL;
    for (char *line = strtok_r(commands + 10, "\n", &rest); line != NULL && line[0] == ' ';
         line = strtok_r(NULL, "\n", &rest)) {
        char group[32];
        char verb[32];
        char words[96];
        cr_assert_geq(sscanf(line, "%31s %31s", group, verb), 1);
        bool single = strcmp(group, "status") == 0 || strcmp(group, "counters") == 0 ||
                      strcmp(group, "doctor") == 0;
        (void)snprintf(words, sizeof words, "%s %s --help", group, single ? "" : verb);
        struct ran ran = run(words);
        cr_expect_eq(ran.status, CTL_OK, "%s", words);
        cr_expect_eq(strncmp(ran.out, "Usage: larwmctl ", 16), 0, "%s", words);
        cr_expect_not_null(strstr(ran.out, group), "%s", words);
        end(&ran);
        count += 1;
        if (strncmp(line, "  doctor", 8) == 0) {
            break;
        }
    }
    cr_expect_geq(count, 40);
    end(&overview);
}

Test(ctl, every_list_can_be_json)
{
    static const char *const lists[] = {
        "incident list",   "signal list", "unit list",       "unit models", "unit history",
        "case list",       "marker list", "allocation list", "pool list",   "pool show",
        "credential list", "user list",   "status",          "doctor",      "journal dump",
        "incident show",   "case show"};
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        char words[64];
        (void)snprintf(words, sizeof words, "%s --help", lists[i]);
        struct ran ran = run(words);
        cr_expect_not_null(strstr(ran.out, "--json"), "%s", lists[i]);
        end(&ran);
    }
}

Test(ctl, what_is_not_understood_ends_with_two_and_says_why)
{
    static const struct
    {
        const char *line;
        const char *says;
    } cases[] = {
        {"nonsense", "there is no command"},
        {"incident nonsense", "incident list"},
        {"incident claim", "arguments are missing: ID"},
        {"incident claim 1-2 3-4", "too many arguments"},
        {"incident list --nonsense", "there is no option --nonsense"},
        {"incident list --json=yes", "takes no value"},
        {"incident list --user", "needs a value"},
        {"incident close 1-1 nonsense", "not an outcome"},
        {"incident claim zero", "not an incident"},
        {"incident next --role king", "--role"},
        {"test-window open SKY-1 --minutes 16", "--minutes"},
        {"unit add SKY-1", "--model is needed"},
        {"unit retire SKY-1", "--reason is needed"},
        {"unit tested SKY-1 maybe", "pass or fail"},
        {"user add carys", "--role is needed"},
        {"credential add SKY-1", "name one"},
        {"drill press SKY-1 --kind nonsense", "not a kind of signal"},
        {"drill press SKY-1 --lat 53", "go together"},
        {"drill press SKY-1 --lat 91 --lon 0", "go together"},
        {"signal list --limit -1", "--limit"},
        {"signal list --limit 1x", "--limit"},
        {"dc09 decode x --key 12", "hex digits"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct ran ran = run(cases[i].line);
        cr_expect_eq(ran.status, CTL_USAGE, "%s: %d", cases[i].line, ran.status);
        cr_expect_not_null(strstr(ran.err, cases[i].says), "%s: %s", cases[i].line, ran.err);
        end(&ran);
    }
}

Test(ctl, without_a_setting_the_error_names_it)
{
    (void)unsetenv("LARWM_SOCKET");
    (void)unsetenv("LARWM_PKI_DIR");
    (void)unsetenv("LARWM_JOURNAL_DIR");
    (void)setenv("LARWM_NATIVE_PORT", "7001", 1);
    struct ran ran = run("incident list");
    cr_expect_eq(ran.status, CTL_FAILED);
    cr_expect_not_null(strstr(ran.err, "LARWM_SOCKET"));
    end(&ran);
    ran = run("drill press SKY-1");
    cr_expect_eq(ran.status, CTL_FAILED);
    cr_expect_not_null(strstr(ran.err, "LARWM_PKI_DIR"));
    end(&ran);
    ran = run("journal verify");
    cr_expect_eq(ran.status, CTL_USAGE);
    cr_expect_not_null(strstr(ran.err, "LARWM_JOURNAL_DIR"));
    end(&ran);
}

Test(ctl, an_incident_is_named_by_reference_or_number)
{
    char *text = NULL;
    size_t size;
    FILE *sink = open_memstream(&text, &size);
    const struct ctl_command *command = ctl_incident_commands;
    struct ctl ctl = {.command = command, .out = sink, .err = sink};
    uint64_t id = 0;
    cr_expect(ctl_live_incident(&ctl, "1-123", &id) && id == (UINT64_C(1) << 48 | 123));
    cr_expect(ctl_live_incident(&ctl, "281474976710779", &id) && id == (UINT64_C(1) << 48 | 123));
    cr_expect(ctl_live_incident(&ctl, "4095-281474976710655", &id));
    static const char *const wrong[] = {"",     "-1", "0",     "0-1",    "1-0",
                                        "1-",   "-",  "1-2-3", "4096-1", "1-281474976710656",
                                        "1--2", "x",  "1-x",   "1 -2",   "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        cr_expect_not(ctl_live_incident(&ctl, wrong[i], &id), "\"%s\"", wrong[i]);
    }
    (void)fclose(sink);
    free(text);
}

Test(ctl, every_refusal_code_has_advice)
{
    static const char *const codes[] = {"TAKEN",       "STALE",        "OUTCOME_MISSING",
                                        "NOT_ALLOWED", "NOT_FOUND",    "NOTHING_WAITING",
                                        "NOT_OWNER",   "ALREADY_SENT", "ALREADY_CLOSED",
                                        "BAD_REQUEST", "JOURNAL_DOWN", "BUSY"};
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        cr_expect_str_not_empty(ctl_live_advice(codes[i]), "%s", codes[i]);
    }
    cr_expect_str_empty(ctl_live_advice("SOMETHING_NEW"));
}

Test(ctl, times_and_ages_are_short_and_plain)
{
    char text[CTL_TIME_SIZE];
    const int64_t second = 1000000;
    cr_expect_str_eq(ctl_time_text(0, text), "");
    cr_expect_str_eq(ctl_time_text(1795348800 * second, text), "2026-11-22T12:00:00Z");
    cr_expect_str_eq(ctl_age_text(1 * second, 43 * second, text), "42 s");
    cr_expect_str_eq(ctl_age_text(1 * second, 601 * second, text), "10 min");
    cr_expect_str_eq(ctl_age_text(1 * second, 36001 * second, text), "10 h");
    cr_expect_str_eq(ctl_age_text(1 * second, 864001 * second, text), "10 d");
    cr_expect_str_eq(ctl_age_text(50 * second, 43 * second, text), "");
}

Test(ctl, a_key_has_sixteen_twenty_four_or_thirty_two_bytes_in_hex)
{
    uint8_t key[CTL_KEY_MAX];
    size_t size = 0;
    cr_expect(ctl_key_parse("00112233445566778899aabbccddeeff", key, &size) && size == 16);
    cr_expect(key[15] == 0xff);
    cr_expect(ctl_key_parse("00112233445566778899AABBCCDDEEFF0011223344556677", key, &size) &&
              size == 24);
    cr_expect_not(ctl_key_parse("", key, &size));
    cr_expect_not(ctl_key_parse("00112233445566778899aabbccddee", key, &size));
    cr_expect_not(ctl_key_parse("00112233445566778899aabbccddeefg", key, &size));
}

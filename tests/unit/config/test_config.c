/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char file_name[64];
static struct config *config;
static struct config_error error;

static enum error
load(const char *text)
{
    (void)strcpy(file_name, "/tmp/larwm-config-XXXXXX");
    int descriptor = mkstemp(file_name);
    cr_assert(descriptor >= 0);
    cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    enum error result = config_load(file_name, &config, &error);
    unlink(file_name);
    return result;
}

#define BASE                                                                                       \
    "journal:\n  directory: /tmp/j\n"                                                              \
    "outlet:\n  socket: /tmp/s\n"                                                                  \
    "intake:\n"                                                                                    \
    "  listeners:\n"                                                                               \
    "    - protocol: dc09-tcp\n"                                                                   \
    "      port: 0\n"

Test(config, fills_defaults_and_keeps_what_was_said)
{
    cr_assert_eq(load(BASE "policy:\n  p1_all_consoles_s: 7\n"), ERROR_NONE, "%s", error.text);
    cr_assert_eq(config->node, 1);
    cr_assert_eq(config->policy.p1_all_consoles_s, 7);
    cr_assert_eq(config->policy.p1_supervisor_s, 40);
    cr_assert_eq(config->intake.listeners_count, 1);
    cr_assert_eq(config->database.deadline_ms, 250);
    config_free(config);
}

Test(config, an_unknown_key_is_refused_with_file_and_line)
{
    cr_assert_eq(load(BASE "journl:\n  directory: /x\n"), ERROR_CONFIG);
    char place[96];
    (void)snprintf(place, sizeof place, "%s:9:", file_name);
    cr_assert(strstr(error.text, place) != NULL, "%s", error.text);
    cr_assert(strstr(error.text, "journl") != NULL, "%s", error.text);
}

Test(config, a_word_where_a_number_belongs_is_refused_with_its_line)
{
    cr_assert_eq(load(BASE "node: many\n"), ERROR_CONFIG);
    char place[96];
    (void)snprintf(place, sizeof place, "%s:9:", file_name);
    cr_assert(strstr(error.text, place) != NULL, "%s", error.text);
}

Test(config, a_value_out_of_range_names_its_line_and_the_range)
{
    cr_assert_eq(load(BASE "policy:\n  p1_supervisor_s: 60000\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, ":10: policy.p1_supervisor_s: expected a number from 2 to 1200") !=
                  NULL,
              "%s", error.text);
}

Test(config, the_second_listener_is_found_in_the_file)
{
    cr_assert_eq(load(BASE "    - protocol: dc09-tcp\n      port: 70000\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, ":10: intake.listeners.1.port: expected a port") != NULL, "%s",
              error.text);
}

Test(config, a_tls_listener_without_a_certificate_is_refused)
{
    cr_assert_eq(load(BASE "    - protocol: native\n      port: 0\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, "intake.certificate") != NULL, "%s", error.text);
}

Test(config, a_listener_has_the_usual_policy_unless_it_says_otherwise)
{
    cr_assert_eq(load(BASE "    - protocol: dc09-udp\n"
                           "      unregistered: refuse\n"
                           "      clear_text: refuse\n"
                           "      clock_behind_s: 600\n"
                           "      clock_ahead_s: 300\n"
                           "      clock_nak: never\n"),
                 ERROR_NONE, "%s", error.text);
    const struct config_listener *usual = &config->intake.listeners[0];
    const struct config_listener *other = &config->intake.listeners[1];
    cr_assert_eq(usual->unregistered, CONFIG_TAKE);
    cr_assert_eq(usual->clear_text, CONFIG_TAKE);
    cr_assert_eq(usual->clock_behind_s, 40);
    cr_assert_eq(usual->clock_ahead_s, 20);
    cr_assert_eq(usual->clock_nak, CONFIG_NAK_ENCRYPTED);
    cr_assert_eq(other->protocol, CONFIG_DC09_UDP);
    cr_assert_eq(other->unregistered, CONFIG_REFUSE);
    cr_assert_eq(other->clear_text, CONFIG_REFUSE);
    cr_assert_eq(other->clock_behind_s, 600);
    cr_assert_eq(other->clock_ahead_s, 300);
    cr_assert_eq(other->clock_nak, CONFIG_NAK_NEVER);
    config_free(config);
}

Test(config, a_policy_that_is_no_word_of_ours_is_refused)
{
    cr_assert_eq(load(BASE "      clock_nak: sometimes\n"), ERROR_CONFIG);
    cr_assert_eq(load(BASE "      clock_ahead_s: 90000\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, ":9: intake.listeners.0.clock_ahead_s: expected") != NULL, "%s",
              error.text);
}

Test(config, a_wrong_word_is_refused_with_the_words_there_are)
{
    cr_assert_eq(load(BASE "      unregistered: maybe\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, ":9: ") != NULL, "%s", error.text);
    cr_assert(strstr(error.text, "maybe") != NULL, "%s", error.text);
    cr_assert(strstr(error.text, "; expected take or refuse") != NULL, "%s", error.text);
    cr_assert_eq(load(BASE "      clock_nak: maybe\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, "; expected encrypted, always or never") != NULL, "%s",
              error.text);
    cr_assert_eq(load(BASE "    - protocol: telex\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, "; expected native, dc09-tcp, dc09-tls or dc09-udp") != NULL, "%s",
              error.text);
}

Test(config, what_is_no_wrong_word_names_no_words)
{
    cr_assert_eq(load(BASE "      port: many\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, "; expected") == NULL, "%s", error.text);
}

Test(config, a_rate_of_zero_is_no_limit_and_a_rate_not_given_the_usual_one)
{
    cr_assert_eq(load(BASE "  dc09_account_rate: 0\n"), ERROR_NONE, "%s", error.text);
    cr_assert_eq(config->intake.dc09_account_rate, 0);
    cr_assert_eq(config->intake.dc09_connection_rate, 2000);
    cr_assert_eq(config->intake.dc09_connection_burst, 20000);
    config_free(config);
}

Test(config, every_signal_is_asked_for_when_the_file_says_0)
{
    cr_assert_eq(load(BASE "policy:\n  ask_again_ms: 0\n"), ERROR_NONE, "%s", error.text);
    cr_assert_eq(config->policy.ask_again_ms, 0);
    config_free(config);
    cr_assert_eq(load(BASE), ERROR_NONE, "%s", error.text);
    cr_assert_eq(config->policy.ask_again_ms, 1000);
    config_free(config);
}

Test(config, a_0_that_is_no_number_for_it_is_refused_and_not_the_usual_value)
{
    cr_assert_eq(load(BASE "policy:\n  p1_all_consoles_s: 0\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, ":10: policy.p1_all_consoles_s: expected a number from 1") != NULL,
              "%s", error.text);
    cr_assert_eq(load(BASE "      clock_ahead_s: 0\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, ":9: intake.listeners.0.clock_ahead_s: expected") != NULL, "%s",
              error.text);
    cr_assert_eq(load(BASE "node: 0\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, ":9: node: expected a number from 1") != NULL, "%s", error.text);
}

Test(config, what_stands_behind_an_alias_is_found_where_it_is)
{
    cr_assert_eq(load(BASE "      clock_ahead_s: &s 5\n"
                           "    - protocol: dc09-tcp\n"
                           "      clock_ahead_s: *s\n"
                           "      clock_behind_s: 0\n"),
                 ERROR_CONFIG);
    cr_assert(strstr(error.text, ":12: intake.listeners.1.clock_behind_s: expected") != NULL, "%s",
              error.text);
}

Test(config, a_burst_that_would_touch_a_real_panel_is_refused)
{
    cr_assert_eq(load(BASE "  dc09_account_burst: 5\n"), ERROR_CONFIG);
    cr_assert(strstr(error.text, "intake.dc09_account_burst: expected") != NULL, "%s", error.text);
}

Test(config, a_missing_file_says_so)
{
    cr_assert_eq(config_load("/nonexistent/larwmd.yaml", &config, &error), ERROR_CONFIG);
    cr_assert(strstr(error.text, "cannot be opened") != NULL, "%s", error.text);
}

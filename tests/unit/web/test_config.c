/* SPDX-License-Identifier: Apache-2.0 */
#include "web/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/larwm-webconf-XXXXXX";
static char file[64];
static struct web_config *config;
static struct config_error error;

static void
write_file(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *to = fopen(path, "w");
    cr_assert_not_null(to);
    (void)fputs(text, to);
    (void)fclose(to);
}

static void
set_up(void)
{
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(file, sizeof file, "%s/web.yaml", directory);
    write_file("index.html", "x");
    write_file("crt", "x");
}

static void
tear_down(void)
{
    static const char *const names[] = {"index.html", "crt", "web.yaml"};
    for (unsigned i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

TestSuite(config, .init = set_up, .fini = tear_down);

/* `page` and `more` are lines of their own. */
static enum error
load(const char *page, const char *more)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "certificate: %s/crt\nkey: %s/crt\nlarwmd_socket: /run/x.sock\n"
                   "session_key: %s/key\n%s%s\n%s",
                   directory, directory, directory, page[0] != '\0' ? "page: " : "", page, more);
    write_file("web.yaml", text);
    return web_config_load(file, &config, &error);
}

Test(config, a_whole_file_is_loaded_and_listens_on_loopback_by_default)
{
    cr_assert_eq(load(directory, ""), ERROR_NONE, "%s", error.text);
    cr_expect_str_eq(web_config_address(config), "127.0.0.1");
    cr_expect_eq(config->listen.port, 0);
    cr_expect_null(config->tiles);
    web_config_free(config);
    cr_assert_eq(load(directory, "listen: {address: '::1', port: 8443}\n"), ERROR_NONE, "%s",
                 error.text);
    cr_expect_str_eq(web_config_address(config), "::1");
    cr_expect_eq(config->listen.port, 8443);
    web_config_free(config);
}

static void
expect_refused(const char *page, const char *more, const char *wanted)
{
    cr_assert_eq(load(page, more), ERROR_CONFIG, "%s%s", page, more);
    cr_expect_not_null(strstr(error.text, wanted), "%s (wanted %s)", error.text, wanted);
}

Test(config, an_error_names_file_line_and_what_was_expected)
{
    expect_refused(directory, "listen:\n  port: 70000\n", ":7: listen.port: expected a port");
    expect_refused(directory, "listen:\n  address: here\n", ":7: listen.address: expected an IPv4");
    expect_refused("/nonexistent", "", ":5: page: expected the page's directory");
    expect_refused("", "", "page is missing");
    expect_refused(directory, "tiles: /nonexistent\n", ":6: tiles: expected a readable directory");
    expect_refused(directory, "log_level: loud\n", ":6: log_level: expected debug, info");
    expect_refused(directory, "pgae: x\n", ":6: Unexpected key: pgae");
    expect_refused(directory, "listen: {port: many}\n", ":6:");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "web/files.h"

#include "base/require.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Test(files, the_root_is_the_page_and_static_is_its_tree)
{
    char path[WEB_PATH_MAX];
    cr_assert(web_files_page_path("/", path));
    cr_expect_str_eq(path, "index.html");
    cr_assert(web_files_page_path("/static/vendor/lit-html/lit-html.js", path));
    cr_expect_str_eq(path, "vendor/lit-html/lit-html.js");
    cr_assert(web_files_page_path("/static/vendor/leaflet/images/layers-2x.png", path));
}

Test(files, nothing_outside_the_page_can_be_named)
{
    static const char *const addresses[] = {"",
                                            "/index.html",
                                            "/static",
                                            "/static/",
                                            "/static//x",
                                            "/static/..",
                                            "/static/../x",
                                            "/static/js/../../x",
                                            "/static/./x",
                                            "/static/.hidden",
                                            "/static/js/.git/config",
                                            "/static/js/",
                                            "/static/%2e%2e/x",
                                            "/static/..%2fx",
                                            "/static/a\\..\\b",
                                            "/static/a b",
                                            "/static/a\nb",
                                            "/static/\xc2\xb7",
                                            "/static/~root",
                                            "/static/-rf",
                                            "//static/x",
                                            "/Static/x",
                                            "/static/a?b",
                                            "/static/a:b",
                                            "/etc/passwd",
                                            "/api/login"};
    char path[WEB_PATH_MAX];
    for (unsigned i = 0; i < ARRAY_COUNT(addresses); i++) {
        cr_expect_not(web_files_page_path(addresses[i], path), "%s", addresses[i]);
    }
}

Test(files, an_address_too_long_for_a_path_is_refused_not_cut)
{
    char address[WEB_PATH_MAX + 64] = "/static/";
    char path[WEB_PATH_MAX];
    memset(address + 8, 'a', WEB_PATH_MAX);
    cr_expect_not(web_files_page_path(address, path));
}

Test(files, a_tile_is_three_numbers_and_nothing_else)
{
    static const char *const wrong[] = {
        "/tiles/",          "/tiles/1/2.png",    "/tiles/1/2/3/4.png",       "/tiles/1/2/3.jpg",
        "/tiles/a/2/3.png", "/tiles/1/../3.png", "/tiles/1/2/.png",          "/tiles/-1/2/3.png",
        "/tiles/1//3.png",  "/tiles/1/2/3.png/", "/tiles/123456789/2/3.png", "/tiles/1/2/3.pngx"};
    char path[WEB_PATH_MAX];
    cr_assert(web_files_tile_path("/tiles/12/2047/1365.png", path));
    cr_expect_str_eq(path, "12/2047/1365.png");
    for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++) {
        cr_expect_not(web_files_tile_path(wrong[i], path), "%s", wrong[i]);
    }
}

Test(files, types_follow_the_ending)
{
    cr_expect_str_eq(web_files_type("index.html"), "text/html; charset=utf-8");
    cr_expect_str_eq(web_files_type("js/main.js"), "text/javascript; charset=utf-8");
    cr_expect_str_eq(web_files_type("icon.svg"), "image/svg+xml");
    cr_expect_str_eq(web_files_type("LICENSE"), "application/octet-stream");
    cr_expect_str_eq(web_files_type("x.js.html5"), "application/octet-stream");
}

Test(files, a_file_is_read_with_a_tag_that_changes_with_its_content)
{
    char directory[] = "/tmp/larwm-files-XXXXXX";
    char name[64];
    struct web_file file;
    char etag[WEB_ETAG_SIZE];
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(name, sizeof name, "%s/a.txt", directory);
    for (int round = 0; round < 2; round++) {
        FILE *to = fopen(name, "w");
        cr_assert_not_null(to);
        (void)fprintf(to, "content %d", round);
        (void)fclose(to);
        cr_assert_eq(web_file_read(directory, "a.txt", &file), ERROR_NONE);
        cr_expect_eq(file.size, 9);
        cr_expect_eq(memcmp(file.data, "content ", 8), 0);
        cr_expect(round == 0 || strcmp(etag, file.etag) != 0);
        (void)strcpy(etag, file.etag);
        web_file_free(&file);
    }
    (void)unlink(name);
    (void)rmdir(directory);
}

Test(files, what_is_not_a_plain_file_is_not_found)
{
    char directory[] = "/tmp/larwm-files-XXXXXX";
    char name[64];
    struct web_file file;
    cr_assert_not_null(mkdtemp(directory));
    cr_expect_eq(web_file_read(directory, "missing", &file), ERROR_NOT_FOUND);
    cr_expect_eq(web_file_read("/nonexistent", "x", &file), ERROR_NOT_FOUND);
    (void)snprintf(name, sizeof name, "%s/entry", directory);
    cr_assert_eq(mkdir(name, 0700), 0);
    cr_expect_eq(web_file_read(directory, "entry", &file), ERROR_NOT_FOUND);
    (void)rmdir(name);
    cr_assert_eq(mkfifo(name, 0600), 0);
    cr_expect_eq(web_file_read(directory, "entry", &file), ERROR_NOT_FOUND);
    (void)unlink(name);
    cr_assert_eq(symlink("/etc/passwd", name), 0);
    cr_expect_eq(web_file_read(directory, "entry", &file), ERROR_NOT_FOUND);
    (void)unlink(name);
    (void)rmdir(directory);
}

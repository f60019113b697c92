/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/snapshot.h"

#include "resolve/directory.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct seen
{
    struct registry *registry;
    unsigned units;
    unsigned users;
    unsigned forces;
    char hash[64];
};

static void
on_registry(void *data, struct registry *registry)
{
    ((struct seen *)data)->registry = registry;
}

static void
on_units(void *data, const struct resolve_unit *units, unsigned count)
{
    ((struct seen *)data)->units = count;
}

static void
on_users(void *data, const struct resolve_user *users, unsigned count)
{
    struct seen *seen = data;
    seen->users = count;
    snprintf(seen->hash, sizeof(seen->hash), "%s", users[0].password_hash);
}

static void
on_forces(void *data, const struct resolve_force *forces, unsigned count)
{
    ((struct seen *)data)->forces = count;
}

static struct blob *
make_directory(void)
{
    struct builder b = {0};
    uint8_t key[32];
    memset(key, 7, sizeof(key));
    for (unsigned i = 0; i < 3; i++) {
        char id[16];
        snprintf(id, sizeof(id), "SKY-%u", i);
        builder_begin(&b, DIRECTORY_UNIT);
        builder_put_text(&b, id);
        builder_put_u8(&b, 1);
        builder_put_u8(&b, 1);
        builder_put_u8(&b, 1);
        builder_put_u8(&b, UNIT_IN_SERVICE);
        builder_put_u32(&b, 900);
        builder_put_text(&b, "roam-a");
        builder_put_u8(&b, RISK_HIGH);
        builder_put_u64(&b, 5);
        builder_put_u64(&b, 6);
        builder_put_u32(&b, 1);
        key[0] = (uint8_t)i;
        builder_put_bytes(&b, key, sizeof(key));
        builder_end(&b);
    }
    builder_begin(&b, DIRECTORY_ACCOUNT);
    builder_put_text(&b, "1111");
    builder_put_text(&b, "SKY-1");
    builder_put_bytes(&b, key, 16);
    builder_end(&b);
    builder_begin(&b, DIRECTORY_REVOKED);
    key[0] = 99;
    builder_put_bytes(&b, key, sizeof(key));
    builder_end(&b);
    builder_begin(&b, DIRECTORY_USER);
    builder_put_text(&b, "nia");
    builder_put_text(&b, "Nia");
    builder_put_text(&b, "$argon2id$x");
    builder_put_bytes(&b, key, 20);
    builder_put_u8(&b, ROLE_OPERATOR);
    builder_put_u8(&b, 0);
    builder_put_text(&b, "cy");
    builder_end(&b);
    builder_begin(&b, DIRECTORY_FORCE);
    builder_put_text(&b, "gwent");
    builder_put_text(&b, "Gwent");
    builder_put_text(&b, "01632 960001");
    builder_put_text(&b, "");
    builder_end(&b);
    struct blob *blob = blob_new(b.bytes, b.size);
    builder_free(&b);
    return blob;
}

static char *
make_file(void)
{
    char *path = malloc(64);
    snprintf(path, 64, "/tmp/test-snapshot-%ld", (long)getpid());
    struct snapshot_card cards[2] = {{.unit = "SKY-0"}, {.unit = "SKY-2"}};
    cards[0].card = blob_new("card of 0", 9);
    cards[1].card = blob_new("card of 2", 9);
    struct snapshot_content content = {
        .directory = make_directory(),
        .cards = cards,
        .card_count = 2,
        .time_us = 12345,
    };
    cr_assert_eq(snapshot_write(path, &content), ERROR_NONE);
    blob_release(cards[0].card);
    blob_release(cards[1].card);
    blob_release(content.directory);
    return path;
}

static const struct resolve_callbacks *
callbacks_to(struct seen *seen)
{
    static struct resolve_callbacks callbacks;
    callbacks = (struct resolve_callbacks){
        .data = seen,
        .on_registry = on_registry,
        .on_units = on_units,
        .on_users = on_users,
        .on_forces = on_forces,
    };
    return &callbacks;
}

Test(snapshot, gives_back_directory_and_cards)
{
    char *path = make_file();
    struct stat status;
    struct snapshot snapshot;
    struct known known;
    struct seen seen = {0};
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    cr_assert_eq(snapshot_read(path, &snapshot), ERROR_NONE);
    cr_assert_eq(snapshot.time_us, 12345);
    known_init(&known);
    cr_assert_eq(directory_publish(snapshot.directory, &known, callbacks_to(&seen)), ERROR_NONE);
    snapshot_give_cards(&snapshot, &known);
    cr_assert_eq(seen.units, 3);
    cr_assert_eq(seen.users, 1);
    cr_assert_eq(seen.forces, 1);
    cr_assert_str_eq(seen.hash, "$argon2id$x");
    cr_assert_str_eq(registry_find_account(seen.registry, "1111")->unit->id, "SKY-1");
    /* an account as an older version wrote it: all defaults */
    cr_assert_eq(registry_find_account(seen.registry, "1111")->path, PATH_MAIN);
    cr_assert_eq(registry_find_account(seen.registry, "1111")->backup_network, '2');
    cr_assert_eq(known_find(&known, "SKY-2")->card->size, 9);
    cr_assert_null(known_find(&known, "SKY-1")->card);
    cr_assert_eq(known_find(&known, "SKY-1")->holder, 5);
    registry_free(seen.registry);
    snapshot_free(&snapshot);
    known_free(&known);
    unlink(path);
    free(path);
}

Test(snapshot, any_single_changed_byte_and_any_cut_is_refused)
{
    char *path = make_file();
    struct stat status;
    struct snapshot snapshot;
    int fd = open(path, O_RDWR);
    cr_assert_eq(fstat(fd, &status), 0);
    for (off_t at = 0; at < status.st_size; at++) {
        uint8_t byte;
        cr_assert_eq(pread(fd, &byte, 1, at), 1);
        for (unsigned bit = 0; bit < 8; bit += 3) {
            uint8_t damaged = byte ^ (uint8_t)(1u << bit);
            cr_assert_eq(pwrite(fd, &damaged, 1, at), 1);
            cr_assert_eq(snapshot_read(path, &snapshot), ERROR_DAMAGED, "byte %ld", (long)at);
        }
        cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
    }
    cr_assert_eq(snapshot_read(path, &snapshot), ERROR_NONE);
    snapshot_free(&snapshot);
    for (off_t size = status.st_size - 1; size >= 0; size--) {
        cr_assert_eq(ftruncate(fd, size), 0);
        cr_assert_eq(snapshot_read(path, &snapshot), ERROR_DAMAGED, "cut at %ld", (long)size);
    }
    close(fd);
    unlink(path);
    free(path);
}

Test(snapshot, no_file_is_not_found_and_a_folder_without_rights_is_an_error)
{
    struct snapshot snapshot;
    struct snapshot_content content = {.directory = make_directory()};
    cr_assert_eq(snapshot_read("/tmp/no-such-snapshot", &snapshot), ERROR_NOT_FOUND);
    cr_assert_neq(snapshot_write("/nowhere/at/all", &content), ERROR_NONE);
    blob_release(content.directory);
}

Test(snapshot, slots_stay_with_their_units_over_any_number_of_editions)
{
    struct known known;
    struct seen seen = {0};
    struct blob *directory = make_directory();
    uint32_t slot;
    known_init(&known);
    for (unsigned i = 0; i < 3000; i++) {
        char id[16];
        snprintf(id, sizeof(id), "X-%u", i);
        cr_assert_not_null(known_add(&known, id, &slot));
        cr_assert_eq(slot, i + 1);
    }
    for (unsigned round = 0; round < 3; round++) {
        cr_assert_eq(directory_publish(directory, &known, callbacks_to(&seen)), ERROR_NONE);
        cr_assert_eq(registry_find_unit(seen.registry, "SKY-2")->slot, 3003);
        registry_free(seen.registry);
    }
    cr_assert_not_null(known_add(&known, "X-17", &slot));
    cr_assert_eq(slot, 18);
    blob_release(directory);
    known_free(&known);
}

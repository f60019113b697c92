/* SPDX-License-Identifier: Apache-2.0 */
#include "rig_dc09.h"

#include "base/clock.h"
#include "base/require.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t key[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
                                0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F};
static const char *const accounts[] = {"A10001", "1111", "2222", "3333"};
static struct dc09_cipher *cipher;

static void
fill_panels(struct registry *registry, void *data)
{
    void (*edit)(struct registry_account *) = NULL;
    memcpy(&edit, data, sizeof edit);
    for (unsigned i = 0; i < ARRAY_COUNT(accounts); i++) {
        struct registry_unit unit = {.slot = 11 + i};
        struct registry_account account = {.key_size = i == 0 ? 16 : 0};
        (void)snprintf(unit.id, sizeof unit.id, "PAN-%s", accounts[i]);
        (void)snprintf(account.account, sizeof account.account, "%s", accounts[i]);
        memcpy(account.key, key, sizeof key);
        if (edit != NULL) {
            edit(&account);
        }
        account.unit = registry_add_unit(registry, &unit);
        require(registry_add_account(registry, &account));
    }
}

void
rig_dc09_publish(struct rig *rig, void (*edit)(struct registry_account *account))
{
    rig_publish(rig, fill_panels, &edit);
    /* the worker has the registry once a NULL of a known account counts as heard */
    int fd = rig_dial(rig, RIG_DC09_TCP);
    atomic_store(&rig->seen->slots[RIG_SLOT_1111], 0);
    while (atomic_load(&rig->seen->slots[RIG_SLOT_1111]) == 0) {
        rig_send_frame(fd, "NULL", 0, "1111", "", false, 0);
        (void)rig_read_reply(fd);
    }
    (void)close(fd);
}

struct rig *
rig_dc09_start(void (*change)(struct intake_options *options))
{
    struct rig *rig = rig_start(change);
    enum error error = dc09_cipher_create(&cipher);
    require(error == ERROR_NONE);
    rig_dc09_publish(rig, NULL);
    return rig;
}

void
rig_dc09_stop(struct rig *rig)
{
    dc09_cipher_free(cipher);
    rig_stop(rig);
}

size_t
rig_frame(uint8_t *to, const char *token, unsigned sequence, const char *account,
          const char *payload, bool encrypted, int64_t time_us)
{
    char head[64];
    char data[512];
    (void)snprintf(head, sizeof head, "L0#%s", account);
    (void)snprintf(data, sizeof data, payload[0] != '\0' ? "#%s|%s" : "", account, payload);
    struct dc09_outgoing outgoing = {
        .token = token,
        .sequence = sequence,
        .head = {.data = head, .size = strlen(head)},
        .data = {.data = data, .size = strlen(data)},
        .timed = time_us != 0,
        .time_us = time_us,
        .cipher = encrypted ? cipher : NULL,
        .key = key,
        .key_size = 16,
    };
    size_t size = dc09_encode(&outgoing, to, DC09_FRAME_MAX);
    cr_assert_gt(size, 0);
    return size;
}

void
rig_send_frame(int fd, const char *token, unsigned sequence, const char *account,
               const char *payload, bool encrypted, int64_t time_us)
{
    uint8_t frame[DC09_FRAME_MAX];
    rig_send(fd, frame, rig_frame(frame, token, sequence, account, payload, encrypted, time_us));
}

/* The whole reply of a stream is known before its CR is there; of a datagram it is all there. */
static size_t
read_frame(int fd, uint8_t *bytes, size_t room, struct dc09_frame *frame)
{
    int type = 0;
    socklen_t type_size = sizeof type;
    cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size), 0);
    size_t step = type == SOCK_DGRAM ? room : 1;
    size_t size = 0;
    for (;;) {
        size_t at = 0;
        if (dc09_framer_next(bytes, size, &at, frame) == DC09_SCAN_FRAME) {
            break;
        }
        ssize_t got = recv(fd, bytes + size, step, 0);
        cr_assert_gt(got, 0, "no reply");
        size += (size_t)got;
    }
    while (bytes[size - 1] != '\r') {
        cr_assert_eq(rig_receive(fd, bytes + size, 1), 1);
        size += 1;
    }
    return size;
}

struct dc09_message
rig_read_reply(int fd)
{
    static uint8_t bytes[1024];
    static uint8_t scratch[DC09_SCRATCH_SIZE];
    struct dc09_frame frame;
    struct dc09_message message;
    (void)read_frame(fd, bytes, sizeof bytes, &frame);
    cr_assert_eq(dc09_decode(&frame, &message), ERROR_NONE);
    if (message.encrypted) {
        cr_assert_eq(dc09_decrypt(cipher, key, 16, scratch, &message), ERROR_NONE);
    }
    return message;
}

void
rig_expect(int fd, const char *reply)
{
    char got[512] = {0};
    size_t size = rig_receive(fd, got, strlen(reply));
    cr_assert_eq(size, strlen(reply), "got %zu bytes: %s", size, got);
    cr_assert_str_eq(got, reply);
}

void
rig_expect_alive(int fd, const char *account)
{
    rig_send_frame(fd, "NULL", 77, account, "", false, 0);
    struct dc09_message reply = rig_read_reply(fd);
    cr_assert_eq(reply.token, DC09_TOKEN_ACK);
    cr_assert_eq(reply.sequence, 77);
}

void
rig_expect_end(int fd)
{
    char byte;
    cr_assert_eq(recv(fd, &byte, 1, 0), 0, "not ended in order");
}

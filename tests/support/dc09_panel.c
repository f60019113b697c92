/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-panel: a DC-09 panel for scripts and drills. It sends frames, good ones or not, over TCP,
 * TLS or UDP, waits for each answer and prints it, then a line of JSON. See `usage` in
 * dc09_panel_options.c.
 *
 * Blocking on purpose: a script reads better than an event loop. Each answer has its deadline.
 *
 * Happy path: connect; for each frame: encode, write (in pieces if asked), read up to a whole
 * answer, print. Failures: no answer in time, the peer closes, an answer that does not fit its
 * request: said on stderr and in the exit code. On close: a TLS close notice, then the socket.
 */
#include "dc09_panel.h"

#include "base/clock.h"
#include "base/text.h"
#include "intake/dc09_message.h"
#include "intake/dc09_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
write_head(const struct panel *panel, char *to, size_t room)
{
    size_t used = 0;

    to[0] = '\0';
    if (panel->receiver != NULL) {
        text_append(to, room, &used, "R%s", panel->receiver);
    }
    if (panel->prefix != NULL) {
        text_append(to, room, &used, "L%s", panel->prefix);
    }
    text_append(to, room, &used, "#%s", panel->account);
}

static void
write_data(const struct panel *panel, char *to, size_t room)
{
    size_t used = 0;
    const char *payload = panel->payload;

    to[0] = '\0';
    if (panel->data != NULL) {
        text_append(to, room, &used, "%s", panel->data);
        return;
    }
    if (payload == NULL && strcmp(panel->token, "NULL") == 0) {
        return;
    }
    if (payload == NULL) {
        payload = strcmp(panel->token, "ADM-CID") == 0 ? "1120 01 001" : "Nri1/PA001";
    }
    text_append(to, room, &used, "#%s|%s", panel->account, payload);
}

static size_t
write_frame(const struct panel *panel, unsigned sequence, uint8_t frame[2 * DC09_FRAME_MAX])
{
    char head[128];
    char data[DC09_FRAME_MAX];

    if (panel->raw_size > 0) {
        memcpy(frame, panel->raw, panel->raw_size);
        return panel->raw_size;
    }
    write_head(panel, head, sizeof(head));
    write_data(panel, data, sizeof(data));
    struct dc09_outgoing outgoing = {.token = panel->token,
                                     .binary_crc = panel->binary_crc,
                                     .sequence = sequence,
                                     .head = {head, strlen(head)},
                                     .data = {data, strlen(data)},
                                     .xdata = {panel->xdata, strlen(panel->xdata)},
                                     .timed = panel->timed,
                                     .time_us = clock_wall_us() + panel->clock_off_us,
                                     .cipher = panel->key_size > 0 ? panel->cipher : NULL,
                                     .key = panel->key,
                                     .key_size = panel->key_size,
                                     .bar = true};
    size_t size = dc09_encode(&outgoing, frame, DC09_FRAME_MAX);
    if (size == 0) {
        panel_stop_usage("the frame is longer than 4095 bytes");
    }
    return size;
}

/* Writes in pieces of --split bytes: TCP_NODELAY makes each its own segment. */
static bool
send_bytes(const struct panel *panel, const uint8_t *bytes, size_t size)
{
    size_t piece = panel->split > 0 ? panel->split : size;

    for (size_t at = 0; at < size; at += piece) {
        size_t count = size - at < piece ? size - at : piece;
        if (!panel_link_write(panel->connection, bytes + at, count)) {
            return false;
        }
    }
    return true;
}

static void
print_text(const char *label, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;

    (void)fputs(label, stdout);
    for (size_t i = 0; i < size; i++) {
        if (from[i] >= 0x20 && from[i] < 0x7F) {
            (void)putchar(from[i]);
        } else {
            (void)printf("\\x%02X", from[i]);
        }
    }
    (void)putchar('\n');
}

static void
print_answer(struct panel *panel, const struct dc09_frame *frame,
             const struct dc09_message *message)
{
    if (panel->quiet) {
        return;
    }
    print_text("", frame->raw, frame->raw_size);
    if (message->encrypted && message->opened) {
        print_text("  decrypted: time ", message->time_text.data, message->time_text.size);
    }
}

static void
print_json(const char *reply, unsigned sequence, uint64_t started_us)
{
    (void)printf("{\"reply\":\"%s\",\"sequence\":%u,\"ms\":%.3f}\n", reply, sequence,
                 (double)(clock_mono_us() - started_us) / 1000);
    (void)fflush(stdout);
}

/* An answer must echo the sequence (NAK has its own) and be encrypted when the request was. */
static bool
fits_request(const struct panel *panel, const struct dc09_message *message, unsigned sequence)
{
    if (message->token == DC09_TOKEN_NAK || panel->raw_size > 0) {
        return true;
    }
    if (message->sequence != sequence) {
        (void)fprintf(stderr, "larwm-panel: the answer has sequence %04u, not %04u\n",
                      message->sequence, sequence);
        return false;
    }
    if (message->token == DC09_TOKEN_ACK && panel->key_size > 0 && !message->opened) {
        (void)fputs("larwm-panel: the ACK is not encrypted with our key\n", stderr);
        return false;
    }
    return true;
}

/* A datagram may come late: the second ACK of a frame that was sent twice. */
static bool
is_of_another(const struct panel *panel, const struct dc09_message *message, unsigned sequence)
{
    return panel->link.udp && panel->raw_size == 0 && message->token != DC09_TOKEN_NAK &&
           message->sequence != sequence;
}

/* Reads one answer. Returns an exit code; *ret_time_us is the time a NAK carried, else untouched.
 */
static int
take_answer(struct panel *panel, unsigned sequence, uint64_t started_us, int64_t *ret_time_us)
{
    struct dc09_frame frame;
    struct dc09_message message;

    enum error error;
    do {
        if (!panel_link_read_frame(panel->connection, panel->timeout_ms, &frame)) {
            print_json("none", sequence, started_us);
            return EXIT_SILENT;
        }
        error = dc09_decode(&frame, &message);
    } while (error == ERROR_NONE && is_of_another(panel, &message, sequence));
    if (error != ERROR_NONE) {
        print_json("unreadable", sequence, started_us);
        return EXIT_LOCAL;
    }
    if (message.encrypted && panel->key_size > 0) {
        (void)!dc09_decrypt(panel->cipher, panel->key, panel->key_size, panel->scratch, &message);
    } else if (message.encrypted) {
        message.opened = false;
    }
    print_answer(panel, &frame, &message);
    print_json(dc09_token_text(message.token), sequence, started_us);
    if (!fits_request(panel, &message, sequence)) {
        return EXIT_LOCAL;
    }
    if (message.token == DC09_TOKEN_NAK && message.time_state == DC09_TIME_VALID) {
        *ret_time_us = message.time_us;
    }
    return message.token == DC09_TOKEN_ACK   ? EXIT_ACK
           : message.token == DC09_TOKEN_NAK ? EXIT_NAK
           : message.token == DC09_TOKEN_DUH ? EXIT_DUH
                                             : EXIT_LOCAL;
}

/* Is it sent again after this? Silence on UDP always is, as panels do. */
static bool
is_again(const struct panel *panel, int result)
{
    return (panel->resend && (result == EXIT_NAK || result == EXIT_SILENT)) ||
           (panel->link.udp && result == EXIT_SILENT);
}

/* One frame, sent again as --resend says: after a NAK with the clock set from it, after silence
 * byte for byte. */
static int
send_one(struct panel *panel, unsigned sequence, bool last)
{
    uint8_t frame[2 * DC09_FRAME_MAX];
    int result = EXIT_NAK;
    size_t size = 0;

    for (unsigned attempt = 0; attempt < panel->attempts_max; attempt++) {
        size = result == EXIT_NAK ? write_frame(panel, sequence, frame) : size;
        uint64_t started_us = clock_mono_us();
        int64_t centre_us = 0;
        if (!send_bytes(panel, frame, size)) {
            (void)fputs("larwm-panel: the connection is gone\n", stderr);
            return EXIT_LOCAL;
        }
        if (panel->half_close && last) {
            panel_link_half_close(panel->connection);
        }
        result = take_answer(panel, sequence, started_us, &centre_us);
        for (unsigned again = 1; again < panel->repeat && result == EXIT_ACK; again++) {
            started_us = clock_mono_us();
            result = send_bytes(panel, frame, size)
                         ? take_answer(panel, sequence, started_us, &centre_us)
                         : EXIT_LOCAL;
        }
        if (!is_again(panel, result)) {
            break;
        }
        if (centre_us != 0) {
            panel->clock_off_us = centre_us - clock_wall_us();
        }
    }
    return result;
}

static unsigned
next_sequence(unsigned sequence)
{
    return sequence >= 9999 ? 1 : sequence + 1;
}

/* All frames in one write, so that they share segments; then as many answers. */
static int
send_together(struct panel *panel)
{
    size_t frames = (size_t)panel->count * panel->repeat;
    uint8_t *bytes = malloc(frames * 2 * DC09_FRAME_MAX);
    unsigned sequence = panel->sequence;
    size_t used = 0;
    int worst = EXIT_ACK;

    if (bytes == NULL) {
        panel_stop_usage("--count is too large to send at once");
    }
    for (unsigned i = 0; i < panel->count; i++) {
        size_t size = write_frame(panel, sequence, bytes + used);
        for (unsigned again = 1; again < panel->repeat; again++) {
            memcpy(bytes + used + again * size, bytes + used, size);
        }
        used += size * panel->repeat;
        sequence = next_sequence(sequence);
    }
    uint64_t started_us = clock_mono_us();
    if (!send_bytes(panel, bytes, used)) {
        worst = EXIT_LOCAL;
    }
    sequence = panel->sequence;
    for (size_t i = 0; i < frames && worst != EXIT_LOCAL && worst != EXIT_SILENT; i++) {
        int64_t centre_us = 0;
        int result = take_answer(panel, sequence, started_us, &centre_us);
        worst = result > worst || result == EXIT_LOCAL ? result : worst;
        sequence = (i + 1) % panel->repeat == 0 ? next_sequence(sequence) : sequence;
    }
    free(bytes);
    return worst;
}

static int
run(struct panel *panel)
{
    unsigned sequence = panel->sequence;
    int worst = EXIT_ACK;

    if (panel->coalesce) {
        return send_together(panel);
    }
    for (unsigned i = 0; i < panel->count; i++) {
        int result = send_one(panel, sequence, i + 1 == panel->count);
        worst = result > worst ? result : worst;
        if (result == EXIT_LOCAL) {
            return EXIT_LOCAL;
        }
        sequence = next_sequence(sequence);
    }
    if (panel->half_close && !panel_link_await_end(panel->connection, panel->timeout_ms)) {
        (void)fputs("larwm-panel: the receiver did not end in order\n", stderr);
        return EXIT_LOCAL;
    }
    return worst;
}

int
main(int argc, char **argv)
{
    static struct panel panel = {
        .token = "SIA-DCS", .sequence = 1, .xdata = "", .prefix = "0", .count = 1, .repeat = 1};

    clock_init();
    panel_read_options(&panel, argc, argv);
    if (dc09_cipher_create(&panel.cipher) != ERROR_NONE) {
        (void)fputs("larwm-panel: no AES here\n", stderr);
        return EXIT_LOCAL;
    }
    panel.connection = panel_link_open(&panel.link);
    int result = panel.connection == NULL ? EXIT_LOCAL : run(&panel);
    panel_link_close(panel.connection);
    dc09_cipher_free(panel.cipher);
    return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_explain.h"

#include "base/clock.h"
#include "intake/dc09_chars.h"
#include "intake/dc09_crypt.h"
#include "intake/dc09_payload.h"
#include "intake/dc09_time.h"
#include "intake/dc09_xdata.h"

#include <string.h>

#define FIELD "%-12s "

static void
print_bytes(FILE *to, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c > 0x7E) {
            (void)fprintf(to, "\\x%02X", c);
        } else {
            (void)fputc(c, to);
        }
    }
}

static void
print_view(FILE *to, const char *name, struct dc09_view view)
{
    (void)fprintf(to, FIELD, name);
    print_bytes(to, view.data, view.size);
    (void)fputc('\n', to);
}

/* The first character of "CRC 0LLL quote" that does not fit; nothing else is known of the line. */
static void
explain_no_header(FILE *to, const uint8_t *line, size_t size)
{
    static const char *const expected[9] = {
        "a hex digit of the CRC",    "a hex digit of the CRC",    "a hex digit of the CRC",
        "a hex digit of the CRC",    "the 0 before the length",   "a hex digit of the length",
        "a hex digit of the length", "a hex digit of the length", "the quote before the token"};
    size_t at = 0;

    while (at < 9 && at < size) {
        char c = (char)line[at];
        bool fits = at == 4 ? c == '0' : at == 8 ? c == '"' : dc09_is_hex(c);
        if (!fits) {
            break;
        }
        at += 1;
    }
    (void)fprintf(to, "wrong: no header. Byte %zu", at + 1);
    if (at < size) {
        (void)fputs(" is \"", to);
        print_bytes(to, (const char *)line + at, 1);
        (void)fputs("\",", to);
    } else {
        (void)fputs(" is missing,", to);
    }
    (void)fprintf(to, " expected %s\n", at < 9 ? expected[at] : "a frame");
}

/* The polynomial that web pages name wrongly (standards.md 1.2), to tell the engineer so. */
static uint16_t
crc_ccitt(const uint8_t *bytes, size_t size, unsigned start)
{
    unsigned crc = start;

    for (size_t i = 0; i < size; i++) {
        crc ^= (unsigned)bytes[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
        }
        crc &= 0xFFFF;
    }
    return (uint16_t)crc;
}

static void
explain_damage(FILE *to, const struct dc09_frame *frame)
{
    if (frame->damage == DC09_DAMAGE_LENGTH) {
        (void)fprintf(to,
                      "wrong: the length says %u (0x%03X), but %zu (0x%03zX) bytes stand between "
                      "the first quote and CR\n",
                      frame->length, frame->length, frame->body_size, frame->body_size);
        return;
    }
    (void)fprintf(to, "wrong: the CRC says %04X, the bytes give %04X (CRC-16/ARC)\n",
                  frame->crc_said, frame->crc_found);
    if (frame->crc_said == crc_ccitt(frame->body, frame->body_size, 0xFFFF) ||
        frame->crc_said == crc_ccitt(frame->body, frame->body_size, 0)) {
        (void)fputs("hint: it is the CRC-16/CCITT of these bytes; DC-09 wants CRC-16/ARC\n", to);
    }
}

static void
explain_header(FILE *to, const struct dc09_frame *frame)
{
    (void)fprintf(to, FIELD "%04X (%s)\n", "CRC", frame->crc_said,
                  frame->binary_crc ? "two raw bytes" : "text");
    (void)fprintf(to, FIELD "%u\n", "length", frame->length);
}

static void
explain_head(FILE *to, const struct dc09_message *message)
{
    (void)fprintf(to, FIELD "%s%.*s%s\n", "token", message->encrypted ? "*" : "",
                  (int)message->token_text.size, message->token_text.data,
                  message->token == DC09_TOKEN_UNKNOWN ? " (unknown: DUH)" : "");
    (void)fprintf(to, FIELD "%04u\n", "sequence", message->sequence);
    if (message->receiver.data != NULL) {
        print_view(to, "receiver R", message->receiver);
    }
    if (message->prefix.data != NULL) {
        print_view(to, "prefix L", message->prefix);
    }
    print_view(to, "account", message->account);
}

static void
explain_oddities(FILE *to, unsigned oddities)
{
    static const struct
    {
        enum dc09_oddity oddity;
        const char *text;
    } texts[] = {
        {DC09_ODD_NO_PREFIX, "L is missing"},
        {DC09_ODD_EMPTY_PREFIX, "L has no value"},
        {DC09_ODD_ACCOUNT, "the account is not 3 to 16 hex digits"},
        {DC09_ODD_ACCOUNT_DIFFERS, "the account inside the data is another one"},
        {DC09_ODD_UNCLOSED, "a closing ] is missing"},
        {DC09_ODD_TRAILING, "bytes between or after the fields"},
        {DC09_ODD_XDATA_MANY, "more xdata blocks than are kept"},
        {DC09_ODD_KEY_REQUEST, "it asks for a key; none is ever given"},
        {DC09_ODD_NO_TIME, "encrypted, yet without timestamp"},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if ((oddities & texts[i].oddity) != 0) {
            (void)fprintf(to, FIELD "%s\n", "odd", texts[i].text);
        }
    }
}

static void
explain_event(FILE *to, const char *table, const struct dc09_event *event)
{
    (void)fprintf(to, FIELD "%s %s: %s%s%s%s", "event", table,
                  event->code[0] == '\0' ? "?" : event->code, event->meaning.subject,
                  event->meaning.what[0] == '\0' ? "" : " ", event->meaning.what,
                  event->restore && !event->meaning.restore ? ", restored or closed" : "");
    (void)fprintf(to, "; kind %s, class %s%s", signal_kind_text((int)event->meaning.kind),
                  priority_text((int)event->class_hint), event->meaning.silent ? ", silent" : "");
    if (event->area.size > 0) {
        (void)fprintf(to, "; area %.*s", (int)event->area.size, event->area.data);
    }
    if (event->zone.size > 0) {
        (void)fprintf(to, "; zone %.*s", (int)event->zone.size, event->zone.data);
    }
    if (event->user.size > 0) {
        (void)fprintf(to, "; user %.*s", (int)event->user.size, event->user.data);
    }
    (void)fputc('\n', to);
}

static void
explain_events(FILE *to, const struct dc09_message *message)
{
    struct dc09_event events[DC09_EVENTS_MAX];
    struct dc09_signal signal;
    bool more = false;

    if (!dc09_is_event(message)) {
        return;
    }
    bool contact_id = message->token == DC09_TOKEN_ADM_CID;
    unsigned count = contact_id ? dc09_read_cid(message->payload, events, &more)
                                : dc09_read_sia(message->payload, events, &more);
    for (unsigned i = 0; i < count; i++) {
        explain_event(to, contact_id ? "CID" : "SIA", &events[i]);
    }
    dc09_interpret(message, &signal);
    (void)fprintf(to, FIELD "%s (%s%s)\n", "signal", signal_kind_text((int)signal.kind),
                  signal.code, signal.restore ? ", restore" : "");
    (void)fprintf(to, FIELD "%s\n", "zone", signal.zone);
    (void)fprintf(to, FIELD "%s\n", "text", signal.text);
}

static void
explain_xdata(FILE *to, const struct dc09_message *message)
{
    struct dc09_position position;
    char text[LIMIT_TEXT];

    for (unsigned i = 0; i < message->xdata_count; i++) {
        const struct dc09_xdata *block = &message->xdata[i];
        (void)dc09_text_to_utf8(block->value, text, sizeof(text));
        (void)fprintf(to, FIELD "", "xdata");
        print_bytes(to, &block->letter, 1);
        (void)fprintf(to, " (%s) %s\n", dc09_xdata_meaning(block->letter), text);
    }
    if (dc09_xdata_position(message, &position)) {
        (void)fprintf(to, FIELD "%.6f, %.6f\n", "position", position.latitude, position.longitude);
    } else if (dc09_xdata_find(message, 'X') != NULL || dc09_xdata_find(message, 'Y') != NULL) {
        (void)fprintf(to, FIELD "not usable (both X and Y, in range, and not 0,0)\n", "position");
    }
}

static void
explain_block(FILE *to, const struct dc09_message *message)
{
    char instant[CLOCK_TEXT_SIZE];

    if (message->data_account.size > 0) {
        print_view(to, "data account", message->data_account);
    }
    print_view(to, "payload", message->payload);
    explain_events(to, message);
    explain_xdata(to, message);
    if (message->time_state != DC09_TIME_ABSENT) {
        print_view(to, "timestamp", message->time_text);
        (void)fprintf(to, FIELD "%s\n", "",
                      message->time_state == DC09_TIME_VALID
                          ? clock_format(message->time_us, instant)
                          : "wrong: no such instant; expected HH:MM:SS,MM-DD-YYYY");
    }
}

/* Says why a key does not open the frame, as far as that can be told. */
static bool
explain_encrypted(FILE *to, struct dc09_message *message, const uint8_t *key, size_t key_size,
                  uint8_t scratch[DC09_SCRATCH_SIZE])
{
    struct dc09_cipher *cipher = NULL;
    struct dc09_view hex = message->ciphertext;

    (void)fprintf(to, FIELD "%zu hex digits\n", "ciphertext", hex.size);
    for (size_t i = 0; i < hex.size; i++) {
        if (!dc09_is_hex(hex.data[i])) {
            (void)fprintf(to, "wrong: digit %zu of the ciphertext is no hex digit\n", i + 1);
            return false;
        }
    }
    if (hex.size == 0 || hex.size % 32 != 0) {
        (void)fputs("wrong: the ciphertext is not whole blocks of 32 hex digits\n", to);
        return false;
    }
    if (key_size == 0) {
        (void)fputs("encrypted: give its key to read further\n", to);
        return false;
    }
    if (dc09_cipher_create(&cipher) != ERROR_NONE) {
        (void)fputs("wrong: AES is not available here\n", to);
        return false;
    }
    bool opened = dc09_decrypt(cipher, key, key_size, scratch, message) == ERROR_NONE;
    dc09_cipher_free(cipher);
    if (!opened) {
        (void)fputs(
            "wrong: this key does not open it: no delimiter in the first 18 bytes, or neither "
            "timestamp nor account in the text\n",
            to);
    }
    return opened;
}

static bool
explain_body(FILE *to, const struct dc09_frame *frame, const uint8_t *key, size_t key_size)
{
    uint8_t scratch[DC09_SCRATCH_SIZE];
    struct dc09_message message;
    enum error error = dc09_decode(frame, &message);

    if (error != ERROR_NONE) {
        (void)fputs("wrong: ", to);
        print_bytes(to, (const char *)frame->body, frame->body_size);
        (void)fprintf(to, "\n       %*s^ byte %zu: expected %s\n", (int)message.wrong_at, "",
                      message.wrong_at + 1, message.wrong);
        return false;
    }
    explain_head(to, &message);
    bool opened = !message.encrypted || explain_encrypted(to, &message, key, key_size, scratch);
    if (opened) {
        explain_block(to, &message);
    }
    explain_oddities(to, message.oddities);
    return opened && message.token != DC09_TOKEN_UNKNOWN;
}

/* Puts the LF and CR back that a terminal or a log took away. Returns the size, 0: too long. */
static size_t
wrap_line(const uint8_t *bytes, size_t size, uint8_t line[DC09_FRAME_MAX + 1])
{
    while (size > 0 &&
           (bytes[size - 1] == '\r' || bytes[size - 1] == '\n' || bytes[size - 1] == 0)) {
        size -= 1;
    }
    if (size > 0 && bytes[0] == '\n') {
        bytes += 1;
        size -= 1;
    }
    if (size + 2 > DC09_FRAME_MAX + 1) {
        return 0;
    }
    line[0] = '\n';
    if (size > 0) {
        memcpy(line + 1, bytes, size);
    }
    line[size + 1] = '\r';
    return size + 2;
}

bool
dc09_explain(FILE *to, const uint8_t *bytes, size_t size, const uint8_t *key, size_t key_size)
{
    uint8_t line[DC09_FRAME_MAX + 1];
    struct dc09_frame frame;
    size_t at = 0;
    size_t wrapped = wrap_line(bytes, size, line);

    if (wrapped == 0) {
        (void)fprintf(to, "wrong: longer than a frame can be (%d bytes)\n", DC09_FRAME_MAX);
        return false;
    }
    enum dc09_scan scan = dc09_framer_next(line, wrapped, &at, &frame);
    if (scan == DC09_SCAN_MORE || frame.body == NULL) {
        explain_no_header(to, line + 1, wrapped - 2);
        return false;
    }
    explain_header(to, &frame);
    if (scan == DC09_SCAN_BAD) {
        explain_damage(to, &frame);
        (void)fputs("a receiver stays silent; the rest, read all the same:\n", to);
        (void)explain_body(to, &frame, key, key_size);
        return false;
    }
    return explain_body(to, &frame, key, key_size);
}

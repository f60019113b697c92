/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_chars.h"
#include "intake/dc09_message.h"
#include "intake/dc09_time.h"
#include "intake/dc09_xdata.h"

#include <string.h>

#define TOKEN_MAX 15
#define DIGITS_MAX 16 /* of R and L; the standard says 6 */

/* A place in text, with a sticky error that remembers the first thing wrong. */
struct reader
{
    const char *text;
    size_t size;
    size_t at;
    const char *wrong;
    size_t wrong_at;
};

static void
reader_fail(struct reader *reader, const char *expected)
{
    if (reader->wrong == NULL) {
        reader->wrong = expected;
        reader->wrong_at = reader->at;
    }
}

static bool
reader_sees(const struct reader *reader, char c)
{
    return reader->wrong == NULL && reader->at < reader->size && reader->text[reader->at] == c;
}

static bool
reader_takes(struct reader *reader, char c)
{
    bool there = reader_sees(reader, c);

    reader->at += there ? 1 : 0;
    return there;
}

/* The longest run of characters of one class, at most `max`. */
static struct dc09_view
reader_run(struct reader *reader, bool (*belongs)(char), size_t max)
{
    struct dc09_view run = {reader->text + reader->at, 0};

    while (run.size < max && reader->at < reader->size && belongs(reader->text[reader->at])) {
        run.size += 1;
        reader->at += 1;
    }
    return run;
}

static bool
is_token_char(char c)
{
    return dc09_is_alnum(c) || c == '-';
}

static const struct
{
    enum dc09_token token;
    const char *text;
} tokens[] = {
    {DC09_TOKEN_SIA_DCS, "SIA-DCS"}, {DC09_TOKEN_ADM_CID, "ADM-CID"}, {DC09_TOKEN_NULL, "NULL"},
    {DC09_TOKEN_ACK, "ACK"},         {DC09_TOKEN_NAK, "NAK"},         {DC09_TOKEN_DUH, "DUH"},
    {DC09_TOKEN_RSP, "RSP"},
};

static enum dc09_token
token_of(struct dc09_view text)
{
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        if (strlen(tokens[i].text) == text.size &&
            memcmp(tokens[i].text, text.data, text.size) == 0) {
            return tokens[i].token;
        }
    }
    return DC09_TOKEN_UNKNOWN;
}

const char *
dc09_token_text(enum dc09_token token)
{
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        if (tokens[i].token == token) {
            return tokens[i].text;
        }
    }
    return "?";
}

/* "ID", the asterisk of encryption inside the quotes, then four digits. */
static void
read_token_and_sequence(struct reader *reader, struct dc09_message *message)
{
    if (!reader_takes(reader, '"')) {
        reader_fail(reader, "a quote");
    }
    message->encrypted = reader_takes(reader, '*');
    message->token_text = reader_run(reader, is_token_char, TOKEN_MAX);
    if (message->token_text.size == 0) {
        reader_fail(reader, "a token of letters, digits and '-'");
    }
    if (!reader_takes(reader, '"')) {
        reader_fail(reader, "the quote that ends the token");
    }
    message->token = token_of(message->token_text);

    for (int i = 0; i < 4; i++) {
        if (reader->at >= reader->size || !dc09_is_digit(reader->text[reader->at])) {
            reader_fail(reader, "a sequence number of four decimal digits");
            return;
        }
        message->sequence = (uint16_t)(message->sequence * 10 + (reader->text[reader->at] - '0'));
        reader->at += 1;
    }
}

static void
flag_account(struct dc09_message *message, struct dc09_view account)
{
    bool regular = account.size >= 3 && account.size <= 16;

    for (size_t i = 0; i < account.size; i++) {
        regular = regular && dc09_is_hex(account.data[i]);
    }
    message->oddities |= regular ? 0 : DC09_ODD_ACCOUNT;
}

/* [Rrcvr] [Lpref] [#acct]: all kept as one view too, because replies echo exactly these bytes. */
static void
read_head(struct reader *reader, struct dc09_message *message)
{
    size_t start = reader->at;

    if (reader_takes(reader, 'R')) {
        message->receiver = reader_run(reader, dc09_is_hex, DIGITS_MAX);
    }
    if (reader_takes(reader, 'L')) {
        message->prefix = reader_run(reader, dc09_is_hex, DIGITS_MAX);
        message->oddities |= message->prefix.size == 0 ? DC09_ODD_EMPTY_PREFIX : 0;
    } else {
        message->oddities |= DC09_ODD_NO_PREFIX;
    }
    if (reader_takes(reader, '#')) { /* NAK has none: its fixed "L0A0" reads as a prefix */
        message->account = reader_run(reader, dc09_is_alnum, LIMIT_ACCOUNT - 1);
        flag_account(message, message->account);
    }
    if (reader->at - start > DC09_HEAD_MAX) {
        reader_fail(reader, "at most 44 characters of receiver, prefix and account");
        return;
    }
    message->head = (struct dc09_view){reader->text + start, reader->at - start};
}

/* Where the underscore of a timestamp at the very end of `text` stands, or else `size`. */
static size_t
find_final_time(const char *text, size_t size)
{
    if (size < DC09_TIME_SIZE + 1 || text[size - DC09_TIME_SIZE - 1] != '_' ||
        !dc09_time_has_form(text + size - DC09_TIME_SIZE, DC09_TIME_SIZE)) {
        return size;
    }
    return size - DC09_TIME_SIZE - 1;
}

/*
 * Takes from text[*at..] up to the closing bracket. Where that is missing, everything up to the
 * timestamp at the end belongs to the field: a panel's slip must not cost the alarm.
 */
static struct dc09_view
take_bracketed(struct dc09_message *message, const char *text, size_t size, size_t *at)
{
    struct dc09_view value = {text + *at, 0};
    const char *close = memchr(text + *at, ']', size - *at);

    if (close != NULL) {
        value.size = (size_t)(close - value.data);
        *at += value.size + 1;
        return value;
    }
    message->oddities |= DC09_ODD_UNCLOSED;
    /* never before *at: a timestamp holds no bracket, and a bracket stands before the field */
    size_t end = find_final_time(text, size);
    value.size = end - *at;
    *at = end;
    return value;
}

/* [#acct|payload], [|payload] and [payload] are all in the field. */
static void
split_data(struct dc09_message *message, struct dc09_view data)
{
    const char *bar = data.size == 0 ? NULL : memchr(data.data, '|', data.size);

    message->payload = data;
    if (data.size == 0 || (data.data[0] != '#' && data.data[0] != '|')) {
        return;
    }
    size_t before = bar == NULL ? data.size : (size_t)(bar - data.data);
    if (data.data[0] == '#') {
        message->data_account = (struct dc09_view){data.data + 1, before - 1};
    }
    size_t skip = bar == NULL ? before : before + 1;
    message->payload = (struct dc09_view){data.data + skip, data.size - skip};
}

static void
keep_xdata(struct dc09_message *message, struct dc09_view block)
{
    if (block.size == 0) {
        return;
    }
    if (message->xdata_count == DC09_XDATA_MAX) {
        message->oddities |= DC09_ODD_XDATA_MANY;
        return;
    }
    /* A key handed out over this channel would be a way to take a panel over (standards.md 1.4). */
    message->oddities |= block.data[0] == 'K' ? DC09_ODD_KEY_REQUEST : 0;
    message->xdata[message->xdata_count++] =
        (struct dc09_xdata){block.data[0], {block.data + 1, block.size - 1}};
}

static void
read_time(struct dc09_message *message, const char *text, size_t size, size_t *at)
{
    size_t left = size - *at - 1;

    message->time_text =
        (struct dc09_view){text + *at + 1, left < DC09_TIME_SIZE ? left : DC09_TIME_SIZE};
    message->time_state =
        dc09_time_parse(message->time_text.data, message->time_text.size, &message->time_us)
            ? DC09_TIME_VALID
            : DC09_TIME_INVALID;
    *at += 1 + message->time_text.size;
}

static bool
same_account(struct dc09_view one, struct dc09_view other)
{
    if (one.size != other.size) {
        return false;
    }
    for (size_t i = 0; i < one.size; i++) {
        if ((one.data[i] | 0x20) != (other.data[i] | 0x20)) {
            return false;
        }
    }
    return true;
}

/* The account in the head decides; the one inside the data fills in for it and is compared. */
static void
settle_account(struct dc09_message *message)
{
    struct dc09_view inner = message->data_account;
    bool usable = inner.size > 0 && inner.size < LIMIT_ACCOUNT;

    for (size_t i = 0; usable && i < inner.size; i++) {
        usable = dc09_is_alnum(inner.data[i]);
    }
    if (message->account.size == 0 && usable) {
        message->account = inner;
        flag_account(message, inner);
    } else if (inner.size > 0 && !same_account(inner, message->account)) {
        message->oddities |= DC09_ODD_ACCOUNT_DIFFERS;
    }
}

/* Does a timestamp start at text[at]? Behind bytes nobody can place it must have its form: a
 * panel's words may hold a bracket, which ends the data early, and an underscore, too. */
static bool
starts_time(const struct dc09_message *message, const char *text, size_t size, size_t at)
{
    if (text[at] != '_' || message->time_state != DC09_TIME_ABSENT) {
        return false;
    }
    return (message->oddities & DC09_ODD_TRAILING) == 0 ||
           dc09_time_has_form(text + at + 1, size - at - 1);
}

void
dc09_decode_block(struct dc09_message *message, const char *text, size_t size)
{
    size_t at = 0;

    split_data(message, take_bracketed(message, text, size, &at));
    settle_account(message);
    while (at < size) {
        if (text[at] == '[') {
            at += 1;
            keep_xdata(message, take_bracketed(message, text, size, &at));
        } else if (starts_time(message, text, size, at)) {
            read_time(message, text, size, &at);
        } else {
            message->oddities |= text[at] == ' ' ? 0 : DC09_ODD_TRAILING;
            at += 1;
        }
    }
    message->opened = true;
}

enum error
dc09_decode(const struct dc09_frame *frame, struct dc09_message *ret)
{
    struct reader reader = {.text = (const char *)frame->body, .size = frame->body_size};

    *ret = (struct dc09_message){.binary_crc = frame->binary_crc};
    read_token_and_sequence(&reader, ret);
    if (reader.wrong == NULL) {
        read_head(&reader, ret);
    }
    if (!reader_takes(&reader, '[') && reader.at < reader.size) {
        reader_fail(&reader, "R, L, # or the opening bracket");
    }
    if (reader.wrong != NULL) {
        ret->wrong = reader.wrong;
        ret->wrong_at = reader.wrong_at;
        return ERROR_MALFORMED;
    }
    const char *rest = reader.text + reader.at;
    size_t left = reader.size - reader.at;
    if (ret->encrypted) {
        ret->ciphertext = (struct dc09_view){rest, left};
    } else {
        dc09_decode_block(ret, rest, left);
    }
    return ERROR_NONE;
}

bool
dc09_is_event(const struct dc09_message *message)
{
    return message->token == DC09_TOKEN_SIA_DCS || message->token == DC09_TOKEN_ADM_CID;
}

int64_t
dc09_device_time_us(const struct dc09_message *message)
{
    int64_t occurred_us = 0;

    if (dc09_xdata_time(message, &occurred_us)) {
        return occurred_us;
    }
    return message->time_us;
}

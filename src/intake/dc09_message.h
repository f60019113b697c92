/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One DC-09 message: the fields of a frame the framer found good.
 *
 *     "ID" SEQ [Rrcvr] Lpref #acct [data] [xdata]... _HH:MM:SS,MM-DD-YYYY
 *
 * Views point into the frame (clear text) or into the scratch of dc09_decrypt (encrypted) and live
 * as long as those. Reading is liberal: what is odd is flagged and the alarm still comes through;
 * only a frame whose start cannot be read is malformed. Pure, any thread.
 */
#ifndef INTAKE_DC09_MESSAGE_H
#define INTAKE_DC09_MESSAGE_H

#include "base/error.h"
#include "intake/dc09_framer.h"

enum dc09_token
{
    DC09_TOKEN_UNKNOWN, /* answered with DUH */
    DC09_TOKEN_SIA_DCS, /* events in SIA DC-03 letters */
    DC09_TOKEN_ADM_CID, /* events in Contact ID digits */
    DC09_TOKEN_NULL,    /* link test */
    DC09_TOKEN_ACK,     /* these four come from receivers */
    DC09_TOKEN_NAK,
    DC09_TOKEN_DUH,
    DC09_TOKEN_RSP,
};

enum dc09_time_state
{
    DC09_TIME_ABSENT,
    DC09_TIME_VALID,
    DC09_TIME_INVALID, /* there, but no such instant: 29 Feb of a common year, 25 o'clock */
};

/* What was odd about a message that was taken all the same; bits. */
enum dc09_oddity
{
    DC09_ODD_NO_PREFIX = 1 << 0,       /* no L at all */
    DC09_ODD_EMPTY_PREFIX = 1 << 1,    /* "L#..." */
    DC09_ODD_ACCOUNT = 1 << 2,         /* not 3..16 hex digits */
    DC09_ODD_ACCOUNT_DIFFERS = 1 << 3, /* the account inside the data is another one */
    DC09_ODD_UNCLOSED = 1 << 4,        /* a closing ] is missing */
    DC09_ODD_TRAILING = 1 << 5,        /* bytes between or after the fields, passed over */
    DC09_ODD_XDATA_MANY = 1 << 6,      /* more than DC09_XDATA_MAX blocks; the rest only in raw */
    DC09_ODD_KEY_REQUEST = 1 << 7,     /* [K..] asks for a key: never given, to be logged */
    DC09_ODD_NO_TIME = 1 << 8,         /* encrypted, yet without timestamp */
};

#define DC09_XDATA_MAX 16

/* One [<letter><value>] block as it came; read it with dc09_xdata.h. */
struct dc09_xdata
{
    char letter;
    struct dc09_view value;
};

/* R, L and # with their values, at most; a longer head is malformed. */
#define DC09_HEAD_MAX 44

struct dc09_message
{
    enum dc09_token token;
    struct dc09_view token_text; /* without quotes and asterisk */
    bool encrypted;
    bool opened; /* clear, or decrypted: the fields from data_account on are there */
    bool binary_crc;
    uint16_t sequence; /* 0..9999 */

    struct dc09_view head;     /* "RC0FFDL1234#080027E62A64" as received: replies echo it */
    struct dc09_view receiver; /* after R; data NULL when there was no R */
    struct dc09_view prefix;   /* after L; data NULL when there was no L, size 0 when empty */
    struct dc09_view account;  /* after #, or else the data's; 1..LIMIT_ACCOUNT - 1, or size 0 */

    struct dc09_view ciphertext; /* hex digits, encrypted messages only */

    struct dc09_view data_account; /* after [#; size 0 when absent */
    struct dc09_view payload;      /* the event block; may be empty */
    unsigned xdata_count;          /* 0..DC09_XDATA_MAX */
    struct dc09_xdata xdata[DC09_XDATA_MAX];
    enum dc09_time_state time_state;
    struct dc09_view time_text; /* 19 characters, without the underscore */
    int64_t time_us;            /* UTC, microseconds since 1970; 0 unless VALID */

    unsigned oddities; /* enum dc09_oddity */

    const char *wrong; /* after ERROR_MALFORMED: what was expected, for the engineer */
    size_t wrong_at;   /* and where, counted from the first quote */
};

/*
 * Reads a good frame. An encrypted one is read up to its ciphertext; dc09_decrypt does the rest.
 * ERROR_NONE, or ERROR_MALFORMED with `wrong` and `wrong_at` set: answer DUH (dc09_reply.h; the
 * head read so far is echoed). *ret is always written.
 */
enum error dc09_decode(const struct dc09_frame *frame, struct dc09_message *ret) MUST_USE;

/*
 * Reads what stands after the opening bracket: data, xdata, timestamp. For dc09_decode and
 * dc09_decrypt. `text` is kept in views.
 */
void dc09_decode_block(struct dc09_message *message, const char *text, size_t size);

/* True for SIA-DCS and ADM-CID: the message reports an event. */
bool dc09_is_event(const struct dc09_message *message);

/* When it happened by the panel's clock: [H..] if there, else the timestamp; 0 when neither. */
int64_t dc09_device_time_us(const struct dc09_message *message);

const char *dc09_token_text(enum dc09_token token);

#endif

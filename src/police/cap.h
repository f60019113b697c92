/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAP 1.2 (OASIS Common Alerting Protocol), both directions: Alert, Update and Cancel out, Ack and
 * Error in. What the schema demands is met by construction (element order, `sent` with +00:00 and
 * whole seconds); what it does not check is checked here: names free of space, comma, < and &,
 * references as sender,identifier,sent triples, a note in every Error.
 *
 * CAP was made for public warnings: our documents are scope Private with an address, and identity
 * and address of the person stand in `parameter` only, never in headline, description or area
 * (docs/wire-police.md). Documents are personal data: never logged. Pure, any thread, but call
 * cap_init once before any thread starts.
 */
#ifndef POLICE_CAP_H
#define POLICE_CAP_H

#include "base/error.h"
#include "police/notice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAP_NAMESPACE "urn:oasis:names:tc:emergency:cap:1.2"
#define CAP_DOCUMENT 32768 /* bytes of a document we write */
#define CAP_ANSWER 65536   /* bytes of a document we read */
#define CAP_TIME 32        /* "2026-11-22T12:00:00+00:00" */
#define CAP_NOTE 256       /* bytes of a note we keep */
#define CAP_DEPTH_MAX 16   /* elements within elements in a document we read */

/* Prepares libxml2. Once, before threads. */
void cap_init(void);
/* Frees what libxml2 keeps. Last. */
void cap_end(void);

/* May `name` be an identifier, a sender or an address? 1 to 200 visible ASCII characters without
 * space, comma, < and &. NULL is none. */
bool cap_name_is_valid(const char *name);

/* "2026-11-22T12:00:00+00:00": CAP allows neither Z nor fractions. Returns `to`. */
const char *cap_time(int64_t wall_us, char to[CAP_TIME]);

/*
 * Writes the document of `notice`, from `sender` to `address`. The same arguments give the same
 * bytes. Characters XML may not hold become '?'. Errors: ERROR_MALFORMED (sender, address or
 * identifier is not a CAP name), ERROR_TOO_LARGE. *ret_size leaves out the closing NUL.
 */
enum error cap_write(const struct police_notice *notice, const char *sender, const char *address,
                     char to[CAP_DOCUMENT], size_t *ret_size) MUST_USE;

/* What an answer must refer to. */
struct cap_reference
{
    const char *sender;
    const char *identifier;
    int64_t sent_us;
};

struct cap_answer
{
    bool accepted;       /* msgType Ack; otherwise Error */
    char note[CAP_NOTE]; /* Ack: log number, may be empty. Error: the reason. One line of UTF-8 */
};

/*
 * Reads an answer to the document of `reference`. Nothing outside the bytes is ever loaded; a
 * document type declaration is refused. `*ret_why` is a constant text for people and logs when it
 * fails. Errors: ERROR_TOO_LARGE, ERROR_MALFORMED (not well-formed, not CAP, not in order, missing
 * parts), ERROR_UNSUPPORTED (neither Ack nor Error), ERROR_NOT_FOUND (does not refer to us).
 */
enum error cap_read(const char *bytes, size_t size, const struct cap_reference *reference,
                    struct cap_answer *ret_answer, const char **ret_why) MUST_USE;

#endif

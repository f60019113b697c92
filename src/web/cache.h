/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of larwmd as JSON text. What many browsers get alike (deltas, ticks, snapshots) is
 * converted once and shared by reference; what one browser alone may see is converted for it and
 * not kept.
 *
 * Loop thread. Limits: WEB_CACHE_SLOTS texts and WEB_CACHE_BYTES kept; texts in use live on until
 * they are dropped.
 */
#ifndef WEB_CACHE_H
#define WEB_CACHE_H

#include "client/console_client.h"

#include <stddef.h>
#include <stdint.h>

#define WEB_CACHE_SLOTS 256u
#define WEB_CACHE_BYTES (16u << 20)

struct web_text
{
    unsigned references;
    size_t size;     /* of the JSON, without NUL */
    uint8_t bytes[]; /* LWS_PRE bytes for libwebsockets' header, then the JSON */
};

struct web_cache_slot
{
    uint64_t hash; /* of the frame */
    size_t size;
    uint8_t *frame;
    struct web_text *text;
};

struct web_cache
{
    struct web_cache_slot slots[WEB_CACHE_SLOTS];
    size_t bytes;         /* held by the slots */
    uint64_t conversions; /* made so far */
};

/* The frame as JSON, with one reference for the caller. Errors: ERROR_MALFORMED, ERROR_MEMORY,
 * ERROR_TOO_LARGE. */
enum error web_cache_text(struct web_cache *cache, const struct console_frame *frame,
                          struct web_text **ret_text) MUST_USE;
/* Any message as a text of its own. */
enum error web_text_of(const ProtobufCMessage *message, struct web_text **ret_text) MUST_USE;
void web_text_drop(struct web_text *text);
void web_cache_clear(struct web_cache *cache);

#endif

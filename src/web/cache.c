/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cache.h"

#include "base/hash.h"
#include "base/require.h"
#include "web/json.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

enum error
web_text_of(const ProtobufCMessage *message, struct web_text **ret_text)
{
    char *json = NULL;
    size_t size = 0;
    enum error error = web_json_write(message, &json, &size);
    if (error != ERROR_NONE) {
        return error;
    }
    struct web_text *text = malloc(sizeof *text + LWS_PRE + size);
    if (text == NULL) {
        free(json);
        return ERROR_MEMORY;
    }
    text->references = 1;
    text->size = size;
    memcpy(text->bytes + LWS_PRE, json, size);
    free(json);
    *ret_text = text;
    return ERROR_NONE;
}

void
web_text_drop(struct web_text *text)
{
    require(text->references > 0);
    text->references -= 1;
    if (text->references == 0) {
        free(text);
    }
}

static void
slot_clear(struct web_cache *cache, struct web_cache_slot *slot)
{
    if (slot->text != NULL) {
        cache->bytes -= slot->size + slot->text->size;
        web_text_drop(slot->text);
        free(slot->frame);
    }
    *slot = (struct web_cache_slot){.text = NULL};
}

void
web_cache_clear(struct web_cache *cache)
{
    for (unsigned i = 0; i < WEB_CACHE_SLOTS; i++) {
        slot_clear(cache, &cache->slots[i]);
    }
}

/* Are the same bytes sent to more than one browser? */
static bool
is_shared(Larwm__Console__ServerFrame__BodyCase kind)
{
    return kind == LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA ||
           kind == LARWM__CONSOLE__SERVER_FRAME__BODY_TICK ||
           kind == LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT;
}

static enum error
convert(struct web_cache *cache, const struct console_frame *frame, struct web_text **ret_text)
{
    Larwm__Console__ServerFrame *message =
        larwm__console__server_frame__unpack(NULL, frame->size, frame->bytes);
    if (message == NULL) {
        return ERROR_MALFORMED;
    }
    enum error error = web_text_of(&message->base, ret_text);
    larwm__console__server_frame__free_unpacked(message, NULL);
    cache->conversions += 1;
    return error;
}

/* Keeps the text for the next browser; without memory it is simply not kept. */
static void
keep(struct web_cache *cache, struct web_cache_slot *slot, uint64_t hash,
     const struct console_frame *frame, struct web_text *text)
{
    slot_clear(cache, slot);
    if (frame->size + text->size > WEB_CACHE_BYTES / 4) {
        return;
    }
    if (cache->bytes + frame->size + text->size > WEB_CACHE_BYTES) {
        web_cache_clear(cache);
    }
    slot->frame = malloc(frame->size);
    if (slot->frame == NULL) {
        return;
    }
    memcpy(slot->frame, frame->bytes, frame->size);
    slot->hash = hash;
    slot->size = frame->size;
    slot->text = text;
    text->references += 1;
    cache->bytes += frame->size + text->size;
}

enum error
web_cache_text(struct web_cache *cache, const struct console_frame *frame,
               struct web_text **ret_text)
{
    if (!is_shared(frame->kind)) {
        return convert(cache, frame, ret_text);
    }
    /* By content, not by number: a restarted daemon begins its numbers again. */
    uint64_t hash = hash_bytes(0, frame->bytes, frame->size);
    struct web_cache_slot *slot = &cache->slots[hash % WEB_CACHE_SLOTS];
    if (slot->text != NULL && slot->hash == hash && slot->size == frame->size &&
        memcmp(slot->frame, frame->bytes, frame->size) == 0) {
        slot->text->references += 1;
        *ret_text = slot->text;
        return ERROR_NONE;
    }
    enum error error = convert(cache, frame, ret_text);
    if (error == ERROR_NONE) {
        keep(cache, slot, hash, frame, *ret_text);
    }
    return error;
}

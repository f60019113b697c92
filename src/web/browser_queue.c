/* SPDX-License-Identifier: Apache-2.0 */
#include "web/browser_internal.h"

#include <stdlib.h>

enum error
web_queue_put(struct web_queue *queue, struct web_text *text)
{
    bool full = queue->bytes + text->size > WEB_QUEUE_MAX;
    struct web_queue_item *item = full ? NULL : malloc(sizeof *item);
    if (item == NULL) {
        web_text_drop(text);
        return full ? ERROR_FULL : ERROR_MEMORY;
    }
    *item = (struct web_queue_item){.text = text};
    if (queue->last == NULL) {
        queue->first = item;
    } else {
        queue->last->next = item;
    }
    queue->last = item;
    queue->bytes += text->size;
    return ERROR_NONE;
}

struct web_text *
web_queue_take(struct web_queue *queue)
{
    struct web_queue_item *item = queue->first;
    if (item == NULL) {
        return NULL;
    }
    struct web_text *text = item->text;
    queue->first = item->next;
    queue->last = queue->first != NULL ? queue->last : NULL;
    queue->bytes -= text->size;
    free(item);
    return text;
}

void
web_queue_clear(struct web_queue *queue)
{
    for (struct web_text *text = web_queue_take(queue); text != NULL;
         text = web_queue_take(queue)) {
        web_text_drop(text);
    }
}

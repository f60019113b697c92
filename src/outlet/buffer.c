/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/buffer.h"

#include "base/require.h"

#include <stdlib.h>

#define SMALLEST 256u

static size_t
class_bytes(unsigned size_class)
{
    return (size_t)SMALLEST << size_class;
}

struct buffer *
buffer_take(struct buffer_store *store, size_t size)
{
    unsigned size_class = 0;
    while (size_class < BUFFER_CLASSES && class_bytes(size_class) < size) {
        size_class += 1;
    }
    if (size_class == BUFFER_CLASSES) {
        return NULL;
    }
    struct buffer *buffer = store->spare[size_class];
    if (buffer != NULL) {
        store->spare[size_class] = buffer->next;
        store->spare_count[size_class] -= 1;
    } else {
        buffer = malloc(sizeof *buffer + class_bytes(size_class));
        if (buffer == NULL) {
            return NULL;
        }
    }
    *buffer = (struct buffer){.refs = 1, .size = (uint32_t)size, .size_class = size_class};
    store->live_bytes += class_bytes(size_class);
    return buffer;
}

struct buffer *
buffer_hold(struct buffer *buffer)
{
    require(buffer->refs > 0);
    buffer->refs += 1;
    return buffer;
}

void
buffer_drop(struct buffer_store *store, struct buffer *buffer)
{
    if (buffer == NULL) {
        return;
    }
    require(buffer->refs > 0);
    buffer->refs -= 1;
    if (buffer->refs > 0) {
        return;
    }
    unsigned size_class = buffer->size_class;
    store->live_bytes -= class_bytes(size_class);
    if (store->spare_count[size_class] * class_bytes(size_class) >= BUFFER_SPARE_BYTES) {
        free(buffer);
        return;
    }
    buffer->next = store->spare[size_class];
    store->spare[size_class] = buffer;
    store->spare_count[size_class] += 1;
}

void
buffer_store_free(struct buffer_store *store)
{
    for (unsigned i = 0; i < BUFFER_CLASSES; i++) {
        while (store->spare[i] != NULL) {
            struct buffer *buffer = store->spare[i];
            store->spare[i] = buffer->next;
            free(buffer);
        }
        store->spare_count[i] = 0;
    }
}

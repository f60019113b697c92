/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/client_hello.h"

#include "base/cursor.h"

#define RECORD_HANDSHAKE 22
#define MESSAGE_CLIENT_HELLO 1
#define RANDOM_SIZE 32u
#define EXTENSION_PRE_SHARED_KEY 41

static size_t
client_hello_number(struct cursor *cursor, unsigned bytes)
{
    size_t number = 0;
    for (unsigned i = 0; i < bytes; i++) {
        number = number << 8 | cursor_read_u8(cursor);
    }
    return number;
}

/* A part with its length in `bytes` bytes before it; an empty one when that is not all there. */
static struct cursor
client_hello_part(struct cursor *cursor, unsigned bytes)
{
    size_t size = client_hello_number(cursor, bytes);
    const uint8_t *part = cursor_read_bytes(cursor, size);
    return cursor_over_const(part == NULL ? cursor->data : part, part == NULL ? 0 : size);
}

static const uint8_t *
client_hello_first_identity(struct cursor *key)
{
    struct cursor identities = client_hello_part(key, 2);
    struct cursor identity = client_hello_part(&identities, 2);
    return cursor_read_bytes(&identity, CLIENT_HELLO_NAME_SIZE);
}

const uint8_t *
client_hello_ticket_name(const uint8_t *bytes, size_t size)
{
    struct cursor all = cursor_over_const(bytes, size);
    if (cursor_read_u8(&all) != RECORD_HANDSHAKE) {
        return NULL;
    }
    (void)cursor_read_bytes(&all, 2); /* the record's version says nothing */
    struct cursor record = client_hello_part(&all, 2);
    if (cursor_read_u8(&record) != MESSAGE_CLIENT_HELLO) {
        return NULL;
    }
    struct cursor hello = client_hello_part(&record, 3);
    (void)cursor_read_bytes(&hello, 2 + RANDOM_SIZE);
    (void)client_hello_part(&hello, 1); /* session identifier */
    (void)client_hello_part(&hello, 2); /* cipher suites */
    (void)client_hello_part(&hello, 1); /* compression */
    struct cursor extensions = client_hello_part(&hello, 2);
    while (!extensions.failed && cursor_left(&extensions) > 0) {
        size_t type = client_hello_number(&extensions, 2);
        struct cursor extension = client_hello_part(&extensions, 2);
        if (type == EXTENSION_PRE_SHARED_KEY && !extensions.failed) {
            return client_hello_first_identity(&extension);
        }
    }
    return NULL;
}

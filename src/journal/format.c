/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/format.h"

#include "base/cursor.h"
#include "base/hash.h"
#include "base/require.h"

#include <string.h>

static const uint8_t header_magic[8] = {'L', 'A', 'R', 'W', 'M', 'J', 'N', 'L'};

#define HEADER_CRC_AT (FORMAT_BLOCK - 4u)
#define RECORD_MARKER 0x4C4A5252u /* "RRJL" in the file */
#define RECORD_SIZE_AT 24u
#define RECORD_BATCH_INDEX_AT 26u
#define RECORD_FLAGS_AT 29u
#define RECORD_CRC_FROM 8u /* the checksum covers everything after itself */

_Static_assert(LIMIT_RECORD <= UINT16_MAX && LIMIT_RECORD % 8 == 0, "body size has 16 bits");

void
journal_header_write(const struct journal_header *header, uint8_t block[FORMAT_BLOCK])
{
    memset(block, 0, FORMAT_BLOCK);
    struct cursor cursor = cursor_over(block, FORMAT_BLOCK);
    cursor_write_bytes(&cursor, header_magic, sizeof header_magic);
    cursor_write_le32(&cursor, FORMAT_VERSION);
    cursor_write_le32(&cursor, header->node);
    cursor_write_le64(&cursor, header->first_pos);
    cursor_write_le64(&cursor, header->durable_pos);
    cursor_write_le64(&cursor, (uint64_t)header->created_us);
    cursor_write_le64(&cursor, header->segment_bytes);
    cursor_write_le64(&cursor, header->salt);
    cursor_write_le64(&cursor, header->confirmed_pos);
    struct cursor end = cursor_over(block + HEADER_CRC_AT, 4);
    cursor_write_le32(&end, crc32c(0, block, HEADER_CRC_AT));
    require(!cursor.failed && !end.failed);
}

enum error
journal_header_read(const uint8_t block[FORMAT_BLOCK], struct journal_header *ret_header)
{
    struct cursor end = cursor_over_const(block + HEADER_CRC_AT, 4);
    if (memcmp(block, header_magic, sizeof header_magic) != 0 ||
        cursor_read_le32(&end) != crc32c(0, block, HEADER_CRC_AT)) {
        return ERROR_DAMAGED;
    }
    struct cursor cursor = cursor_over_const(block + sizeof header_magic, FORMAT_BLOCK - 16);
    if (cursor_read_le32(&cursor) != FORMAT_VERSION) {
        return ERROR_UNSUPPORTED;
    }
    ret_header->node = cursor_read_le32(&cursor);
    ret_header->first_pos = cursor_read_le64(&cursor);
    ret_header->durable_pos = cursor_read_le64(&cursor);
    ret_header->created_us = (int64_t)cursor_read_le64(&cursor);
    ret_header->segment_bytes = cursor_read_le64(&cursor);
    ret_header->salt = cursor_read_le64(&cursor);
    ret_header->confirmed_pos = cursor_read_le64(&cursor);
    return ERROR_NONE;
}

uint32_t
journal_record_seed(uint64_t salt)
{
    uint8_t bytes[8];
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    cursor_write_le64(&cursor, salt);
    return crc32c(0, bytes, sizeof bytes);
}

size_t
journal_record_bytes(size_t body_size)
{
    return (FORMAT_RECORD_HEADER + body_size + 7) & ~(size_t)7;
}

static void
write_checksum(uint8_t *record, size_t bytes, uint32_t seed)
{
    struct cursor cursor = cursor_over(record + 4, 4);
    cursor_write_le32(&cursor, crc32c(seed, record + RECORD_CRC_FROM, bytes - RECORD_CRC_FROM));
    require(!cursor.failed);
}

size_t
journal_record_write(uint8_t *to, uint32_t seed, const struct journal_record *record)
{
    require(record->size <= LIMIT_RECORD);
    size_t bytes = journal_record_bytes(record->size);
    struct cursor cursor = cursor_over(to, bytes);
    cursor_write_le32(&cursor, RECORD_MARKER);
    cursor_write_le32(&cursor, 0); /* the checksum, once the rest is there */
    cursor_write_le64(&cursor, record->pos);
    cursor_write_le64(&cursor, (uint64_t)record->time_us);
    cursor_write_le16(&cursor, record->size);
    cursor_write_le16(&cursor, record->batch_index);
    cursor_write_u8(&cursor, record->type);
    cursor_write_u8(&cursor, record->flags);
    cursor_write_le16(&cursor, 0);
    if (record->size > 0) {
        cursor_write_bytes(&cursor, record->body, record->size);
    }
    memset(to + cursor.at, 0, bytes - cursor.at);
    require(!cursor.failed);
    write_checksum(to, bytes, seed);
    return bytes;
}

size_t
journal_record_bytes_at(const uint8_t *from)
{
    struct cursor cursor = cursor_over_const(from + RECORD_SIZE_AT, 2);
    uint16_t size = cursor_read_le16(&cursor);
    require(size <= LIMIT_RECORD);
    return journal_record_bytes(size);
}

void
journal_record_make_copy(uint8_t *at, uint32_t seed)
{
    size_t bytes = journal_record_bytes_at(at);
    memset(at + RECORD_BATCH_INDEX_AT, 0, 2);
    at[RECORD_FLAGS_AT] |= FORMAT_COPY;
    write_checksum(at, bytes, seed);
}

bool
journal_record_read(const uint8_t *from, size_t left, uint32_t seed,
                    struct journal_record *ret_record)
{
    if (left < FORMAT_RECORD_HEADER) {
        return false;
    }
    struct cursor cursor = cursor_over_const(from, FORMAT_RECORD_HEADER);
    uint32_t marker = cursor_read_le32(&cursor);
    if (marker != RECORD_MARKER) {
        return false;
    }
    uint32_t checksum = cursor_read_le32(&cursor);
    struct journal_record record = {.pos = cursor_read_le64(&cursor)};
    record.time_us = (int64_t)cursor_read_le64(&cursor);
    record.size = cursor_read_le16(&cursor);
    record.batch_index = cursor_read_le16(&cursor);
    record.type = cursor_read_u8(&cursor);
    record.flags = cursor_read_u8(&cursor);
    record.body = from + FORMAT_RECORD_HEADER;
    size_t bytes = journal_record_bytes(record.size);
    if (record.size > LIMIT_RECORD || bytes > left ||
        checksum != crc32c(seed, from + RECORD_CRC_FROM, bytes - RECORD_CRC_FROM)) {
        return false;
    }
    *ret_record = record;
    return true;
}

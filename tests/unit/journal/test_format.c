/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/format.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct journal_header sample_header = {
    .node = 7,
    .first_pos = UINT64_C(0x1122334455667788),
    .durable_pos = UINT64_C(0x1122334455667780),
    .created_us = INT64_C(1795353600123456),
    .segment_bytes = 65536,
    .salt = UINT64_C(0xA1B2C3D4E5F60718),
    .confirmed_pos = UINT64_C(0x1122334455667770),
};

Test(format, a_segment_header_comes_back_as_it_was_written)
{
    uint8_t block[FORMAT_BLOCK];
    struct journal_header header;
    journal_header_write(&sample_header, block);
    cr_assert_eq(journal_header_read(block, &header), ERROR_NONE);
    cr_assert_eq(header.node, sample_header.node);
    cr_assert_eq(header.first_pos, sample_header.first_pos);
    cr_assert_eq(header.durable_pos, sample_header.durable_pos);
    cr_assert_eq(header.created_us, sample_header.created_us);
    cr_assert_eq(header.segment_bytes, sample_header.segment_bytes);
    cr_assert_eq(header.salt, sample_header.salt);
    cr_assert_eq(header.confirmed_pos, sample_header.confirmed_pos);
}

Test(format, any_flipped_byte_of_a_segment_header_is_noticed)
{
    uint8_t block[FORMAT_BLOCK];
    struct journal_header header;
    journal_header_write(&sample_header, block);
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x40;
        cr_assert_neq(journal_header_read(block, &header), ERROR_NONE, "byte %zu", i);
        block[i] ^= 0x40;
    }
}

static struct journal_record
sample_record(const uint8_t *body, uint16_t size)
{
    return (struct journal_record){
        .pos = UINT64_C(0x0102030405060708),
        .time_us = INT64_C(1795353600123456),
        .size = size,
        .batch_index = 515,
        .type = 2,
        .flags = FORMAT_COPY,
        .body = body,
    };
}

Test(format, records_of_every_size_come_back_as_they_were_written)
{
    static uint8_t body[LIMIT_RECORD];
    static uint8_t bytes[FORMAT_RECORD_MAX];
    uint32_t seed = journal_record_seed(1);
    for (size_t i = 0; i < sizeof body; i++) {
        body[i] = (uint8_t)(i * 7);
    }
    for (unsigned size = 0; size <= LIMIT_RECORD; size += size < 64 ? 1 : 1021) {
        struct journal_record record = sample_record(body, (uint16_t)size);
        struct journal_record back;
        size_t written = journal_record_write(bytes, seed, &record);
        cr_assert_eq(written % 8, 0);
        cr_assert_eq(journal_record_bytes_at(bytes), written);
        cr_assert(journal_record_read(bytes, written, seed, &back));
        cr_assert_eq(back.pos, record.pos);
        cr_assert_eq(back.time_us, record.time_us);
        cr_assert_eq(back.size, record.size);
        cr_assert_eq(back.batch_index, record.batch_index);
        cr_assert_eq(back.type, record.type);
        cr_assert_eq(back.flags, record.flags);
        cr_assert_eq(memcmp(back.body, body, size), 0);
        cr_assert_not(journal_record_read(bytes, written - 1, seed, &back), "cut");
    }
}

/* Reliability row 5. */
Test(format, any_flipped_byte_of_a_record_is_noticed)
{
    uint8_t body[61];
    uint8_t bytes[128];
    uint32_t seed = journal_record_seed(1);
    memset(body, 'x', sizeof body);
    struct journal_record record = sample_record(body, sizeof body);
    struct journal_record back;
    size_t written = journal_record_write(bytes, seed, &record);
    for (size_t i = 0; i < written; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1u << bit);
            cr_assert_not(journal_record_read(bytes, sizeof bytes, seed, &back), "byte %zu", i);
            bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
}

Test(format, a_record_of_another_segment_is_no_record_here)
{
    uint8_t bytes[128];
    struct journal_record record = sample_record(NULL, 0);
    struct journal_record back;
    size_t written = journal_record_write(bytes, journal_record_seed(1), &record);
    cr_assert(journal_record_read(bytes, written, journal_record_seed(1), &back));
    cr_assert_not(journal_record_read(bytes, written, journal_record_seed(2), &back));
}

/* docs/journal-format.md: everything but the time and the checksum, which other tests cover. */
Test(format, the_bytes_stand_where_the_document_says)
{
    static const char header_bytes[] = "LARWMJNL"
                                       "\x01\x00\x00\x00"
                                       "\x07\x00\x00\x00"
                                       "\x88\x77\x66\x55\x44\x33\x22\x11"
                                       "\x80\x77\x66\x55\x44\x33\x22\x11";
    static const char record_bytes[] = "RRJL"
                                       "CCCC"
                                       "\x08\x07\x06\x05\x04\x03\x02\x01"
                                       "TTTTTTTT"
                                       "\x03\x00"
                                       "\x03\x02"
                                       "\x02\x01\x00\x00"
                                       "abc\x00\x00\x00\x00\x00";
    uint8_t block[FORMAT_BLOCK];
    journal_header_write(&sample_header, block);
    cr_assert_eq(memcmp(block, header_bytes, 32), 0);

    uint8_t bytes[64];
    struct journal_record record = sample_record((const uint8_t *)"abc", 3);
    cr_assert_eq(journal_record_write(bytes, 0, &record), 40);
    memcpy(bytes + 4, "CCCC", 4);
    memcpy(bytes + 16, "TTTTTTTT", 8);
    cr_assert_eq(memcmp(bytes, record_bytes, 40), 0);
}

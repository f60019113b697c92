/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_image.h"

#include "journal/directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA_END (IMAGE_BYTES - FORMAT_BLOCK)

void
image_body(uint64_t pos, uint8_t *body, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        body[i] = (uint8_t)(pos * 31 + i * 7 + (i >> 3));
    }
}

static void
put_headers(struct image_segment *segment)
{
    journal_header_write(&segment->header, segment->bytes);
    memcpy(segment->bytes + DATA_END, segment->bytes, FORMAT_BLOCK);
}

static size_t
put_record(struct image *image, unsigned index, size_t at, uint16_t size, uint16_t batch_index)
{
    struct image_segment *segment = &image->segment[index];
    uint8_t body[IMAGE_BODY_MAX];
    image->last_pos += 1;
    image_body(image->last_pos, body, size);
    struct journal_record record = {.pos = image->last_pos,
                                    .time_us = 1000000 * (int64_t)image->last_pos,
                                    .size = size,
                                    .batch_index = batch_index,
                                    .type = 2,
                                    .body = body};
    size_t bytes = journal_record_write(segment->bytes + at,
                                        journal_record_seed(segment->header.salt), &record);
    image->record[image->records] = (struct image_record){.pos = record.pos,
                                                          .segment = index,
                                                          .at = at,
                                                          .size = bytes,
                                                          .body_size = size,
                                                          .confirmed = true};
    image->records += 1;
    return bytes;
}

/* The segment before this one ended in a failure: its last records were never told to anybody. */
static void
give_up_before(struct image *image, struct image_segment *segment, unsigned lost)
{
    segment->header.first_pos += 8;
    for (unsigned i = image->records; i > 0 && lost > 0; i--, lost--) {
        segment->header.durable_pos = image->record[i - 1].pos - 1;
        image->record[i - 1].confirmed = false;
    }
    segment->header.confirmed_pos = segment->header.durable_pos;
    image->last_pos = segment->header.first_pos - 1;
}

void
image_build(struct image *image, struct fuzz_input *input)
{
    unsigned seed = fuzz_take_16(input);
    image->segments = 1 + fuzz_take_8(input) % IMAGE_SEGMENTS;
    unsigned lost = fuzz_take_8(input) % 8;
    image->records = 0;
    image->last_pos = 0;
    image->forged = false;
    for (unsigned i = 0; i < image->segments; i++) {
        struct image_segment *segment = &image->segment[i];
        memset(segment, 0, sizeof *segment);
        segment->header = (struct journal_header){.node = 1,
                                                  .first_pos = image->last_pos + 1,
                                                  .durable_pos = image->last_pos,
                                                  .confirmed_pos = image->last_pos,
                                                  .segment_bytes = IMAGE_BYTES,
                                                  .salt = 0x1234567890ABCDEFull * (i + 1)};
        if (i > 0 && lost > 0) {
            give_up_before(image, segment, lost);
        }
        segment->name_pos = segment->header.first_pos;
        segment->file_bytes = IMAGE_BYTES;
        put_headers(segment);
        size_t at = FORMAT_BLOCK;
        uint16_t batch = 0;
        unsigned count = 1 + (seed >> (4 * i) & 15) * 2;
        for (unsigned n = 0; n < count; n++) {
            uint16_t size = (uint16_t)((seed * 2654435761u >> (n % 20)) % IMAGE_BODY_MAX);
            at += put_record(image, i, at, size, batch);
            batch = (uint16_t)((seed >> (n % 13) & 1) != 0 ? 0 : batch + 1);
        }
        memcpy(segment->good, segment->bytes, IMAGE_BYTES);
    }
}

static size_t
clip(size_t at, size_t size, size_t end)
{
    return at >= end ? 0 : size < end - at ? size : end - at;
}

/* Copies bytes as they were written to somewhere else; into its own segment a record is a forgery.
 */
static void
move_bytes(struct image *image, struct image_segment *segment, size_t at, size_t size,
           struct fuzz_input *input)
{
    const struct image_segment *from = &image->segment[fuzz_take_8(input) % image->segments];
    size_t from_at = fuzz_take_16(input) % IMAGE_BYTES;
    size = clip(from_at, clip(at, size, IMAGE_BYTES), IMAGE_BYTES);
    memcpy(segment->bytes + at, from->good + from_at, size);
    bool header = size > 0 && (at < FORMAT_BLOCK || at + size > DATA_END); /* another's, whole */
    segment->forged = segment->forged || header;
    image->forged = image->forged || header || (from == segment && from_at != at);
}

static void
forge_record(struct image *image, struct image_segment *segment, size_t at,
             struct fuzz_input *input)
{
    uint8_t body[IMAGE_BODY_MAX];
    struct journal_record record = {.pos = fuzz_take_8(input),
                                    .size = (uint16_t)(fuzz_take_16(input) % IMAGE_BODY_MAX),
                                    .batch_index = (uint16_t)fuzz_take_8(input),
                                    .flags = (uint8_t)(fuzz_take_8(input) & 7),
                                    .type = (uint8_t)fuzz_take_8(input),
                                    .body = body};
    if (record.pos > 200) {
        record.pos = UINT64_MAX - (record.pos - 201);
    }
    image_body(record.pos, body, record.size);
    at &= ~(size_t)7;
    if (at + journal_record_bytes(record.size) <= IMAGE_BYTES) {
        (void)journal_record_write(segment->bytes + at, journal_record_seed(segment->header.salt),
                                   &record);
        image->forged = true;
    }
}

static void
forge_header(struct image *image, struct image_segment *segment, struct fuzz_input *input)
{
    struct journal_header header = segment->header;
    unsigned field = fuzz_take_8(input);
    uint64_t value = fuzz_take_8(input);
    value = value > 200 ? UINT64_MAX - (value - 201) : value;
    uint64_t *const fields[] = {&header.first_pos, &header.durable_pos, &header.confirmed_pos,
                                &header.segment_bytes, &header.salt};
    *fields[field % 5] = field % 5 == 3 && value < 200 ? value * FORMAT_BLOCK : value;
    journal_header_write(&header, segment->bytes + ((field & 64) != 0 ? DATA_END : 0));
    segment->forged = true;
    image->forged = true;
}

static void
change_once(struct image *image, struct fuzz_input *input)
{
    unsigned what = fuzz_take_8(input);
    struct image_segment *segment = &image->segment[(what >> 4) % image->segments];
    size_t at = fuzz_take_16(input) % (IMAGE_BYTES + FORMAT_BLOCK);
    size_t size = 0;
    switch (what & 15) {
        case 0: /* one byte */
            segment->bytes[at] ^= (uint8_t)fuzz_take_8(input);
            break;
        case 1: /* a range that was never written, or read back as ones */
        case 2:
            size = clip(at, fuzz_take_16(input), sizeof segment->bytes);
            memset(segment->bytes + at, (what & 15) == 1 ? 0 : 0xFF, size);
            break;
        case 3:
            segment->file_bytes = at;
            break;
        case 4:
            move_bytes(image, segment, at, fuzz_take_16(input), input);
            break;
        case 5:
            forge_record(image, segment, at, input);
            break;
        case 6:
            forge_header(image, segment, input);
            break;
        case 7:
            segment->gone = true;
            break;
        case 8:
            segment->name_pos = fuzz_take_8(input) * 3;
            image->forged = true;
            break;
        default: { /* whatever bytes the input has */
            size = what & 63;
            const uint8_t *bytes = fuzz_take_bytes(input, &size);
            memcpy(segment->bytes + at, bytes, clip(at, size, sizeof segment->bytes));
            break;
        }
    }
}

void
image_change(struct image *image, struct fuzz_input *input)
{
    while (input->at < input->end) {
        change_once(image, input);
    }
}

bool
image_is_intact(const struct image *image, const struct image_record *record)
{
    const struct image_segment *segment = &image->segment[record->segment];
    return !segment->gone && segment->name_pos == segment->header.first_pos && !segment->forged &&
           record->at + record->size <= segment->file_bytes &&
           memcmp(segment->bytes + record->at, segment->good + record->at, record->size) == 0;
}

bool
image_is_blank_from(const struct image *image, const struct image_record *record)
{
    const struct image_segment *segment = &image->segment[record->segment];
    size_t end = segment->file_bytes < DATA_END ? segment->file_bytes : DATA_END;
    for (size_t at = record->at; at < end; at++) {
        if (segment->bytes[at] != 0) {
            return false;
        }
    }
    return true;
}

static char folder[] = "/dev/shm/larwm-fuzz-XXXXXX";
static int folder_fd = -1;

static bool
is_stored(const struct image *image, uint64_t name_pos)
{
    for (unsigned i = 0; image != NULL && i < image->segments; i++) {
        if (!image->segment[i].gone && image->segment[i].name_pos == name_pos) {
            return true;
        }
    }
    return false;
}

/* Removes what is no file of the image; NULL: everything. */
static void
clear_folder(const struct image *image)
{
    uint64_t *list = NULL;
    size_t count = 0;
    FUZZ_CHECK(journal_directory_list(folder_fd, journal_segment_name, &list, &count) ==
               ERROR_NONE);
    for (size_t i = 0; i < count; i++) {
        char name[SEGMENT_NAME_SIZE];
        if (!is_stored(image, list[i])) {
            (void)unlinkat(folder_fd, journal_segment_name(list[i], name), 0);
        }
    }
    free(list);
}

static void
remove_folder(void)
{
    clear_folder(NULL);
    (void)rmdir(folder);
}

int
image_store(const struct image *image)
{
    if (folder_fd < 0) {
        FUZZ_CHECK(mkdtemp(folder) != NULL);
        folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        FUZZ_CHECK(folder_fd >= 0 && atexit(remove_folder) == 0);
        fuzz_on_broken = remove_folder;
    }
    clear_folder(image);
    for (unsigned i = 0; i < image->segments; i++) {
        const struct image_segment *segment = &image->segment[i];
        char name[SEGMENT_NAME_SIZE];
        if (segment->gone) {
            continue;
        }
        int file = openat(folder_fd, journal_segment_name(segment->name_pos, name),
                          O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        FUZZ_CHECK(file >= 0 && ftruncate(file, (off_t)segment->file_bytes) == 0);
        FUZZ_CHECK(pwrite(file, segment->bytes, segment->file_bytes, 0) ==
                   (ssize_t)segment->file_bytes);
        (void)close(file);
    }
    return folder_fd;
}

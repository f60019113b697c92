/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal in a directory of its own, one producer, turned by hand; and file operations that note
 * what happens and fail the n-th call of a kind.
 */
#ifndef TEST_JOURNAL_SUPPORT_H
#define TEST_JOURNAL_SUPPORT_H

#include "journal/file.h"
#include "journal/worker.h"

#include <stdatomic.h>

enum fault_call
{
    CALL_PREPARE,
    CALL_OPEN,
    CALL_PWRITE,
    CALL_FDATASYNC,
    CALL_RENAME,
    CALL_UNLINK,
    CALL_SYNC_DIR,
    CALL_COUNT
};

struct faults
{
    struct journal_file_ops ops; /* hand this to journal_options */
    _Atomic unsigned calls[CALL_COUNT];
    unsigned fail_from[CALL_COUNT];  /* 1 = the first call; 0 = never */
    unsigned fail_count[CALL_COUNT]; /* how many calls in a row fail */
    int number;                      /* errno given */
    void (*before_sync)(void *data);
    void *data;
    _Atomic uint64_t written_pos;  /* highest position handed to pwrite */
    _Atomic uint64_t synced_pos;   /* ... when fdatasync last returned 0 */
    _Atomic bool broken_file_used; /* a file whose write or sync failed was used again */
    _Atomic int failed_fd;         /* journal and keeper thread */
};

void faults_init(struct faults *faults);

#define RIG_ENTRIES 512u
#define RIG_SEGMENT_BYTES 32768u

struct rig
{
    char path[64];
    struct journal_options options;
    struct journal *journal;
    struct pool pool;
    struct flow_port port;
    struct ring desk;
    uint64_t number; /* of the last entry made */
    enum journal_condition condition;
    unsigned condition_changes;
};

void rig_init(struct rig *rig);  /* makes an empty directory, opens nothing */
void rig_open(struct rig *rig);  /* opens with rig->options */
void rig_close(struct rig *rig); /* seals, closes the journal, keeps the directory */
void rig_crash(struct rig *rig); /* closes without the seal */
void rig_free(struct rig *rig);  /* removes the directory */
/* Pushes an entry whose body is its number and text; returns the number. */
uint64_t rig_push(struct rig *rig, size_t size);
/* Turns the journal until it has nothing to do. */
void rig_turn(struct rig *rig);
/* Pushes one of `size`, turns, takes its ticket and gives the block back. */
struct flow_ticket rig_commit(struct rig *rig, size_t size);
/* Takes a ticket that must be there. */
struct flow_ticket rig_ticket(struct rig *rig);

/* A directory's files copied to another, quarantine left out; `to` is emptied first. */
void directory_copy(const char *from, const char *to);
void directory_remove(const char *path);
size_t file_load(const char *dir, const char *name, uint8_t *bytes, size_t room);
void file_store(const char *dir, const char *name, const uint8_t *bytes, size_t size);

/* What a reader delivers. */
#define SEEN_MAX 4096u
struct seen
{
    size_t count;
    uint64_t pos[SEEN_MAX];
    uint64_t number[SEEN_MAX];
    size_t unacknowledged;
    size_t findings[4]; /* by enum journal_finding_kind */
    size_t findings_all;
    uint64_t missing;
};

/* Reads the directory and checks every body against its number. */
void seen_read(struct seen *seen, const char *path);
/* Is the record with this number at this position there? */
bool seen_has(const struct seen *seen, uint64_t number, uint64_t pos);

#endif

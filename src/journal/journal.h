/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: everything that changes what operators see is made durable here before anybody is
 * told of it. One directory of preallocated segment files (docs/journal-format.md), one thread that
 * makes batches durable, one helper thread that prepares and deletes segment files.
 *
 * Order of use, all on one thread:
 *     journal_open -> journal_replay -> journal_add_port ... -> journal_set_desk -> journal_start
 *     -> journal_stop -> journal_close
 * Before journal_replay: journal_load, to begin behind a checkpoint.
 * journal_health and journal_checkpoint: any thread, between open and close.
 *
 * Promises
 *   - A ticket without error is sent only after fdatasync has returned 0 for its record.
 *   - A position never names two different records, whatever failed in between. Positions grow; a
 *     failed batch or a repaired end leaves a gap.
 *   - A file whose write or sync failed is never written or synced again while we run.
 *   - Reading is never silently shorter: what cannot be read is counted, kept and reported.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "base/error.h"
#include "flow/entry.h"

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_SEGMENT_BYTES_DEFAULT (UINT64_C(64) << 20)
#define JOURNAL_SEGMENT_BYTES_MIN (UINT64_C(32) << 10)
#define JOURNAL_SEGMENT_BYTES_MAX (UINT64_C(1) << 30)
#define JOURNAL_FINDINGS_KEPT 64 /* ranges described in one recovery; all are counted */
#define JOURNAL_TEXT 256         /* a sentence for people, with the closing NUL */

struct journal;
struct journal_file_ops; /* journal/file.h: the seam for tests */

enum journal_condition
{
    JOURNAL_OK,
    JOURNAL_FAULT,     /* a write or sync failed, or no segment can be made */
    JOURNAL_DISK_FULL, /* no room for the next segment: a warning while the present one lasts */
};

/* Called on the journal thread when the condition changes, also from OK to FAULT and back when a
 * failure was overcome. `text` says what happened, without personal data, and lives for the call.
 */
typedef void journal_on_condition(void *data, enum journal_condition condition, const char *text);

struct journal_options
{
    const char *dir;        /* made with mode 0700 when it does not exist */
    uint32_t node;          /* 1..LIMIT_NODES; a journal of another node is refused */
    uint64_t segment_bytes; /* of new segments; multiple of 4096; 0 = the default */
    unsigned segments_kept; /* newest segments never deleted; less than 2 means 2 */
    uint64_t floor_pos;     /* highest position known elsewhere (PostgreSQL); 0 = unknown.
                               No position at or below it is given out again. */
    journal_on_condition *on_condition; /* may be NULL */
    void *data;                         /* for on_condition */
    const struct journal_file_ops *ops; /* NULL = the real files */
};

enum journal_finding_kind
{
    JOURNAL_FINDING_TORN,    /* the unfinished end of the last batch: never acknowledged */
    JOURNAL_FINDING_DAMAGED, /* bytes that should be records and are not */
    JOURNAL_FINDING_MISSING, /* positions that should be there and are not; no byte range */
    JOURNAL_FINDING_HEADER,  /* a segment header copy, or the file's size, is wrong */
};

/* One thing that is wrong. Byte ranges are copied to quarantine/ before anything is changed. */
struct journal_finding
{
    enum journal_finding_kind kind;
    uint64_t segment;  /* first position of its segment, as in the file name */
    uint64_t offset;   /* bytes from the start of the file */
    uint64_t size;     /* bytes; 0 for MISSING */
    uint64_t pos_from; /* MISSING: first and last position that is not there. TORN: the same when */
    uint64_t pos_to;   /* whole records follow, else pos_to is 0: nobody knows how many */
    bool known;        /* an earlier start has quarantined the same range already */
};

struct journal_recovery
{
    uint64_t segments;
    uint64_t records;        /* whole records that replay will deliver */
    uint64_t first_pos;      /* of the oldest segment; 0 when the journal is new */
    uint64_t last_pos;       /* newest record; 0 when there is none */
    uint64_t unacknowledged; /* whole records of batches that had failed: kept, not replayed */
    uint64_t repaired_bytes; /* of a torn end */
    uint64_t damaged_bytes;
    uint64_t damaged_records;   /* positions that should be there and are not */
    uint64_t quarantined;       /* ranges copied to quarantine/ by this start */
    uint64_t quarantine_failed; /* ranges that could not be copied; they are left untouched */
    uint64_t findings;          /* all; the first JOURNAL_FINDINGS_KEPT stand in `list` */
    struct journal_finding list[JOURNAL_FINDINGS_KEPT];
    bool damaged;            /* something new besides a torn end: raise a system alarm */
    char text[JOURNAL_TEXT]; /* one sentence for people */
};

struct journal_health
{
    uint64_t turn_mono_us;    /* last turn of the journal thread; at most 1 s old while it lives */
    uint64_t durable_mono_us; /* when the last batch became durable; 0 = none yet */
    uint64_t in_flight_mono_us; /* since when a batch is being written; 0 = none is */
    uint64_t durable_pos;       /* newest position known durable */
    uint64_t fault_mono_us; /* when the condition was last FAULT; 0 = never. A failure overcome at
                               once is gone from `condition` before anybody looks. */
    enum journal_condition condition;
};

/*
 * Opens or makes a journal and recovers it: reads every segment, quarantines what is damaged,
 * repairs a torn end, writes the last batch again and syncs it. Creates two threads' worth of state
 * but no thread. Succeeds on a full or failing disk as long as the journal can be read: the
 * condition then says that nothing can be taken.
 * Errors: ERROR_CONFIG (options, or another node's journal), ERROR_DENIED (another process has it),
 * ERROR_UNSUPPORTED (a newer format), ERROR_IO, ERROR_DISK_FULL, ERROR_MEMORY.
 */
enum error
journal_open(const struct journal_options *options, struct journal **ret_journal) MUST_USE;
/* What journal_open found. Valid until close. */
const struct journal_recovery *journal_recovery(const struct journal *journal);

/*
 * Delivers the records from `from_pos` on in order, live false. Before journal_start.
 * ERROR_NOT_FOUND: the journal begins after `from_pos` (what there is was delivered); 0 means
 * "everything there is" and cannot give it. ERROR_IO, ERROR_MEMORY: delivery stopped.
 */
enum error
journal_replay(struct journal *journal, uint64_t from_pos,
               void (*deliver)(const struct flow_record *record, void *data), void *data) MUST_USE;

/* Joins a producer; sets port->journal. At most LIMIT_JOURNAL_PRODUCERS. Before journal_start.
 * `port` must outlive journal_stop. Returns the port's index, for flow_entry.producer. */
unsigned journal_add_port(struct journal *journal, struct flow_port *port);
/* Where durable entries go: a ring of struct flow_entry * with room for every entry of every pool,
 * and who is woken. Without it entries go straight back to their pools. Before journal_start. */
void journal_set_desk(struct journal *journal, struct ring *desk_entries, struct waker *desk);

enum error journal_start(struct journal *journal) MUST_USE;
/* Makes everything already pushed durable (or fails it), then ends both threads. Producers have
 * stopped pushing. Does nothing when not started. */
void journal_stop(struct journal *journal);
/* After journal_stop. NULL is allowed. */
void journal_close(struct journal *journal);

void journal_health(const struct journal *journal, struct journal_health *ret_health);
/* The desk's state after the record at `pos`: `size` bytes of malloc, the journal's from here. The
 * helper thread makes it durable; segments wholly below the older of the two newest checkpoints are
 * then deleted, the newest segments_kept excepted. One that could not be written is logged, and the
 * next one replaces it. */
void journal_checkpoint(struct journal *journal, uint64_t pos, uint8_t *bytes, size_t size);
/* The newest checkpoint before `before_pos` (UINT64_MAX: the newest); *ret_bytes is the caller's to
 * free. One that is damaged is moved to quarantine/ and raised in the recovery, and the next older
 * is given. Before journal_start. ERROR_NOT_FOUND: there is none; ERROR_IO, ERROR_MEMORY. */
enum error journal_load(struct journal *journal, uint64_t before_pos, uint64_t *ret_pos,
                        uint8_t **ret_bytes, size_t *ret_size) MUST_USE;
/* What journal_load gave is of no use to the desk: moves it to quarantine/. Before journal_start.
 */
void journal_reject(struct journal *journal, uint64_t pos);
/* Position the next record will get at least. Before journal_start. */
uint64_t journal_next_pos(const struct journal *journal);

#endif

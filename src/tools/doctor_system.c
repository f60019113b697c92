/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine gives: configuration, disk, clock, limits. */
#include "base/clock.h"
#include "base/text.h"
#include "config/config.h"
#include "tools/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define FSYNC_WRITES 200
#define FSYNC_BYTES 512
#define TICKET_SECRET_BYTES 32

#define MAKE_TICKETS                                                                               \
    "openssl rand -out FILE 32; make it larwmd's with mode 0600, name it in "                      \
    "intake.ticket_secret, restart larwmd"

const char *
doctor_judge_tickets(const char *path, const char **ret_advice)
{
    struct stat status = {0};
    const char *wrong = NULL;
    int reason = path == NULL || stat(path, &status) == 0 ? 0 : errno;
    if (reason == EACCES) {
        *ret_advice = "run larwmctl doctor as larwmd's user";
        return "this user cannot look at the file of intake.ticket_secret";
    }
    if (path == NULL) {
        wrong = "intake.ticket_secret is not set";
    } else if (reason != 0) {
        wrong = "the file of intake.ticket_secret does not exist";
    } else if (!S_ISREG(status.st_mode) || status.st_size < TICKET_SECRET_BYTES) {
        wrong = "the file of intake.ticket_secret holds fewer than 32 bytes";
    } else if ((status.st_mode & S_IRWXO) != 0) {
        *ret_advice = "whoever has read it can pass for any unit, so make a new one: " MAKE_TICKETS;
        return "the file of intake.ticket_secret is open to everybody";
    }
    if (wrong != NULL) {
        *ret_advice = "make one: " MAKE_TICKETS;
    }
    return wrong;
}

static void
check_tickets(struct doctor *doctor, const char *path)
{
    const char *advice = NULL;
    const char *wrong = doctor_judge_tickets(path, &advice);
    if (wrong == NULL) {
        doctor_say(doctor, DOCTOR_OK, "tickets", NULL, "outlive a restart of larwmd");
        return;
    }
    doctor_say(doctor, DOCTOR_WARN, "tickets", advice,
               "%s: after a restart every unit makes a full handshake, three times the work",
               wrong);
}

void
doctor_check_config(struct doctor *doctor)
{
    const char *path = ctl_value(doctor->ctl, "config");
    if (path == NULL) {
        path = ctl_environment("LARWM_CONFIG");
    }
    if (path == NULL) {
        doctor_say(doctor, DOCTOR_WARN, "configuration", "name it: --config FILE or LARWM_CONFIG",
                   "not checked");
        return;
    }
    struct config *config = NULL;
    struct config_error error;
    if (config_load(path, &config, &error) != ERROR_NONE) {
        doctor_say(doctor, DOCTOR_FAIL, "configuration", "mend that line; larwmd does not start",
                   "%s", error.text);
        return;
    }
    doctor->sessions_max = config->intake.sessions_max;
    if (doctor->journal[0] == '\0') {
        (void)text_copy(doctor->journal, sizeof doctor->journal, config->journal.directory);
    }
    doctor_say(doctor, DOCTOR_OK, "configuration", NULL, "%s, node %u", path, config->node);
    check_tickets(doctor, config->intake.ticket_secret);
    config_free(config);
}

uint64_t
doctor_percentile(const uint64_t *sorted, unsigned count, unsigned percent)
{
    unsigned index = (count * percent + 99) / 100;
    return sorted[index == 0 ? 0 : index - 1];
}

enum doctor_verdict
doctor_judge_fsync(uint64_t p50_us, uint64_t p99_us)
{
    /* A receipt waits for one of these: what people call instant is a tenth of a second. */
    if (p50_us > 50000 || p99_us > 500000) {
        return DOCTOR_FAIL;
    }
    return p50_us > 5000 || p99_us > 50000 ? DOCTOR_WARN : DOCTOR_OK;
}

enum doctor_verdict
doctor_judge_space(uint64_t free_bytes, uint64_t total_bytes)
{
    const uint64_t gib = UINT64_C(1) << 30;
    if (free_bytes < gib / 4) {
        return DOCTOR_FAIL;
    }
    return free_bytes < gib || free_bytes < total_bytes / 20 ? DOCTOR_WARN : DOCTOR_OK;
}

static int
compare_times(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t two = *(const uint64_t *)right;
    return (one > two) - (one < two);
}

/* Appends and syncs like the journal does, in a file that has no name. errno says why not. */
static bool
measure_fsync(const char *directory, uint64_t times[FSYNC_WRITES])
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    uint8_t block[FSYNC_BYTES];
    memset(block, 'd', sizeof block);
    bool good = posix_fallocate(fd, 0, FSYNC_WRITES * FSYNC_BYTES) == 0 && fsync(fd) == 0;
    for (unsigned i = 0; good && i < FSYNC_WRITES; i++) {
        uint64_t begin_us = clock_mono_us();
        good = pwrite(fd, block, sizeof block, (off_t)i * FSYNC_BYTES) == (ssize_t)sizeof block &&
               fdatasync(fd) == 0;
        times[i] = clock_mono_us() - begin_us;
    }
    int reason = errno;
    (void)close(fd);
    errno = reason;
    qsort(times, FSYNC_WRITES, sizeof times[0], compare_times);
    return good;
}

static void
check_space(struct doctor *doctor)
{
    struct statvfs space;
    if (statvfs(doctor->journal, &space) != 0) {
        return; /* the latency check has said so already */
    }
    uint64_t free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    uint64_t total = (uint64_t)space.f_blocks * space.f_frsize;
    enum doctor_verdict verdict = doctor_judge_space(free_bytes, total);
    doctor_say(doctor, verdict, "disk space",
               verdict == DOCTOR_OK
                   ? NULL
                   : "make room: on a full disk no alarm gets its receipt (is PostgreSQL up? what "
                     "it has recorded is deleted)",
               "%.1f GiB free of %.1f GiB", (double)free_bytes / (double)(1u << 30),
               (double)total / (double)(1u << 30));
}

void
doctor_check_disk(struct doctor *doctor)
{
    if (doctor->journal[0] == '\0') {
        doctor_say(doctor, DOCTOR_WARN, "disk", "set LARWM_JOURNAL_DIR", "not checked");
        return;
    }
    uint64_t times[FSYNC_WRITES] = {0};
    if (!measure_fsync(doctor->journal, times)) {
        doctor_say(doctor, DOCTOR_FAIL, "disk", "does it exist, and may this user write there?",
                   "%s: %s", doctor->journal, strerror(errno));
        return;
    }
    uint64_t p50_us = doctor_percentile(times, FSYNC_WRITES, 50);
    uint64_t p99_us = doctor_percentile(times, FSYNC_WRITES, 99);
    enum doctor_verdict verdict = doctor_judge_fsync(p50_us, p99_us);
    doctor_say(doctor, verdict, "disk",
               verdict == DOCTOR_OK ? NULL : "every receipt waits for this: use a faster disk",
               "write and fdatasync of %u bytes: p50 %lu us, p99 %lu us", FSYNC_BYTES, p50_us,
               p99_us);
    check_space(doctor);
}

void
doctor_check_clock(struct doctor *doctor)
{
    struct timex state = {0};
    int status = adjtimex(&state);
    if (status < 0) {
        doctor_say(doctor, DOCTOR_WARN, "clock", NULL, "the kernel does not say: %s",
                   strerror(errno));
        return;
    }
    bool followed = status != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
    doctor_say(doctor, followed ? DOCTOR_OK : DOCTOR_WARN, "clock",
               followed ? NULL : "run an NTP service: markers and panels are judged by this clock",
               followed ? "follows a time server" : "follows no time server");
}

void
doctor_check_limits(struct doctor *doctor)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        doctor_say(doctor, DOCTOR_WARN, "limits", NULL, "not known: %s", strerror(errno));
        return;
    }
    /* Each unit session is one file; the rest is segments, clients and libraries. */
    rlim_t wanted = doctor->sessions_max + 2048;
    bool enough = files.rlim_max >= wanted;
    doctor_say(doctor, enough ? DOCTOR_OK : DOCTOR_WARN, "limits",
               enough ? NULL : "raise LimitNOFILE of the service (the limit shown is this shell's)",
               "open files: %lu, at most %lu; %u sessions want %lu", (unsigned long)files.rlim_cur,
               (unsigned long)files.rlim_max, doctor->sessions_max, (unsigned long)wanted);
}

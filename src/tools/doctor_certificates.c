/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in LARWM_PKI_DIR: the centre's own by name, the units' as one line. */
#include "base/clock.h"
#include "tools/doctor.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define DAY_S (24 * 3600)
#define WARN_DAYS 30

bool
doctor_certificate_left(const char *path, int64_t *ret_seconds)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    int days = 0;
    int seconds = 0;
    bool known = certificate != NULL &&
                 ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) == 1;
    X509_free(certificate);
    if (known) {
        *ret_seconds = (int64_t)days * DAY_S + seconds;
    }
    return known;
}

enum doctor_verdict
doctor_judge_expiry(int64_t seconds_left)
{
    if (seconds_left <= 0) {
        return DOCTOR_FAIL;
    }
    return seconds_left < (int64_t)WARN_DAYS * DAY_S ? DOCTOR_WARN : DOCTOR_OK;
}

static bool
is_certificate(const char *name)
{
    size_t size = strlen(name);
    return size > 4 && strcmp(name + size - 4, ".crt") == 0;
}

static void
check_own(struct doctor *doctor, const char *directory, const char *name)
{
    char path[1024];
    int64_t left;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!doctor_certificate_left(path, &left)) {
        doctor_say(doctor, DOCTOR_FAIL, "certificate", "it must be a PEM certificate",
                   "%s cannot be read", name);
        return;
    }
    enum doctor_verdict verdict = doctor_judge_expiry(left);
    doctor_say(doctor, verdict, "certificate",
               verdict == DOCTOR_OK ? NULL : "issue a new one and restart what uses it",
               "%s: %s %ld days", name, left <= 0 ? "EXPIRED for" : "valid for",
               (long)((left < 0 ? -left : left) / DAY_S));
}

struct unit_count
{
    unsigned all;
    unsigned expired;
    unsigned soon;
    unsigned unreadable;
};

/* An expired unit certificate is a fault, not a failure: its alarms still get through. */
static void
say_units(struct doctor *doctor, const struct unit_count *count)
{
    bool good = count->expired + count->soon + count->unreadable == 0;
    doctor_say(doctor, good ? DOCTOR_OK : DOCTOR_WARN, "certificates",
               good ? NULL : "issue new ones; alarms of expired units still get through",
               "of units: %u; %u expired, %u within %d days, %u unreadable", count->all,
               count->expired, count->soon, WARN_DAYS, count->unreadable);
}

static void
count_unit(struct unit_count *count, const char *directory, const char *name)
{
    char path[1024];
    int64_t left;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    count->all += 1;
    if (!doctor_certificate_left(path, &left)) {
        count->unreadable += 1;
    } else if (doctor_judge_expiry(left) == DOCTOR_FAIL) {
        count->expired += 1;
    } else if (doctor_judge_expiry(left) == DOCTOR_WARN) {
        count->soon += 1;
    }
}

static void
check_units(struct doctor *doctor)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/units", doctor->pki);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return; /* unit certificates need not be kept on this machine */
    }
    struct unit_count count = {0};
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (is_certificate(entry->d_name)) {
            count_unit(&count, path, entry->d_name);
        }
    }
    (void)closedir(directory);
    say_units(doctor, &count);
}

void
doctor_check_certificates(struct doctor *doctor)
{
    if (doctor->pki[0] == '\0') {
        doctor_say(doctor, DOCTOR_WARN, "certificates", "set LARWM_PKI_DIR", "not checked");
        return;
    }
    DIR *directory = opendir(doctor->pki);
    if (directory == NULL) {
        doctor_say(doctor, DOCTOR_FAIL, "certificates", "is LARWM_PKI_DIR right?",
                   "%s cannot be read", doctor->pki);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (is_certificate(entry->d_name)) {
            check_own(doctor, doctor->pki, entry->d_name);
        }
    }
    (void)closedir(directory);
    check_units(doctor);
}

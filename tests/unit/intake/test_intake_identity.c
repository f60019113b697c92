/* SPDX-License-Identifier: Apache-2.0 */
/* Who is served, who is refused, and what a new registry changes. */
#include "rig.h"

#include "base/counters.h"

#include <criterion/criterion.h>
#include <string.h>

static struct rig *rig;

static void
start(void)
{
    rig = rig_start(NULL);
}

static void
stop(void)
{
    rig_stop(rig);
}

TestSuite(intake_identity, .init = start, .fini = stop, .timeout = 60);

static void
expect_taken(const struct rig_identity *identity, bool expired)
{
    struct rig_unit *unit = rig_connect(rig, identity, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_wait_receipts(unit, 1));
    const Larwm__Journal__Signal *signal = rig_signal(rig, rig_signal_count(rig) - 1);
    cr_assert_eq(signal->credential_expired, expired);
}

static bool
certificate_was_counted(void *data)
{
    return counter_get(certificates_refused) > 0;
}

static void
expect_refused(const struct rig_identity *identity)
{
    struct rig_unit *unit = rig_connect(rig, identity, NULL);
    cr_assert(rig_wait_closed(unit));
    cr_assert_not(unit->ready);
    cr_assert_eq(rig_signal_count(rig), 0);
    cr_assert(rig_wait(rig, certificate_was_counted, NULL));
    cr_assert_eq(counter_get(certificates_refused), 1);
}

/* Rule R0 TEST */
Test(intake_identity, an_expired_certificate_is_flagged_and_its_press_taken)
{
    struct rig_identity late = rig_pki_issue(&rig->device_ca, "SKY-1", -7200, -3600);
    expect_taken(&late, true);
    rig_pki_free(&late);
}

/* Rule R0 TEST */
Test(intake_identity, a_certificate_not_valid_yet_is_flagged_and_its_press_taken)
{
    struct rig_identity early = rig_pki_issue(&rig->device_ca, "SKY-1", 3600, 7200);
    expect_taken(&early, true);
    rig_pki_free(&early);
}

/* REQ S4 TEST */
Test(intake_identity, a_certificate_of_another_ca_gets_no_session)
{
    struct rig_identity other_ca = rig_pki_ca("another CA");
    struct rig_identity stranger = rig_pki_issue(&other_ca, "SKY-1", -3600, 3600);
    expect_refused(&stranger);
    rig_pki_free(&stranger);
    rig_pki_free(&other_ca);
}

Test(intake_identity, a_certificate_of_another_ca_with_our_name_gets_no_session)
{
    struct rig_identity other_ca = rig_pki_ca("larwm test device CA");
    struct rig_identity stranger = rig_pki_issue(&other_ca, "SKY-1", -3600, 3600);
    expect_refused(&stranger);
    rig_pki_free(&stranger);
    rig_pki_free(&other_ca);
}

Test(intake_identity, an_expired_certificate_of_another_ca_gets_no_session)
{
    struct rig_identity other_ca = rig_pki_ca("another CA");
    struct rig_identity stranger = rig_pki_issue(&other_ca, "SKY-1", -7200, -3600);
    expect_refused(&stranger);
    rig_pki_free(&stranger);
    rig_pki_free(&other_ca);
}

Test(intake_identity, a_self_signed_certificate_gets_no_session)
{
    struct rig_identity own = rig_pki_issue(NULL, "SKY-1", -3600, 3600);
    expect_refused(&own);
    rig_pki_free(&own);
}

Test(intake_identity, a_peer_without_a_certificate_gets_no_session)
{
    expect_refused(NULL);
}

/* REQ S4 TEST */
Test(intake_identity, a_unit_the_registry_does_not_know_is_served_without_a_name)
{
    struct rig_identity known = rig_pki_issue(&rig->device_ca, "SKY-1", -3600, 3600);
    struct rig_identity unknown = rig_pki_issue(&rig->device_ca, "SKY-99", -3600, 3600);
    rig_publish_unit(rig, "SKY-1", 1, &known);
    struct rig_unit *unit = rig_connect(rig, &unknown, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert_not(unit->welcome.known);
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_wait_receipts(unit, 1));
    cr_assert(unit->last.silent); /* REQ G18 TEST: silent unless known otherwise */
    cr_assert_str_empty(rig_signal(rig, 0)->unit);
    cr_assert_eq(rig_signal(rig, 0)->fingerprint.len, 32);
    rig_pki_free(&known);
    rig_pki_free(&unknown);
}

static void
fill_revoked(struct registry *registry, void *data)
{
    uint8_t fingerprint[32];
    rig_pki_fingerprint(data, fingerprint);
    cr_assert(registry_add_revoked(registry, fingerprint));
}

/* REQ S3 TEST */
Test(intake_identity, a_revoked_credential_is_told_and_closed_and_takes_no_press)
{
    struct rig_identity old = rig_pki_issue(&rig->device_ca, "SKY-7", -3600, 3600);
    rig_publish(rig, fill_revoked, &old);
    struct rig_unit *unit = rig_connect(rig, &old, NULL);
    cr_assert(rig_wait_closed(unit));
    cr_assert_eq(unit->reason, UNIT_CLOSED_REFUSED);
    cr_assert_str_eq(unit->detail, "credential revoked");
    cr_assert_eq(rig_signal_count(rig), 0);
    cr_assert_eq(counter_get(credentials_revoked), 1);
    rig_pki_free(&old);
}

/* REQ S3 TEST */
Test(intake_identity, a_credential_revoked_while_connected_is_closed_at_its_next_word)
{
    struct rig_identity sky = rig_pki_issue(&rig->device_ca, "SKY-7", -3600, 3600);
    rig_publish_unit(rig, "SKY-7", 3, &sky);
    struct rig_unit *unit = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(unit));
    rig_publish(rig, fill_revoked, &sky);
    /* the worker takes registries in order; a new session sees the new one, then so does the old */
    struct rig_unit *probe = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_closed(probe));
    cr_assert_eq(probe->reason, UNIT_CLOSED_REFUSED);
    (void)rig_press(unit, 1);
    cr_assert(rig_wait_closed(unit));
    cr_assert_eq(rig_signal_count(rig), 0);
    rig_pki_free(&sky);
}

static bool
knows_unit(void *data)
{
    struct rig_unit *unit = data;
    if (unit->receipts < unit->last.sequence) {
        return false; /* the last press is not answered yet */
    }
    unsigned count = rig_signal_count(unit->rig);
    if (count > 0 && strcmp(rig_signal(unit->rig, count - 1)->unit, "SKY-8") == 0) {
        return true;
    }
    if (count == unit->receipts && count == unit->last.sequence) {
        (void)rig_press(unit, count + 1);
        unit->last.sequence = count + 1;
    }
    return false;
}

Test(intake_identity, a_unit_registered_while_connected_is_known_from_then_on)
{
    struct rig_identity sky = rig_pki_issue(&rig->device_ca, "SKY-8", -3600, 3600);
    struct rig_unit *unit = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_wait_receipts(unit, 1));
    cr_assert_str_empty(rig_signal(rig, 0)->unit);
    rig_publish_unit(rig, "SKY-8", 4, &sky);
    cr_assert(rig_wait(rig, knows_unit, unit));
    rig_pki_free(&sky);
}

static bool
is_retired(void *data)
{
    struct registry **expected = data;
    struct registry *registry = intake_retired(rig->intake);
    if (registry == NULL) {
        return false;
    }
    cr_assert_eq(registry, *expected);
    registry_free(registry);
    return true;
}

Test(intake_identity, a_registry_comes_back_once_when_a_newer_one_took_its_place)
{
    struct rig_identity sky = rig_pki_issue(&rig->device_ca, "SKY-8", -3600, 3600);
    rig_publish_unit(rig, "SKY-8", 4, &sky);
    struct registry *first = rig->registry;
    rig_publish_unit(rig, "SKY-8", 4, &sky);
    cr_assert(rig_wait(rig, is_retired, &first));
    cr_assert_null(intake_retired(rig->intake));
    rig_pki_free(&sky);
}

static bool
has_ticket(void *data)
{
    const struct rig_unit *unit = data;
    return unit->session != NULL && SSL_SESSION_is_resumable(unit->session);
}

Test(intake_identity, a_resumed_session_is_the_same_unit_without_a_new_certificate)
{
    struct rig_identity sky = rig_pki_issue(&rig->device_ca, "SKY-9", -3600, 3600);
    rig_publish_unit(rig, "SKY-9", 5, &sky);
    struct rig_unit *first = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(first));
    cr_assert(rig_wait(rig, has_ticket, first));
    cr_assert_not(first->resumed);
    struct rig_unit *second = rig_connect(rig, &sky, first->session);
    cr_assert(rig_wait_ready(second));
    cr_assert(second->resumed);
    cr_assert(second->welcome.known);
    cr_assert(rig_press(second, 1));
    cr_assert(rig_wait_receipts(second, 1));
    cr_assert_str_eq(rig_signal(rig, 0)->unit, "SKY-9");
    cr_assert_not(rig_signal(rig, 0)->credential_expired);
    cr_assert(rig_wait(rig, has_ticket, second));
    const unsigned char *ticket;
    size_t ticket_size;
    SSL_SESSION_get0_ticket(second->session, &ticket, &ticket_size);
    cr_assert_lt(ticket_size, 400, "%zu bytes: no certificate is in it", ticket_size);
    struct rig_unit *third = rig_connect(rig, &sky, second->session); /* tickets of tickets */
    cr_assert(rig_wait_ready(third));
    cr_assert(third->resumed && third->welcome.known);
    rig_pki_free(&sky);
}

/* REQ S3 TEST */
Test(intake_identity, a_resumed_session_of_a_revoked_credential_is_refused)
{
    struct rig_identity sky = rig_pki_issue(&rig->device_ca, "SKY-9", -3600, 3600);
    rig_publish_unit(rig, "SKY-9", 5, &sky);
    struct rig_unit *first = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(first));
    cr_assert(rig_wait(rig, has_ticket, first));
    rig_publish(rig, fill_revoked, &sky);
    struct rig_unit *second = rig_connect(rig, &sky, first->session);
    cr_assert(rig_wait_closed(second));
    cr_assert_eq(second->reason, UNIT_CLOSED_REFUSED);
    rig_pki_free(&sky);
}

Test(intake_identity, a_key_update_after_the_handshake_memory_is_gone_works)
{
    struct rig_identity sky = rig_pki_issue(&rig->device_ca, "SKY-9", -3600, 3600);
    struct rig_unit *unit = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert_eq(unit_client_update_keys(unit->client), true);
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_wait_receipts(unit, 1));
    cr_assert(rig_press(unit, 2));
    cr_assert(rig_wait_receipts(unit, 2));
    rig_pki_free(&sky);
}

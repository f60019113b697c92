/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl status: what larwmd says of itself. Exit 0 when it answers. */
#include "larwm/vocabulary.h"
#include "tools/ctl.h"
#include "tools/ctl_json.h"
#include "tools/ctl_live.h"
#include "tools/ctl_table.h"

#include <string.h>

struct seen
{
    json_t *status;
    unsigned waiting[PRIORITY_P5 + 1];
    unsigned claimed;
};

static void
take_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct seen *seen = data;
    if (incident->state == LARWM__INCIDENT_STATE__INCIDENT_CLAIMED) {
        seen->claimed += 1;
    } else if (incident->state == LARWM__INCIDENT_STATE__INCIDENT_OPEN &&
               (int)incident->priority >= 0 && (int)incident->priority <= (int)PRIORITY_P5) {
        seen->waiting[incident->priority] += 1;
    }
}

static void
take_status(void *data, const Larwm__Console__Status *status)
{
    struct seen *seen = data;
    json_decref(seen->status);
    seen->status = ctl_json_from(&status->base);
}

static json_t *
document_of(const struct seen *seen, const Larwm__Console__Welcome *welcome)
{
    json_t *waiting = json_object();
    for (int priority = PRIORITY_P1; priority <= PRIORITY_P5; priority++) {
        (void)json_object_set_new(waiting, priority_text(priority),
                                  json_integer(seen->waiting[priority]));
    }
    return json_pack("{s:s, s:s, s:o, s:i, s:O?}", "node", welcome->node, "version",
                     welcome->version, "waiting", waiting, "claimed", (int)seen->claimed, "status",
                     seen->status);
}

static const char *
text_at(const json_t *object, const char *key, const char *otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? json_string_value(value) : otherwise;
}

static long long
number_at(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static void
print_text(struct ctl *ctl, const struct seen *seen, const Larwm__Console__Welcome *welcome)
{
    const json_t *status = seen->status;
    ctl_say(ctl, "larwmd         node %s, version %s", welcome->node, welcome->version);
    ctl_say(ctl, "journal        %s, position %s  %s",
            json_is_true(json_object_get(status, "journalOk")) ? "ok" : "FAULT",
            text_at(status, "journalPosition", "0"), text_at(status, "journalDetail", ""));
    ctl_say(ctl, "database       %s, recorded to position %s",
            json_is_true(json_object_get(status, "databaseUp")) ? "up" : "DOWN",
            text_at(status, "recordedPosition", "0"));
    ctl_say(ctl, "schema         %s  %s",
            json_is_true(json_object_get(status, "schemaOk")) ? "ok" : "DOES NOT FIT",
            text_at(status, "schemaDetail", ""));
    ctl_say(ctl, "units          %lld connected, %lld lost", number_at(status, "unitsConnected"),
            number_at(status, "unitsLost"));
    ctl_say(ctl, "operators      %lld on duty", number_at(status, "operatorsOnDuty"));
    ctl_say(ctl, "police gateway %s",
            json_is_true(json_object_get(status, "policeGatewayUp")) ? "connected"
                                                                     : "NOT CONNECTED");
    ctl_say(ctl, "waiting        P1 %u, P2 %u, P3 %u, P4 %u; claimed %u",
            seen->waiting[PRIORITY_P1], seen->waiting[PRIORITY_P2], seen->waiting[PRIORITY_P3],
            seen->waiting[PRIORITY_P4], seen->claimed);
    size_t index;
    json_t *notice;
    json_array_foreach(json_object_get(status, "notices"), index, notice)
    {
        ctl_say(ctl, "notice         %s  %s", text_at(notice, "kind", "?"),
                text_at(notice, "detail", ""));
    }
}

static int
run_status(struct ctl *ctl)
{
    int status;
    struct console_call *call = ctl_live_open(ctl, true, &status);
    if (call == NULL) {
        return status;
    }
    struct seen seen = {0};
    enum error error =
        console_call_snapshot(call, CTL_LIVE_LIMIT_MS, take_incident, take_status, &seen);
    status = CTL_OK;
    if (error != ERROR_NONE) {
        status = ctl_fail(ctl, "larwmd is not ready: %s", error_text(error));
    } else if (ctl_flag(ctl, "json")) {
        json_t *document = document_of(&seen, console_call_welcome(call));
        ctl_json_print(document, ctl->out);
        json_decref(document);
    } else {
        print_text(ctl, &seen, console_call_welcome(call));
    }
    json_decref(seen.status);
    console_call_close(call);
    return status;
}

static const struct ctl_option options[] = {CTL_OPTION_TIMEOUT, CTL_OPTION_JSON, CTL_OPTION_END};

const struct ctl_command ctl_status_commands[] = {
    {"status", NULL, "", 0, 0, "what larwmd says of itself", NULL, options, run_status},
    {0},
};

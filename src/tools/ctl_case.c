/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl case: cases of persons at risk. Showing one is a disclosure and is audited first. */
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX (256u << 10)

static int
run_list(struct ctl *ctl)
{
    const char *values[] = {ctl_flag(ctl, "closed") ? "true" : "false"};
    return ctl_sql_list(
        ctl,
        "select c.reference, c.status, c.category, a.name as authority, coalesce((select "
        "r.risk::text from larwm.case_risk r where r.case_id = c.id order by r.assessed_at "
        "desc, r.id desc limit 1), 'unknown') as risk, c.coordinator, (select "
        "to_json(array_agg(u.identifier order by u.identifier)) from larwm.allocation l join "
        "larwm.unit u on u.id = l.unit_id where l.case_id = c.id and l.during @> now()) as "
        "units, c.opened_at as opened from larwm.case_record c join larwm.authority a on a.id = "
        "c.authority_id where $1::boolean or c.status = 'open' order by c.reference",
        1, values);
}

/* The whole file, at most DOCUMENT_MAX; the caller frees it. NULL: told why. */
static char *
read_document(struct ctl *ctl, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? ctl->in : fopen(path, "re");
    char *text = calloc(1, DOCUMENT_MAX + 1);
    if (file == NULL || text == NULL) {
        (void)ctl_fail(ctl, "%s cannot be read", path);
        free(text);
        if (file != NULL && !standard) {
            (void)fclose(file);
        }
        return NULL;
    }
    size_t size = fread(text, 1, DOCUMENT_MAX, file);
    bool whole = feof(file) || fgetc(file) == EOF;
    if (!standard) {
        (void)fclose(file);
    }
    json_error_t error;
    json_t *document = whole ? json_loadb(text, size, 0, &error) : NULL;
    if (!whole) {
        (void)ctl_fail(ctl, "%s: more than %u bytes", path, DOCUMENT_MAX);
    } else if (document == NULL) {
        (void)ctl_fail(ctl, "%s:%d: not JSON: %s", path, error.line, error.text);
    }
    json_decref(document);
    if (document == NULL) {
        free(text);
        return NULL;
    }
    return text;
}

static int
run_add(struct ctl *ctl)
{
    const char *path = ctl_argument(ctl, 0);
    char *document = read_document(ctl, path == NULL ? "-" : path);
    if (document == NULL) {
        return CTL_FAILED;
    }
    const char *values[] = {document};
    int status = ctl_sql_do(ctl, "%s added", "select larwm.case_add($1::jsonb)", 1, values);
    free(document);
    return status;
}

static const char case_statement[] =
    "select json_strip_nulls(json_build_object('reference', c.reference, 'status', "
    "c.status, 'category', c.category, 'authority', a.name, 'coordinator', c.coordinator, "
    "'alias', c.alias, 'person', json_build_object('name', p.name, 'born', p.born, "
    "'telephone', p.telephone, 'language', p.language, 'needs', p.needs), 'safe_contact', "
    "c.safe_contact, 'may_call', c.may_call, 'may_text', c.may_text, 'may_speak', "
    "c.may_speak, 'code_word', c.code_word, 'cover_story', c.cover_story, 'wishes', "
    "c.wishes, 'safety_plan', c.safety_plan, 'police_consent', c.police_consent, "
    "'perpetrator_resident', c.perpetrator_resident, 'perpetrator', c.perpetrator, "
    "'marac_at', c.marac_at, 'risk', (select json_agg(json_build_object('risk', r.risk, "
    "'at', r.assessed_at, 'by', r.assessed_by, 'basis', r.basis) order by r.assessed_at "
    "desc, r.id desc) from larwm.case_risk r where r.case_id = c.id), 'hazards', (select "
    "json_agg(h.text order by h.rank, h.id) from larwm.case_hazard h where h.case_id = c.id "
    "and h.ended_at is null), 'household', (select "
    "json_agg(json_build_object('description', m.description, 'born', m.born, 'child', "
    "m.child) order by m.id) from larwm.household_member m where m.case_id = c.id), "
    "'residences', (select json_agg(json_build_object('kind', r.kind, 'property', "
    "o.reference, 'address', o.address, 'town', o.town, 'postcode', o.postcode, 'from', "
    "lower(r.during), 'to', upper(r.during), 'marker', larwm.marker_status_at(o.id, now())) "
    "order by r.during) from larwm.case_property r join larwm.property o on o.id = "
    "r.property_id where r.case_id = c.id), 'units', (select "
    "json_agg(json_build_object('unit', u.identifier, 'status', u.status, 'from', "
    "lower(l.during), 'to', upper(l.during)) order by l.during) from larwm.allocation l "
    "join larwm.unit u on u.id = l.unit_id where l.case_id = c.id))) from larwm.case_record "
    "c join larwm.person p on p.id = c.person_id join larwm.authority a on a.id = "
    "c.authority_id where c.reference = $1";

static void print_value(FILE *to, int depth, const char *key, const json_t *value);

static void
print_object(FILE *to, int depth, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        print_value(to, depth, key, value);
    }
}

/* The document as indented lines; it nests three deep. */
static void
print_value(FILE *to, int depth, const char *key, const json_t *value)
{
    if (json_is_string(value) && json_string_length(value) == 0) {
        return;
    }
    (void)fprintf(to, "%*s%-*s", 2 * depth, "", 22 - 2 * depth, key);
    if (json_is_object(value)) {
        (void)fputc('\n', to);
        print_object(to, depth + 1, value);
    } else if (json_is_array(value)) {
        (void)fputc('\n', to);
        for (size_t i = 0; i < json_array_size(value); i++) {
            print_value(to, depth + 1, "-", json_array_get(value, i));
        }
    } else if (json_is_string(value)) {
        (void)fprintf(to, "%s\n", json_string_value(value));
    } else {
        (void)fprintf(to, "%s\n", json_is_true(value) ? "yes" : "no");
    }
}

/* The disclosure is in the audit before anything is shown (REQ E6). */
static PGresult *
audited_case(struct ctl *ctl, PGconn *db)
{
    const char *values[] = {ctl_argument(ctl, 0), ctl_value_or(ctl, "user", "larwmctl")};
    PGresult *result = ctl_sql_run(
        ctl, db,
        "select larwm.audit_append('admin', clock_timestamp(), $2, 'case_show', 'case', $1, "
        "'{}') from larwm.case_record where reference = $1",
        2, values);
    if (result == NULL) {
        return NULL;
    }
    bool known = PQntuples(result) == 1;
    PQclear(result);
    if (!known) {
        (void)ctl_fail(ctl, "no case %s", values[0]);
        return NULL;
    }
    return ctl_sql_run(ctl, db, case_statement, 1, values);
}

static int
run_show(struct ctl *ctl)
{
    PGconn *db = ctl_sql_open(ctl);
    PGresult *result = db == NULL ? NULL : audited_case(ctl, db);
    json_t *document = result == NULL || PQntuples(result) == 0
                           ? NULL
                           : json_loads(PQgetvalue(result, 0, 0), 0, NULL);
    if (document != NULL && ctl_flag(ctl, "json")) {
        ctl_json_print(document, ctl->out);
    } else if (document != NULL) {
        print_object(ctl->out, 0, document);
    }
    int status = document == NULL ? CTL_FAILED : CTL_OK;
    json_decref(document);
    PQclear(result);
    PQfinish(db);
    return status;
}

static int
run_risk(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0), ctl_argument(ctl, 1),
                            ctl_value_or(ctl, "basis", "")};
    return ctl_sql_do(ctl, "%s",
                      "select $1 || ' has risk ' || $2 from larwm.case_risk_add($1, $2, $3)", 3,
                      values);
}

static int
run_close(struct ctl *ctl)
{
    const char *reason = ctl_value(ctl, "reason");
    if (reason == NULL || reason[0] == '\0') {
        return ctl_misuse(ctl, "--reason is needed: it goes into the audit");
    }
    const char *values[] = {ctl_argument(ctl, 0), ctl_flag(ctl, "reopen") ? "open" : "closed",
                            reason};
    return ctl_sql_do(ctl, "%s", "select $1 || ' is ' || $2 from larwm.case_set_status($1, $2, $3)",
                      3, values);
}

static const struct ctl_option list_options[] = {
    {"closed", NULL, "closed cases as well"},
    CTL_OPTION_JSON,
    CTL_OPTION_END,
};
static const struct ctl_option show_options[] = {CTL_OPTION_USER, CTL_OPTION_JSON, CTL_OPTION_END};
static const struct ctl_option add_options[] = {CTL_OPTION_USER, CTL_OPTION_END};
static const struct ctl_option risk_options[] = {
    CTL_OPTION_USER,
    {"basis", "TEXT", "what the assessment rests on"},
    CTL_OPTION_END,
};
static const struct ctl_option close_options[] = {
    CTL_OPTION_USER,
    {"reason", "TEXT", "why; it goes into the audit"},
    {"reopen", NULL, "open it again"},
    CTL_OPTION_END,
};

const struct ctl_command ctl_case_commands[] = {
    {"case", "list", "", 0, 0, "cases by reference, without names", NULL, list_options, run_list},
    {"case", "show", "CASE", 1, 1, "one case whole; the look is audited", NULL, show_options,
     run_show},
    {"case", "add", "[FILE]", 0, 1, "add a case from a JSON document (standard input)",
     "The document is described in sql/README.md.", add_options, run_add},
    {"case", "risk", "CASE RISK", 2, 2, "a new risk: standard, medium, high, very_high", NULL,
     risk_options, run_risk},
    {"case", "close", "CASE", 1, 1, "close or reopen a case", NULL, close_options, run_close},
    {0},
};

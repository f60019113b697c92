/* SPDX-License-Identifier: Apache-2.0 */
#include "config/load.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define PATH_DEPTH 8

/* libcyaml tells what went wrong line by line through its log: the first line says what, those
 * after it say where, innermost first. */
struct yaml_complaint
{
    char what[256];
    unsigned line;
    char keys[PATH_DEPTH][64]; /* of the mappings around the place, innermost first */
    unsigned keys_count;
};

/* Of "  in mapping field 'KEY' (line: 9, column: 3)". */
static void
yaml_note_key(struct yaml_complaint *complaint, const char *text)
{
    static const char prefix[] = "in mapping field '";
    const char *key = strstr(text, prefix);
    if (key == NULL || complaint->keys_count == PATH_DEPTH) {
        return;
    }
    key += sizeof prefix - 1;
    char *to = complaint->keys[complaint->keys_count];
    (void)snprintf(to, sizeof complaint->keys[0], "%.*s", (int)strcspn(key, "'"), key);
    complaint->keys_count += 1;
}

static void
yaml_on_log(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    struct yaml_complaint *complaint = context;
    char text[256];
    if (level < CYAML_LOG_ERROR) {
        return;
    }
    (void)vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    const char *start = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    const char *line = strstr(start, "line: ");
    if (line != NULL && complaint->line == 0) {
        complaint->line = (unsigned)strtoul(line + 6, NULL, 10);
    }
    if (complaint->what[0] == '\0' && strstr(start, "Backtrace") == NULL) {
        (void)text_copy(complaint->what, sizeof complaint->what, start);
    }
    yaml_note_key(complaint, start);
}

/* The field `key` of a mapping, or of the mappings of a sequence; NULL when it has none. */
static const cyaml_schema_value_t *
yaml_schema_field(const cyaml_schema_value_t *schema, const char *key)
{
    while (schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED) {
        schema = schema->sequence.entry;
    }
    if (schema->type != CYAML_MAPPING) {
        return NULL;
    }
    const cyaml_schema_field_t *field = schema->mapping.fields;
    while (field->key != NULL && strcmp(field->key, key) != 0) {
        field++;
    }
    return field->key != NULL ? &field->value : NULL;
}

/* libcyaml names the wrong word, not the right ones: "; expected take or refuse". */
static void
yaml_expected_words(const struct yaml_complaint *complaint, const cyaml_schema_value_t *schema,
                    char *to, size_t size)
{
    size_t used = 0;
    to[0] = '\0';
    for (unsigned i = complaint->keys_count; i > 0 && schema != NULL; i--) {
        schema = yaml_schema_field(schema, complaint->keys[i - 1]);
    }
    if (schema == NULL || schema->type != CYAML_ENUM) {
        return;
    }
    for (uint32_t i = 0; i < schema->enumeration.count; i++) {
        const char *between = i == 0                               ? "; expected "
                              : i + 1 == schema->enumeration.count ? " or "
                                                                   : ", ";
        text_append(to, size, &used, "%s%s", between, schema->enumeration.strings[i].str);
    }
}

/*
 * libcyaml names the line of the mapping around a key it does not know, not that of the key. The
 * first line that begins with the key is where a person will look.
 */
static unsigned
yaml_line_of_unknown_key(const char *path, const char *what)
{
    static const char prefix[] = "Unexpected key: ";
    FILE *file = strncmp(what, prefix, sizeof prefix - 1) == 0 ? fopen(path, "r") : NULL;
    if (file == NULL) {
        return 0;
    }
    const char *key = what + sizeof prefix - 1;
    size_t key_size = strlen(key);
    char line[1024];
    unsigned found = 0;
    for (unsigned number = 1; found == 0 && fgets(line, sizeof line, file) != NULL; number++) {
        const char *start = line + strspn(line, " -");
        if (strncmp(start, key, key_size) == 0 && start[key_size] == ':') {
            found = number;
        }
    }
    (void)fclose(file);
    return found;
}

enum error
config_yaml_load(const char *path, const cyaml_schema_value_t *schema, void **ret,
                 struct config_error *error)
{
    struct yaml_complaint complaint = {.what = ""};
    cyaml_config_t config = {
        .log_fn = yaml_on_log,
        .log_ctx = &complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_DEFAULT,
    };
    void *data = NULL;
    cyaml_err_t result = cyaml_load_file(path, &config, schema, &data, NULL);
    if (result == CYAML_OK && data != NULL) {
        *ret = data;
        return ERROR_NONE;
    }
    if (result == CYAML_ERR_FILE_OPEN) {
        (void)snprintf(error->text, sizeof error->text,
                       "%s: cannot be opened; expected a readable file", path);
    } else {
        unsigned line = yaml_line_of_unknown_key(path, complaint.what);
        line = line != 0 ? line : complaint.line;
        char words[128];
        yaml_expected_words(&complaint, schema, words, sizeof words);
        (void)snprintf(error->text, sizeof error->text, "%s:%u: %s (%s)%s", path, line,
                       complaint.what[0] != '\0' ? complaint.what : "not a valid configuration",
                       cyaml_strerror(result), words);
    }
    return ERROR_CONFIG;
}

void
config_yaml_free(const cyaml_schema_value_t *schema, void *data)
{
    cyaml_config_t config = {.mem_fn = cyaml_mem};
    (void)cyaml_free(&config, schema, data, 0);
}

/* Where the walk over the file's events stands. */
struct yaml_walk
{
    struct
    {
        bool sequence;
        bool want_value;
        unsigned index;
        char key[64];
    } levels[PATH_DEPTH];
    unsigned depth;
};

static void
yaml_walk_path(const struct yaml_walk *walk, char *path, size_t size)
{
    size_t used = 0;
    path[0] = '\0';
    for (unsigned i = 0; i < walk->depth && i < PATH_DEPTH; i++) {
        text_append(path, size, &used, i == 0 ? "" : ".");
        if (walk->levels[i].sequence) {
            text_append(path, size, &used, "%u", walk->levels[i].index);
        } else {
            text_append(path, size, &used, "%s", walk->levels[i].key);
        }
    }
}

/* A value ended: the level above moves on. */
static void
yaml_walk_value_done(struct yaml_walk *walk)
{
    if (walk->depth > 0 && walk->depth <= PATH_DEPTH) {
        walk->levels[walk->depth - 1].want_value = false;
        walk->levels[walk->depth - 1].index += walk->levels[walk->depth - 1].sequence ? 1 : 0;
    }
}

/* True when the event begins the value (or is the key) named `key`. */
static bool
yaml_walk_event(struct yaml_walk *walk, const yaml_event_t *event, const char *key)
{
    char path[256];
    bool found = false;
    switch (event->type) {
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT:
            yaml_walk_path(walk, path, sizeof path);
            found = walk->depth > 0 && strcmp(path, key) == 0;
            if (walk->depth < PATH_DEPTH) {
                memset(&walk->levels[walk->depth], 0, sizeof walk->levels[0]);
                walk->levels[walk->depth].sequence = event->type == YAML_SEQUENCE_START_EVENT;
            }
            walk->depth += 1;
            return found;
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT:
            walk->depth -= 1;
            yaml_walk_value_done(walk);
            return false;
        case YAML_SCALAR_EVENT:
            if (walk->depth == 0 || walk->depth > PATH_DEPTH) {
                return false;
            }
            if (!walk->levels[walk->depth - 1].sequence &&
                !walk->levels[walk->depth - 1].want_value) {
                (void)text_copy(walk->levels[walk->depth - 1].key, sizeof walk->levels[0].key,
                                (const char *)event->data.scalar.value);
                walk->levels[walk->depth - 1].want_value = true;
                return false;
            }
            yaml_walk_path(walk, path, sizeof path);
            found = strcmp(path, key) == 0;
            yaml_walk_value_done(walk);
            return found;
        case YAML_ALIAS_EVENT: /* stands for a value; what it holds is named elsewhere */
            yaml_walk_value_done(walk);
            return false;
        default:
            return false;
    }
}

/* The line on which the value `key` stands, or 0 when it is not in the file. */
static unsigned
yaml_line_of(const char *path, const char *key)
{
    FILE *file = fopen(path, "r");
    yaml_parser_t parser;
    struct yaml_walk walk = {.depth = 0};
    unsigned line = 0;
    if (file == NULL || !yaml_parser_initialize(&parser)) {
        if (file != NULL) {
            (void)fclose(file);
        }
        return 0;
    }
    yaml_parser_set_input_file(&parser, file);
    for (bool done = false; !done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            break;
        }
        if (yaml_walk_event(&walk, &event, key)) {
            line = (unsigned)event.start_mark.line + 1;
        }
        done = line != 0 || event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    (void)fclose(file);
    return line;
}

void
config_yaml_usual(const char *path, const char *key, unsigned *value, unsigned usual)
{
    if (*value == 0 && yaml_line_of(path, key) == 0) {
        *value = usual;
    }
}

enum error
config_yaml_refuse(const char *path, const char *key, const char *expected,
                   struct config_error *error)
{
    unsigned line = yaml_line_of(path, key);
    if (line > 0) {
        (void)snprintf(error->text, sizeof error->text, "%s:%u: %s: expected %s", path, line, key,
                       expected);
    } else {
        (void)snprintf(error->text, sizeof error->text, "%s: %s is missing: expected %s", path, key,
                       expected);
    }
    return ERROR_CONFIG;
}

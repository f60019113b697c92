/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a YAML configuration file against a libcyaml schema, for every program of larwm. An error
 * names the file, the line and what was expected. At start only, one thread.
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "base/error.h"

#include <cyaml/cyaml.h>
#include <stddef.h>

#define CONFIG_ERROR_SIZE 512

struct config_error
{
    char text[CONFIG_ERROR_SIZE]; /* "FILE:LINE: what is wrong; what was expected" */
};

/*
 * Loads `path` by `schema` (a mapping pointer schema) into *ret. Returns ERROR_CONFIG with
 * error->text filled; *ret is then untouched. Free with config_yaml_free.
 */
enum error config_yaml_load(const char *path, const cyaml_schema_value_t *schema, void **ret,
                            struct config_error *error) MUST_USE;
void config_yaml_free(const cyaml_schema_value_t *schema, void *data);

/* A number that the file does not name gets its usual value. One that it names stays, also 0: where
 * 0 is no number for it, checking its range refuses it. `key` as for config_yaml_refuse. */
void config_yaml_usual(const char *path, const char *key, unsigned *value, unsigned usual);

/*
 * Fills error->text for a value that loaded but is not acceptable. `key` is the dotted path of the
 * value ("intake.threads", "intake.listeners.1.port"); its line is looked up in the file.
 * Always returns ERROR_CONFIG.
 */
enum error config_yaml_refuse(const char *path, const char *key, const char *expected,
                              struct config_error *error) MUST_USE;

#endif

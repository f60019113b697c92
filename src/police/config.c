/* SPDX-License-Identifier: Apache-2.0 */
#include "police/config.h"

#include "base/require.h"
#include "police/cap.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 1024
#define TEXT(key, type, field)                                                                     \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 0, TEXT_MAX)

static const cyaml_schema_field_t force_fields[] = {
    TEXT("code", struct police_force, code), TEXT("endpoint", struct police_force, endpoint),
    TEXT("address", struct police_force, address), CYAML_FIELD_END};

static const cyaml_schema_value_t force_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct police_force, force_fields)};

static const cyaml_schema_field_t config_fields[] = {
    TEXT("larwmd_socket", struct police_config, larwmd_socket),
    TEXT("sender", struct police_config, sender),
    TEXT("certificate", struct police_config, certificate),
    TEXT("key", struct police_config, key),
    TEXT("ca", struct police_config, ca),
    TEXT("log_level", struct police_config, log_level),
    CYAML_FIELD_SEQUENCE("forces", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct police_config,
                         forces, &force_schema, 0, POLICE_FORCES_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct police_config, config_fields)};

static bool
police_config_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum error
police_config_check_file(const char *path, const char *key, const char *file, const char *expected,
                         struct config_error *error)
{
    if (police_config_given(file) && access(file, R_OK) == 0) {
        return ERROR_NONE;
    }
    return config_yaml_refuse(path, key, expected, error);
}

static bool
police_config_endpoint(const char *endpoint)
{
    return police_config_given(endpoint) && strlen(endpoint) <= POLICE_ENDPOINT_MAX &&
           ((strncmp(endpoint, "https://", 8) == 0 && endpoint[8] != '\0') ||
            (strncmp(endpoint, "file:///", 8) == 0 && endpoint[8] != '\0'));
}

static enum error
police_config_check_force(const struct police_config *config, const char *path, unsigned index,
                          struct config_error *error)
{
    const struct police_force *force = &config->forces[index];
    char key[64];
    (void)snprintf(key, sizeof key, "forces.%u.code", index);
    if (!police_config_given(force->code)) {
        return config_yaml_refuse(path, key, "the code of a force, such as gwent", error);
    }
    if (police_config_force(config, force->code) != force) {
        return config_yaml_refuse(path, key, "a force not named before", error);
    }
    (void)snprintf(key, sizeof key, "forces.%u.endpoint", index);
    if (!police_config_endpoint(force->endpoint)) {
        return config_yaml_refuse(path, key, "https://HOST/PATH or file:///DIRECTORY", error);
    }
    (void)snprintf(key, sizeof key, "forces.%u.address", index);
    if (!cap_name_is_valid(force->address)) {
        return config_yaml_refuse(path, key, "a name without space, comma, < or &", error);
    }
    return ERROR_NONE;
}

static enum error
police_config_check_level(const char *path, const char *level, struct config_error *error)
{
    static const char *const known[] = {"debug", "info", "warning", "error"};
    for (unsigned i = 0; level != NULL && i < ARRAY_COUNT(known); i++) {
        if (strcmp(level, known[i]) == 0) {
            return ERROR_NONE;
        }
    }
    return level == NULL
               ? ERROR_NONE
               : config_yaml_refuse(path, "log_level", "debug, info, warning or error", error);
}

static enum error
police_config_check(const struct police_config *config, const char *path,
                    struct config_error *error)
{
    if (!police_config_given(config->larwmd_socket)) {
        return config_yaml_refuse(path, "larwmd_socket", "the path of larwmd's console socket",
                                  error);
    }
    if (!cap_name_is_valid(config->sender)) {
        return config_yaml_refuse(path, "sender", "a name without space, comma, < or &", error);
    }
    enum error failed = police_config_check_level(path, config->log_level, error);
    if (failed == ERROR_NONE) {
        failed = police_config_check_file(path, "certificate", config->certificate,
                                          "a readable PEM file with our certificate", error);
    }
    if (failed == ERROR_NONE) {
        failed = police_config_check_file(path, "key", config->key,
                                          "a readable PEM file with our private key", error);
    }
    if (failed == ERROR_NONE) {
        failed = police_config_check_file(
            path, "ca", config->ca, "a readable PEM file with the control rooms' authority", error);
    }
    if (failed == ERROR_NONE && config->forces_count == 0) {
        failed = config_yaml_refuse(path, "forces", "at least one force", error);
    }
    for (unsigned i = 0; failed == ERROR_NONE && i < config->forces_count; i++) {
        failed = police_config_check_force(config, path, i, error);
    }
    return failed;
}

enum error
police_config_load(const char *path, struct police_config **ret, struct config_error *error)
{
    void *data = NULL;
    enum error failed = config_yaml_load(path, &config_schema, &data, error);
    if (failed != ERROR_NONE) {
        return failed;
    }
    failed = police_config_check(data, path, error);
    if (failed != ERROR_NONE) {
        police_config_free(data);
        return failed;
    }
    *ret = data;
    return ERROR_NONE;
}

void
police_config_free(struct police_config *config)
{
    config_yaml_free(&config_schema, config);
}

const struct police_force *
police_config_force(const struct police_config *config, const char *code)
{
    for (unsigned i = 0; i < config->forces_count; i++) {
        if (config->forces[i].code != NULL && strcmp(config->forces[i].code, code) == 0) {
            return &config->forces[i];
        }
    }
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "web/config.h"

#include "base/require.h"

#include <arpa/inet.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 1024
#define SOCKET_PATH_MAX 107
#define TEXT(key, flags, type, field)                                                              \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), type, field, 0, TEXT_MAX)

static const cyaml_schema_field_t listen_fields[] = {
    TEXT("address", CYAML_FLAG_OPTIONAL, struct web_config_listen, address),
    CYAML_FIELD_UINT("port", CYAML_FLAG_OPTIONAL, struct web_config_listen, port), CYAML_FIELD_END};

/* All are optional to libcyaml, so that a missing one is named by our own words. */
static const cyaml_schema_field_t config_fields[] = {
    CYAML_FIELD_MAPPING("listen", CYAML_FLAG_OPTIONAL, struct web_config, listen, listen_fields),
    TEXT("certificate", CYAML_FLAG_OPTIONAL, struct web_config, certificate),
    TEXT("key", CYAML_FLAG_OPTIONAL, struct web_config, key),
    TEXT("larwmd_socket", CYAML_FLAG_OPTIONAL, struct web_config, larwmd_socket),
    TEXT("page", CYAML_FLAG_OPTIONAL, struct web_config, page),
    TEXT("session_key", CYAML_FLAG_OPTIONAL, struct web_config, session_key),
    TEXT("tiles", CYAML_FLAG_OPTIONAL, struct web_config, tiles),
    TEXT("log_level", CYAML_FLAG_OPTIONAL, struct web_config, log_level),
    CYAML_FIELD_END};

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct web_config, config_fields)};

static bool
is_readable_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, R_OK) == 0;
}

static bool
is_directory(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode) && access(path, R_OK | X_OK) == 0;
}

/* A directory with an index.html. */
static bool
is_page(const char *path)
{
    char index[TEXT_MAX + 16];
    (void)snprintf(index, sizeof index, "%s/index.html", path);
    return is_directory(path) && is_readable_file(index);
}

static bool
is_in_directory(const char *path)
{
    char copy[TEXT_MAX + 1];
    (void)snprintf(copy, sizeof copy, "%s", path);
    return is_directory(dirname(copy));
}

static bool
is_socket_path(const char *path)
{
    return strlen(path) <= SOCKET_PATH_MAX;
}

static bool
is_level(const char *word)
{
    return strcmp(word, "debug") == 0 || strcmp(word, "info") == 0 ||
           strcmp(word, "warning") == 0 || strcmp(word, "error") == 0;
}

static bool
is_address(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

struct wanted
{
    const char *key;
    const char *value; /* NULL: not given */
    bool needed;
    bool (*fits)(const char *value);
    const char *expected;
};

static enum error
check(const struct web_config *config, const char *path, struct config_error *error)
{
    const struct wanted list[] = {
        {"listen.address", config->listen.address, false, is_address, "an IPv4 or IPv6 address"},
        {"certificate", config->certificate, true, is_readable_file, "a readable PEM file"},
        {"key", config->key, true, is_readable_file, "a readable PEM file"},
        {"larwmd_socket", config->larwmd_socket, true, is_socket_path,
         "the path of larwmd's socket, at most 107 bytes"},
        {"page", config->page, true, is_page, "the page's directory, with an index.html"},
        {"session_key", config->session_key, true, is_in_directory,
         "a file in a directory that is there"},
        {"tiles", config->tiles, false, is_directory, "a readable directory"},
        {"log_level", config->log_level, false, is_level, "debug, info, warning or error"},
    };
    for (unsigned i = 0; i < ARRAY_COUNT(list); i++) {
        bool given = list[i].value != NULL && list[i].value[0] != '\0';
        if (given ? !list[i].fits(list[i].value) : list[i].needed || list[i].value != NULL) {
            return config_yaml_refuse(path, list[i].key, list[i].expected, error);
        }
    }
    if (config->listen.port > 65535) {
        return config_yaml_refuse(path, "listen.port", "a port from 0 to 65535", error);
    }
    return ERROR_NONE;
}

enum error
web_config_load(const char *path, struct web_config **ret, struct config_error *error)
{
    void *data = NULL;
    enum error result = config_yaml_load(path, &config_schema, &data, error);
    if (result != ERROR_NONE) {
        return result;
    }
    result = check(data, path, error);
    if (result != ERROR_NONE) {
        config_yaml_free(&config_schema, data);
        return result;
    }
    *ret = data;
    return ERROR_NONE;
}

const char *
web_config_address(const struct web_config *config)
{
    return config->listen.address != NULL ? config->listen.address : "127.0.0.1";
}

void
web_config_free(struct web_config *config)
{
    config_yaml_free(&config_schema, config);
}

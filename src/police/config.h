/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The police gateway's configuration file (police.yaml). Read once at start, constant afterwards.
 *
 *     larwmd_socket: /run/larwm/console.sock
 *     sender: gateway@centre.example      # names us in every CAP document
 *     certificate: gateway.crt            # PEM; shown to the control rooms
 *     key: gateway.key                    # PEM
 *     ca: ca.crt                          # PEM; the only authority believed about control rooms
 *     log_level: info                     # optional
 *     forces:
 *       - {code: gwent, endpoint: "https://...", address: "controlroom@gwent.example"}
 */
#ifndef POLICE_CONFIG_H
#define POLICE_CONFIG_H

#include "base/error.h"
#include "config/load.h"

#define POLICE_FORCES_MAX 64
#define POLICE_ENDPOINT_MAX 512 /* bytes of an endpoint's URL */

struct police_force
{
    char *code;     /* as larwm.force has it: "gwent" */
    char *endpoint; /* https://HOST[:PORT]/PATH, or file:///DIRECTORY (adapter_file.c) */
    char *address;  /* whom the message is for: CAP `addresses` */
};

struct police_config
{
    char *larwmd_socket;
    char *sender;
    char *certificate;
    char *key;
    char *ca;
    char *log_level; /* NULL: info */
    struct police_force *forces;
    unsigned forces_count;
};

/* Loads and checks `path`. ERROR_CONFIG with error->text naming file, line and what was expected;
 * *ret is then untouched. Free with police_config_free. */
enum error police_config_load(const char *path, struct police_config **ret,
                              struct config_error *error) MUST_USE;
void police_config_free(struct police_config *config);

/* The force with this code, or NULL. */
const struct police_force *
police_config_force(const struct police_config *config, const char *code);

#endif

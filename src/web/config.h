/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of larwm-web, loaded once at start. Strings belong to the structure. */
#ifndef WEB_CONFIG_H
#define WEB_CONFIG_H

#include "config/load.h"

struct web_config_listen
{
    char *address; /* default 127.0.0.1 */
    unsigned port; /* 0 or missing: the system picks; printed at start */
};

struct web_config
{
    struct web_config_listen listen;
    char *certificate;   /* PEM chain */
    char *key;           /* PEM */
    char *larwmd_socket; /* of the daemon's console protocol */
    char *page;          /* directory of the page */
    char *session_key;   /* file, made with mode 0600 when missing; log-outs stand beside it */
    char *tiles;         /* directory Z/X/Y.png; NULL: no map */
    char *log_level;     /* debug, info, warning, error; default info */
};

/* Loads, sets defaults, validates, and looks whether files and directories are there. ERROR_CONFIG
 * with error->text filled when it is not usable. */
enum error
web_config_load(const char *path, struct web_config **ret, struct config_error *error) MUST_USE;
/* Where to listen: the address given or 127.0.0.1. */
const char *web_config_address(const struct web_config *config);
void web_config_free(struct web_config *config);

#endif

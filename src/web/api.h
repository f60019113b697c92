/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each address answers: the page's files, tiles, /api/session, /api/config, /api/login and
 * /api/logout. Loop thread.
 */
#ifndef WEB_API_H
#define WEB_API_H

#include "web/http.h"

void web_api_get(struct web_request *request);
/* The content is whole. */
void web_api_post(struct web_request *request);

/* Reads {"user","password","totp"?}; false: not that. Other members are passed over. */
bool web_api_read_login(const char *body, size_t size, struct web_login_words *ret_words);

#endif

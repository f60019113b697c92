/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon put together: builds every stage, wires the rings, starts and stops them in order.
 * The only place that knows them all. Everything here runs on the main thread.
 *
 *     start:  journal recovers -> desk replays -> outlet listens -> journal and desk run -> intake
 *     stop:   intake -> outlet -> desk -> journal
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "base/error.h"
#include "config/config.h"

#include <stdbool.h>

struct app;

/* Builds and starts everything. On an error the log has said why; nothing runs. */
enum error app_start(const struct config *config, struct app **ret_app) MUST_USE;
/* All stages turn: feeds the service manager's watchdog. False when one has not for seconds. */
bool app_is_alive(struct app *app);
void app_stop(struct app *app);

#endif

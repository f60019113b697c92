/* SPDX-License-Identifier: Apache-2.0 */
/* One incident on paper: what `larwmctl incident show` prints. Personal data of a person at risk:
 * for the terminal of somebody who may see it, after the disclosure was journaled. */
#ifndef TOOLS_CTL_INCIDENT_H
#define TOOLS_CTL_INCIDENT_H

#include "console.pb-c.h"

#include <stdint.h>
#include <stdio.h>

void ctl_incident_print(const Larwm__Console__Incident *incident, int64_t now_us, FILE *to);

#endif

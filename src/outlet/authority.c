/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/authority.h"

#include "base/require.h"
#include "journal.pb-c.h"
#include "larwm/vocabulary.h"

#include <stddef.h>

#define BIT(role) (1u << (role))

#define EVERY_OPERATOR (BIT(ROLE_OPERATOR) | BIT(ROLE_SUPERVISOR) | BIT(ROLE_TOOL))
#define SUPERVISORS (BIT(ROLE_SUPERVISOR) | BIT(ROLE_TOOL))
#define ADMINISTRATORS BIT(ROLE_ADMINISTRATOR)
#define GATEWAYS (BIT(ROLE_POLICE_GATEWAY) | BIT(ROLE_WEB_GATEWAY))

struct authority_rule
{
    int act;
    unsigned roles;
};

/* REQ E3: permitted acts by role. A tool acts in the name it gives, with a supervisor's rights. */
static const struct authority_rule rules[] = {
    {LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT, EVERY_OPERATOR},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM, EVERY_OPERATOR},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_RELEASE, EVERY_OPERATOR},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE, EVERY_OPERATOR},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE, EVERY_OPERATOR},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE, EVERY_OPERATOR},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW, EVERY_OPERATOR | ADMINISTRATORS},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH, EVERY_OPERATOR},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL, SUPERVISORS},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW, SUPERVISORS | ADMINISTRATORS},
    {AUTHORITY_POLICE_REPORT, BIT(ROLE_POLICE_GATEWAY)},
    {AUTHORITY_CREDENTIAL, BIT(ROLE_WEB_GATEWAY)},
    {AUTHORITY_WATCH, EVERY_OPERATOR | ADMINISTRATORS | GATEWAYS},
    {AUTHORITY_ON_DUTY, EVERY_OPERATOR},
    {AUTHORITY_GATEWAY, BIT(ROLE_POLICE_GATEWAY)},
    {AUTHORITY_COUNTERS, SUPERVISORS | ADMINISTRATORS},
};

bool
authority_allows(int act, int role)
{
    if (role <= ROLE_NONE || role > ROLE_TOOL) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        if (rules[i].act == act) {
            return (rules[i].roles & BIT(role)) != 0;
        }
    }
    return false;
}

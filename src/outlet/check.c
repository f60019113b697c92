/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/check.h"

#include "base/text.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <string.h>

#define PROTOCOL_VERSION 1u

static const char *
bad(const char **ret_detail, const char *detail)
{
    *ret_detail = detail;
    return REFUSAL_BAD_REQUEST;
}

static bool
fits(const char *text, size_t size_max)
{
    size_t size = strnlen(text, size_max + 1);
    return size <= size_max && text_is_utf8(text, size);
}

bool
check_user_name(const char *user)
{
    return user[0] != '\0' && fits(user, LIMIT_USER - 1) && !text_has_control(user);
}

const char *
check_hello(const Larwm__Console__Hello *hello, const char **ret_detail)
{
    if (hello->version != PROTOCOL_VERSION) {
        *ret_detail = "this larwmd speaks version 1";
        return REFUSAL_VERSION;
    }
    if (!check_user_name(hello->user)) {
        return bad(ret_detail, "user: 1 to 63 bytes of UTF-8 without control characters");
    }
    if (hello->role <= (int)ROLE_NONE || hello->role > (int)ROLE_TOOL) {
        return bad(ret_detail, "role: not one of the vocabulary");
    }
    return NULL;
}

static bool
names_incident(int kind)
{
    return kind != LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT &&
           kind != LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW;
}

static bool
names_target(int kind)
{
    return kind == LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH ||
           kind == LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW;
}

/* Fields whose bounds do not depend on the kind. */
static const char *
check_bounds(const Larwm__Journal__Action *action, const char **ret_detail)
{
    if (action->kind <= 0 || action->kind > LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW) {
        return bad(ret_detail, "kind: not one of the vocabulary");
    }
    if (!fits(action->text, LIMIT_NOTE)) {
        return bad(ret_detail, "text: at most 2000 bytes of UTF-8");
    }
    if (!fits(action->target, CHECK_TARGET_MAX)) {
        return bad(ret_detail, "target: at most 64 bytes of UTF-8");
    }
    if (action->outcome < (int)OUTCOME_NONE || action->outcome > (int)OUTCOME_NO_CONTACT) {
        return bad(ret_detail, "outcome: not one of the vocabulary");
    }
    return NULL;
}

const char *
check_action(const Larwm__Journal__Action *action, const char **ret_detail)
{
    const char *refusal = check_bounds(action, ret_detail);
    if (refusal != NULL) {
        return refusal;
    }
    int kind = (int)action->kind;
    if (names_incident(kind) && action->incident == 0) {
        return bad(ret_detail, "incident: missing");
    }
    if (names_target(kind) && action->target[0] == '\0') {
        return bad(ret_detail, "target: missing");
    }
    if (kind == LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE && action->text[0] == '\0') {
        return bad(ret_detail, "text: missing");
    }
    if (kind == LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW &&
        (action->minutes == 0 || action->minutes > CHECK_TEST_MINUTES_MAX)) {
        return bad(ret_detail, "minutes: 1 to 15");
    }
    return NULL;
}

const char *
check_police(const Larwm__Journal__Police *police, const char **ret_detail)
{
    if (police->incident == 0) {
        return bad(ret_detail, "incident: missing");
    }
    if (police->event <= 0 || police->event > LARWM__JOURNAL__POLICE_EVENT__POLICE_CANCEL_SENT) {
        return bad(ret_detail, "event: not one of the vocabulary");
    }
    if (!fits(police->message_id, CHECK_MESSAGE_ID_MAX)) {
        return bad(ret_detail, "message_id: at most 64 bytes of UTF-8");
    }
    if (!fits(police->detail, CHECK_DETAIL_MAX)) {
        return bad(ret_detail, "detail: at most 1024 bytes of UTF-8");
    }
    return NULL;
}

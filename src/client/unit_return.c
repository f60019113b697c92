/* SPDX-License-Identifier: Apache-2.0 */
/* When a unit calls again. Pure: the random number is an argument. */
#include "larwm/unit_client.h"

uint32_t
unit_client_wait_ms(const struct unit_ending *ending)
{
    if (!ending->welcomed) {
        return ending->retry_ms;
    }
    if (ending->holding) {
        return 0; /* nothing is put before a press that has no receipt */
    }
    /* A byte of nonsense must not keep a unit away for days. */
    uint32_t spread_ms =
        ending->spread_ms < UNIT_SPREAD_MS_MAX ? ending->spread_ms : UNIT_SPREAD_MS_MAX;
    /* Two programs with one certificate would otherwise replace each other without a pause. */
    spread_ms = spread_ms > ending->retry_ms ? spread_ms : ending->retry_ms;
    return (uint32_t)(ending->random % ((uint64_t)spread_ms + 1));
}

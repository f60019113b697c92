/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/nak_memory.h"

#include "base/hash.h"

#include <criterion/criterion.h>

#define PLACES 256u

static _Atomic uint64_t memory[PLACES];
static const uint64_t frame = UINT64_C(0xABCDEF0123456789);

Test(nak_memory, knows_a_frame_until_it_is_taken_out)
{
    cr_assert_not(nak_memory_has(memory, PLACES, frame, 5000));
    nak_memory_add(memory, PLACES, frame, 5000);
    cr_assert(nak_memory_has(memory, PLACES, frame, 6000));
    nak_memory_remove(memory, PLACES, frame);
    cr_assert_not(nak_memory_has(memory, PLACES, frame, 6000));
}

Test(nak_memory, forgets_after_its_time)
{
    nak_memory_add(memory, PLACES, frame, 5000);
    cr_assert(nak_memory_has(memory, PLACES, frame, 5000 + NAK_MEMORY_S * 1000));
    cr_assert_not(nak_memory_has(memory, PLACES, frame, 6000 + NAK_MEMORY_S * 1000));
}

Test(nak_memory, time_may_wrap)
{
    uint64_t last_ms = ((UINT64_C(1) << 24) - 1) * 1000;
    nak_memory_add(memory, PLACES, frame, last_ms);
    cr_assert(nak_memory_has(memory, PLACES, frame, last_ms + 5000));
    cr_assert_not(nak_memory_has(memory, PLACES, frame, last_ms + 300000));
}

Test(nak_memory, another_frame_in_the_same_place_is_not_taken_for_it)
{
    nak_memory_add(memory, PLACES, frame, 5000);
    cr_assert_not(nak_memory_has(memory, PLACES, frame + (UINT64_C(1) << 32), 5000));
}

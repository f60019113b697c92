/* SPDX-License-Identifier: Apache-2.0 */
/* AFL++'s driver: one process takes many inputs through shared memory (persistent mode). */
#include "fuzz_core.h"

#include <unistd.h>

#define INPUTS_PER_PROCESS 100000

__AFL_FUZZ_INIT();

int
main(void)
{
    __AFL_INIT();
    const uint8_t *input = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(INPUTS_PER_PROCESS)) {
        (void)LLVMFuzzerTestOneInput(input, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    }
    return 0;
}

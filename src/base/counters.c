/* SPDX-License-Identifier: Apache-2.0 */
#include "base/counters.h"

#define X(name, text) _Atomic uint64_t counter_##name;
COUNTER_LIST(X)
#undef X

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A smaller centre: a world has few units, and thousands of desks are made in a run. Wrapped by the
 * linker (meson.build).
 */
#include "sim.h"

enum error
__real_triage_create(const struct triage_limits *limits, const struct triage_policy *policy,
                     uint32_t node, struct triage **ret_triage);
enum error
__wrap_triage_create(const struct triage_limits *limits, const struct triage_policy *policy,
                     uint32_t node, struct triage **ret_triage);
enum error __real_supervision_create(uint32_t units, const struct supervision_policy *policy,
                                     uint64_t now_ms, struct supervision **ret_supervision);
enum error __wrap_supervision_create(uint32_t units, const struct supervision_policy *policy,
                                     uint64_t now_ms, struct supervision **ret_supervision);

enum error
__wrap_triage_create(const struct triage_limits *limits, const struct triage_policy *policy,
                     uint32_t node, struct triage **ret_triage)
{
    struct triage_limits smaller = *limits;
    smaller.units = 256;
    smaller.zones = 256;
    smaller.pending = 512;
    return __real_triage_create(&smaller, policy, node, ret_triage);
}

enum error
__wrap_supervision_create(uint32_t units, const struct supervision_policy *policy, uint64_t now_ms,
                          struct supervision **ret_supervision)
{
    (void)units;
    return __real_supervision_create(64, policy, now_ms, ret_supervision);
}

enum error __real_pool_init(struct pool *pool, unsigned count, size_t block_size);
enum error __wrap_pool_init(struct pool *pool, unsigned count, size_t block_size);

enum error
__wrap_pool_init(struct pool *pool, unsigned count, size_t block_size)
{
    return __real_pool_init(pool, count > SIM_POOL ? SIM_POOL : count, block_size);
}

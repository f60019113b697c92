/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void
thread_begin(const char *name, int weight)
{
    static atomic_bool said;
    char short_name[16];
    (void)snprintf(short_name, sizeof short_name, "%.15s", name);
    (void)pthread_setname_np(pthread_self(), short_name);
    /* On Linux a thread has a weight of its own, by its own number. */
    if (weight != THREAD_PLAIN && setpriority(PRIO_PROCESS, (id_t)gettid(), weight) != 0 &&
        !atomic_exchange(&said, true)) {
        log_info("app",
                 "alarms are not put ahead of other programs for the processor: %s (a limit "
                 "for priorities, RLIMIT_NICE, of %d would do)",
                 strerror(errno), 20 - THREAD_RECEIPT);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "tools/ctl.h"

#include <signal.h>

int
main(int argc, char **argv)
{
    clock_init();
    log_set_level(LOG_LEVEL_WARNING);
    (void)signal(SIGPIPE, SIG_IGN); /* `larwmctl incident list | head` ends with a write error */
    int status = ctl_run(argc, argv, stdin, stdout, stderr);
    return fflush(stdout) == 0 ? status : CTL_FAILED;
}

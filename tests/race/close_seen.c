/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded by tests/race/run. ThreadSanitizer follows file descriptors by the calls it sees, and
 * Debian's libuv closes its sockets by syscall(SYS_close), which it does not see: the number is
 * then given to another thread's file, and closing that file looks like closing a socket the first
 * thread uses. Here such a close becomes one that ThreadSanitizer sees. Every other call goes on as
 * it is.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENTS 6

long
syscall(long number, ...)
{
    static long (*next)(long, ...);
    long arguments[ARGUMENTS];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < ARGUMENTS; i++) {
        arguments[i] = va_arg(list, long);
    }
    va_end(list);
    if (number == SYS_close) {
        return close((int)arguments[0]);
    }
    long (*call)(long, ...) = __atomic_load_n(&next, __ATOMIC_RELAXED);
    if (call == NULL) {
        *(void **)&call = dlsym(RTLD_NEXT, "syscall");
        __atomic_store_n(&next, call, __ATOMIC_RELAXED);
    }
    return call(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                arguments[5]);
}

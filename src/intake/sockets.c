/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/sockets.h"

#include "intake/datagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static bool
sockets_parse(const char *address, unsigned port, struct sockaddr_storage *ret_address,
              socklen_t *ret_size)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (address == NULL || port > 65535) {
        return false;
    }
    if (inet_pton(AF_INET, address, &four.sin_addr) == 1) {
        memcpy(ret_address, &four, sizeof four);
        *ret_size = sizeof four;
        return true;
    }
    if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1) {
        memcpy(ret_address, &six, sizeof six);
        *ret_size = sizeof six;
        return true;
    }
    return false;
}

static unsigned
sockets_port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
    }
    return address.ss_family == AF_INET6
               ? ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port)
               : 0;
}

static int
sockets_type(enum intake_protocol protocol)
{
    return protocol == INTAKE_DC09_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

/* Room for a storm while a worker is busy, and each datagram's destination told. */
static enum error
sockets_prepare_udp(int fd)
{
    int size = DATAGRAM_RECEIVE_BUFFER;
    int on = 1;
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* up to rmem_max */
    }
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        return ERROR_IO;
    }
    int failed = address.ss_family == AF_INET
                     ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
                     : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    return failed == 0 ? ERROR_NONE : ERROR_IO;
}

/* A socket of the wrong type may have been handed to us under the right name. */
static bool
sockets_fits(int fd, enum intake_protocol protocol)
{
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == sockets_type(protocol);
}

static enum error
sockets_bind(const struct intake_listener *listener, unsigned port, int *ret_fd)
{
    struct sockaddr_storage address;
    socklen_t size;
    if (!sockets_parse(listener->address, port, &address, &size)) {
        return ERROR_CONFIG;
    }
    int type = sockets_type(listener->protocol);
    int fd = socket(address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    int reuse = type == SOCK_STREAM; /* on UDP it would let a stranger share the port */
    if (fd < 0) {
        return ERROR_IO;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, size) != 0) {
        (void)close(fd);
        return ERROR_IO;
    }
    *ret_fd = fd;
    return ERROR_NONE;
}

enum error
sockets_open(const struct intake_listener *listener, unsigned port, int *ret_fd, unsigned *ret_port)
{
    int fd = -1;
    if (listener->inherited_fd >= 0) {
        /* all workers share the one queue: nothing in it is lost when we restart */
        fd = fcntl(listener->inherited_fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0) {
            return ERROR_IO;
        }
        if (!sockets_fits(fd, listener->protocol)) {
            (void)close(fd);
            return ERROR_CONFIG;
        }
    } else {
        enum error error = sockets_bind(listener, port, &fd);
        if (error != ERROR_NONE) {
            return error;
        }
    }
    if (listener->protocol == INTAKE_DC09_UDP && sockets_prepare_udp(fd) != ERROR_NONE) {
        (void)close(fd);
        return ERROR_IO;
    }
    *ret_fd = fd;
    *ret_port = sockets_port_of(fd);
    return ERROR_NONE;
}

static const char *
sockets_name(enum intake_protocol protocol)
{
    switch (protocol) {
        case INTAKE_NATIVE:
            return "native";
        case INTAKE_DC09_TCP:
            return "dc09-tcp";
        case INTAKE_DC09_UDP:
            return "dc09-udp";
        case INTAKE_DC09_TLS:
        default:
            return "dc09-tls";
    }
}

unsigned
intake_inherit(struct intake_listener *listeners, unsigned count)
{
    char **names = NULL;
    int passed = sd_listen_fds_with_names(1, &names);
    unsigned matched = 0;
    for (int i = 0; i < passed; i++) {
        for (unsigned j = 0; j < count; j++) {
            if (listeners[j].inherited_fd < 0 &&
                strcmp(names[i], sockets_name(listeners[j].protocol)) == 0) {
                listeners[j].inherited_fd = SD_LISTEN_FDS_START + i;
                matched += 1;
                break;
            }
        }
    }
    for (int i = 0; i < passed; i++) {
        free(names[i]);
    }
    free(names);
    return matched;
}

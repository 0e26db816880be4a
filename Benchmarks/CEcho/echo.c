#define _GNU_SOURCE
#include "echo.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 256 << 10, EVENTS = 64, PAUSE = 50 };

static int watch(int poll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

/* A client reads while it writes, so that a write that blocks ends. */
static void answer(int descriptor, char *bytes) {
    ssize_t count = recv(descriptor, bytes, ROOM, 0);
    for (ssize_t sent = 0, part; sent < count; sent += part) {
        part = send(descriptor, bytes + sent, count - sent, MSG_NOSIGNAL);
        if (part < 0) count = -1;
    }
    if (count <= 0) close(descriptor);
}

int clavero_echo(int listener, const volatile int *stop) {
    struct epoll_event events[EVENTS];
    char *bytes = malloc(ROOM);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    int failure = bytes && poll >= 0 && watch(poll, listener) == 0 ? 0 : errno;
    while (failure == 0 && !*stop) {
        int count = epoll_wait(poll, events, EVENTS, PAUSE);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd != listener) {
                answer(events[i].data.fd, bytes);
                continue;
            }
            int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (client >= 0) watch(poll, client);
        }
    }
    if (poll >= 0) close(poll);
    free(bytes);
    return failure;
}

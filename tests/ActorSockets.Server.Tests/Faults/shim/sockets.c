/* Calls on sockets that fail, or take and give less than they could. */
#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { WATCHED = 4096 };

static struct {
    int epoll;
    struct epoll_event event;
} watched[WATCHED];

static int fails(const struct rule *rule) {
    return rule && rule->what > 0;
}

static int failed(struct rule *rule) {
    count(rule);
    errno = rule->what;
    return -1;
}

static size_t cut(const struct rule *rule, size_t length) {
    return rule && length > 1 ? 1 : length;
}

static ssize_t was_cut(struct rule *rule, size_t length, ssize_t done) {
    if (rule && length > 1 && done > 0)
        count(rule);
    return done;
}

/* Who has received less than there is room for may rely on being told when there is more (epoll(7), EPOLLET): the rest arrives only now. */
static ssize_t was_received(struct rule *rule, size_t length, ssize_t done, int socket) {
    if (rule && done > 0 && socket < WATCHED && watched[socket].epoll) {
        REAL(epoll_ctl);
        struct epoll_event event = watched[socket].event;
        int before = errno;
        real(watched[socket].epoll, EPOLL_CTL_MOD, socket, &event);
        errno = before;
    }
    return was_cut(rule, length, done);
}

int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event) {
    REAL(epoll_ctl);
    if (descriptor >= 0 && descriptor < WATCHED) {
        watched[descriptor].epoll = operation == EPOLL_CTL_DEL ? 0 : epoll;
        if (operation != EPOLL_CTL_DEL)
            watched[descriptor].event = *event;
    }
    return real(epoll, operation, descriptor, event);
}

int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags) {
    REAL(accept4);
    struct rule *rule = rule_for(ACCEPT4);
    return fails(rule) ? failed(rule) : real(socket, address, length, flags);
}

/* A look at what comes next is none of those that are cut. */
static struct rule *rule_for_receive(enum call call, int socket, int flags) {
    return flags & MSG_PEEK ? NULL : rule_for_stream(call, socket);
}

ssize_t recv(int socket, void *buffer, size_t length, int flags) {
    REAL(recv);
    struct rule *rule = rule_for_receive(RECV, socket, flags);
    return fails(rule) ? failed(rule) : was_received(rule, length, real(socket, buffer, cut(rule, length), flags), socket);
}

ssize_t send(int socket, const void *buffer, size_t length, int flags) {
    REAL(send);
    struct rule *rule = rule_for_stream(SEND, socket);
    return fails(rule) ? failed(rule) : was_cut(rule, length, real(socket, buffer, cut(rule, length), flags));
}

/* The same message with one byte, if it has any. */
static struct msghdr first_byte(const struct msghdr *message, struct iovec *byte) {
    struct msghdr less = *message;
    byte->iov_base = message->msg_iov[0].iov_base;
    byte->iov_len = message->msg_iov[0].iov_len > 1 ? 1 : message->msg_iov[0].iov_len;
    less.msg_iov = byte;
    less.msg_iovlen = 1;
    return less;
}

ssize_t recvmsg(int socket, struct msghdr *message, int flags) {
    REAL(recvmsg);
    struct rule *rule = rule_for_receive(RECVMSG, socket, flags);
    if (fails(rule))
        return failed(rule);
    if (!rule || message->msg_iovlen == 0)
        return real(socket, message, flags);
    struct iovec byte;
    size_t length = message->msg_iov[0].iov_len;
    struct msghdr less = first_byte(message, &byte);
    ssize_t done = was_received(rule, length, real(socket, &less, flags), socket);
    message->msg_namelen = less.msg_namelen;
    message->msg_controllen = less.msg_controllen;
    message->msg_flags = less.msg_flags;
    return done;
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    struct rule *rule = rule_for_stream(SENDMSG, socket);
    if (fails(rule))
        return failed(rule);
    if (!rule || message->msg_iovlen == 0)
        return real(socket, message, flags);
    struct iovec byte;
    size_t length = message->msg_iov[0].iov_len;
    struct msghdr less = first_byte(message, &byte);
    return was_cut(rule, length, real(socket, &less, flags));
}

/* echo ENDPOINT [echo|broadcast]: one thread and epoll, what C programs of this kind do. Level-triggered, one receive per event. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_EVENTS = 256, MAX_DESCRIPTORS = 20000 };

static char buffer[64 * 1024];
static char is_client[MAX_DESCRIPTORS];

static void check(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static int bind_endpoint(const char *endpoint)
{
    struct sockaddr_un path = { .sun_family = AF_UNIX };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int is_unix = strncmp(endpoint, "unix:", 5) == 0, is_udp = strncmp(endpoint, "udp:", 4) == 0;
    if (is_unix) {
        snprintf(path.sun_path, sizeof path.sun_path, "%s", endpoint + 5);
    }

    int bound = socket(is_unix ? AF_UNIX : AF_INET, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    check(bind(bound, is_unix ? (struct sockaddr *)&path : (struct sockaddr *)&address, is_unix ? sizeof path : sizeof address) == 0, "bind");
    if (!is_udp) {
        check(listen(bound, 4096) == 0, "listen");
    }

    socklen_t length = sizeof address;
    if (!is_unix) {
        check(getsockname(bound, (struct sockaddr *)&address, &length) == 0, "getsockname");
    }

    printf("ready %d\n", is_unix ? 0 : ntohs(address.sin_port));
    fflush(stdout);
    return bound;
}

static void serve_datagrams(int bound)
{
    for (;;) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        ssize_t received = recvfrom(bound, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &length);
        check(received >= 0, "recvfrom");
        sendto(bound, buffer, (size_t)received, 0, (struct sockaddr *)&peer, length);
    }
}

static void send_all(int client, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(client, data, length, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            length -= (size_t)sent;
        } else if (errno == EAGAIN) {
            /* Simple: everybody waits for a client that does not read. */
            struct pollfd writable = { .fd = client, .events = POLLOUT };
            poll(&writable, 1, -1);
        } else {
            return;
        }
    }
}

static void accept_all(int bound, int poller, int broadcasts)
{
    int client, yes = 1;
    while ((client = accept4(bound, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (client >= MAX_DESCRIPTORS) {
            close(client);
            continue;
        }

        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        struct epoll_event event = { .events = EPOLLIN, .data.fd = client };
        epoll_ctl(poller, EPOLL_CTL_ADD, client, &event);
        is_client[client] = 1;
        if (broadcasts) {
            send_all(client, "", 1); /* the greeting: from here on it hears everything */
        }
    }
}

static void serve_streams(int bound, int broadcasts)
{
    struct epoll_event events[MAX_EVENTS], accepting = { .events = EPOLLIN, .data.fd = bound };
    int poller = epoll_create1(0);
    check(poller >= 0 && fcntl(bound, F_SETFL, O_NONBLOCK) == 0, "epoll");
    epoll_ctl(poller, EPOLL_CTL_ADD, bound, &accepting);

    for (;;) {
        int ready = epoll_wait(poller, events, MAX_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int client = events[i].data.fd;
            if (client == bound) {
                accept_all(bound, poller, broadcasts);
                continue;
            }

            ssize_t received = recv(client, buffer, sizeof buffer, 0);
            if (received <= 0) {
                is_client[client] = 0;
                close(client);
            } else if (!broadcasts) {
                send_all(client, buffer, (size_t)received);
            } else {
                for (int other = 0; other < MAX_DESCRIPTORS; other++) {
                    if (is_client[other]) {
                        send_all(other, buffer, (size_t)received);
                    }
                }
            }
        }
    }
}

int main(int count, char **arguments)
{
    check(count > 1, "usage: echo ENDPOINT [echo|broadcast]");
    int bound = bind_endpoint(arguments[1]);
    if (strncmp(arguments[1], "udp:", 4) == 0) {
        serve_datagrams(bound);
    }

    serve_streams(bound, count > 2 && strcmp(arguments[2], "broadcast") == 0);
}

#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef WITH_TLS
#include <openssl/ssl.h>
#else
typedef void SSL;
#endif

enum endpoint_kind { ENDPOINT_TCP, ENDPOINT_TLS, ENDPOINT_UNIX, ENDPOINT_UDP };

struct endpoint {
    enum endpoint_kind kind;
    struct sockaddr_storage address;
    socklen_t address_length;
};

/* One client's side of a connection, or a datagram socket. */
struct channel {
    int socket;
    SSL *tls;
};

/* tcp://A.B.C.D:PORT, tls://A.B.C.D:PORT, udp://A.B.C.D:PORT or unix:PATH; fails when it is none. */
struct endpoint endpoint_parse(const char *text);

/*
 * Connects; over TCP from a loopback address that source chooses: the ports of one address run out faster than the
 * kernel gives them back.
 */
enum { SOURCES = 200 };

struct channel channel_open(const struct endpoint *endpoint, unsigned source);
void channel_close(struct channel *channel);

/* Bytes that went through at once; 0: it would block; -1: the other side has finished sending (receive only). Fails on errors. */
ssize_t channel_send(struct channel *channel, const void *data, size_t length);
ssize_t channel_receive(struct channel *channel, void *data, size_t length);

#endif

#define _GNU_SOURCE
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "load.h"

struct endpoint endpoint_parse(const char *text)
{
    struct endpoint endpoint = { .kind = ENDPOINT_TCP };
    char scheme[4] = "", host[16] = "";
    unsigned port = 0;

    if (strncmp(text, "unix:", 5) == 0) {
        struct sockaddr_un *address = (struct sockaddr_un *)&endpoint.address;
        address->sun_family = AF_UNIX;
        snprintf(address->sun_path, sizeof address->sun_path, "%s", text + 5);
        endpoint.kind = ENDPOINT_UNIX;
        endpoint.address_length = sizeof *address;
        return endpoint;
    }

    struct sockaddr_in *address = (struct sockaddr_in *)&endpoint.address;
    if (sscanf(text, "%3[a-z]://%15[0-9.]:%u", scheme, host, &port) != 3 || inet_pton(AF_INET, host, &address->sin_addr) != 1) {
        fail("'%s' is not an endpoint", text);
    }

    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)port);
    endpoint.address_length = sizeof *address;
    endpoint.kind = strcmp(scheme, "tls") == 0 ? ENDPOINT_TLS : strcmp(scheme, "udp") == 0 ? ENDPOINT_UDP : ENDPOINT_TCP;
    return endpoint;
}

#ifdef WITH_TLS
static SSL *start_tls(int socket)
{
    static SSL_CTX *context;
    if (!context) {
        context = SSL_CTX_new(TLS_client_method());
        /* The certificate was made for this run by whoever started us; there is nobody to prove it to. */
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }

    SSL *tls = SSL_new(context);
    if (!SSL_set_fd(tls, socket) || SSL_connect(tls) != 1) {
        fail("the TLS handshake failed");
    }

    fcntl(socket, F_SETFL, O_NONBLOCK);
    return tls;
}

static ssize_t tls_outcome(SSL *tls, int done, const char *what)
{
    if (done > 0) {
        return done;
    }

    switch (SSL_get_error(tls, done)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return -1;
    default:
        fail("%s over TLS failed", what);
    }
}
#else
static SSL *start_tls(int socket)
{
    (void)socket;
    fail("this load generator was built without TLS");
}
#endif

struct channel channel_open(const struct endpoint *endpoint, unsigned source)
{
    int yes = 1;
    struct channel channel = { .socket = socket(endpoint->address.ss_family, endpoint->kind == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM, 0) };
    if (channel.socket < 0) {
        fail("socket: %s", strerror(errno));
    }

    if (endpoint->kind == ENDPOINT_TCP || endpoint->kind == ENDPOINT_TLS) {
        struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK + 1 + source % SOURCES) } };
        setsockopt(channel.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        if (bind(channel.socket, (struct sockaddr *)&from, sizeof from)) {
            fail("bind: %s", strerror(errno));
        }
    }

    if (connect(channel.socket, (const struct sockaddr *)&endpoint->address, endpoint->address_length)) {
        fail("connect: %s", strerror(errno));
    }

    if (endpoint->kind == ENDPOINT_TCP || endpoint->kind == ENDPOINT_TLS) {
        setsockopt(channel.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }

    if (endpoint->kind == ENDPOINT_TLS) {
        channel.tls = start_tls(channel.socket);
    }

    return channel;
}

void channel_close(struct channel *channel)
{
#ifdef WITH_TLS
    SSL_free(channel->tls);
#endif
    close(channel->socket);
}

ssize_t channel_send(struct channel *channel, const void *data, size_t length)
{
#ifdef WITH_TLS
    if (channel->tls) {
        ssize_t done = tls_outcome(channel->tls, SSL_write(channel->tls, data, (int)length), "send");
        return done < 0 ? 0 : done;
    }
#endif
    ssize_t done = send(channel->socket, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done < 0 && errno != EAGAIN) {
        fail("send: %s", strerror(errno));
    }

    return done < 0 ? 0 : done;
}

ssize_t channel_receive(struct channel *channel, void *data, size_t length)
{
#ifdef WITH_TLS
    if (channel->tls) {
        return tls_outcome(channel->tls, SSL_read(channel->tls, data, (int)length), "receive");
    }
#endif
    ssize_t done = recv(channel->socket, data, length, MSG_DONTWAIT);
    if (done < 0 && errno != EAGAIN) {
        fail("receive: %s", strerror(errno));
    }

    return done < 0 ? 0 : done == 0 ? -1 : done;
}

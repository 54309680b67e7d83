#include "echo_load.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "histogram.h"
#include "message.h"

enum { MAX_EVENTS = 256, SCRATCH = 256 * 1024 };

static const uint64_t STALL = 20000000000, DATAGRAM_TIMEOUT = 250000000, HOUSEKEEPING = 100000000;

/*
 * What a connection sends is a function of its number and the position in its stream, so nothing is kept for it:
 * sending goes on from bytes_sent to the end of message due, whatever the kernel took at once.
 */
struct connection {
    struct channel channel;
    unsigned id;
    bool wants_write;
    uint64_t due;        /* messages to be sent so far */
    uint64_t bytes_sent;
    uint64_t answered;   /* messages that came back or were given up */
    uint64_t phase_base; /* open: due when the phase began */
    uint64_t *sent_at;   /* closed: a ring of depth times */
    char *input;
    unsigned input_length;
};

static struct load_options options;
static struct connection *connections;
static bool is_datagram;
static int poller;
static char *scratch;
static unsigned scratch_messages, input_capacity;

/* Of the phase. */
static uint64_t phase_start, outstanding;
static bool sending;
static struct load_result result;

static void want_write(struct connection *connection, bool wanted)
{
    if (connection->wants_write != wanted) {
        struct epoll_event event = { .events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = connection };
        epoll_ctl(poller, EPOLL_CTL_MOD, connection->channel.socket, &event);
        connection->wants_write = wanted;
    }
}

/* A server that broadcasts greets whom it has added; nobody may miss the first message. */
static void await_greeting(struct connection *connection)
{
    char greeting;
    if (recv(connection->channel.socket, &greeting, 1, 0) != 1) {
        fail("no greeting on connection %u", connection->id);
    }
}

void echo_load_open(const struct endpoint *endpoint, const struct load_options *load_options)
{
    options = *load_options;
    is_datagram = endpoint->kind == ENDPOINT_UDP;
    poller = epoll_create1(EPOLL_CLOEXEC);
    scratch_messages = is_datagram || options.size >= SCRATCH ? 1 : SCRATCH / options.size;
    scratch = malloc((size_t)scratch_messages * options.size);
    memset(scratch, 'x', (size_t)scratch_messages * options.size);
    input_capacity = options.size * (is_datagram ? 1 : options.mode == MODE_OPEN ? 16 : options.depth);
    connections = calloc(options.connections, sizeof *connections);
    for (unsigned i = 0; i < options.connections; i++) {
        struct connection *connection = &connections[i];
        connection->id = i;
        connection->channel = channel_open(endpoint, i);
        connection->input = malloc(input_capacity);
        connection->sent_at = calloc(options.depth, sizeof *connection->sent_at);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
        epoll_ctl(poller, EPOLL_CTL_ADD, connection->channel.socket, &event);
    }

    for (unsigned i = 0; options.mode == MODE_BROADCAST && i < options.connections; i++) {
        await_greeting(&connections[i]);
    }
}

static void send_due(struct connection *connection)
{
    unsigned size = options.size;
    while (connection->bytes_sent < connection->due * size) {
        uint64_t first = connection->bytes_sent / size;
        unsigned offset = (unsigned)(connection->bytes_sent % size);
        unsigned count = connection->due - first < scratch_messages ? (unsigned)(connection->due - first) : scratch_messages;
        for (unsigned i = 0; i < count; i++) {
            bool crashes = options.crash_every && (first + i + 1) % options.crash_every == 0;
            message_write(scratch + (size_t)i * size, size, message_number(connection->id, first + i), crashes);
        }

        ssize_t sent = channel_send(&connection->channel, scratch + offset, (size_t)count * size - offset);
        if (sent == 0) {
            want_write(connection, true);
            return;
        }

        connection->bytes_sent += (uint64_t)sent;
    }

    want_write(connection, false);
}

static void add_due(struct connection *connection, uint64_t time)
{
    connection->sent_at[connection->due % options.depth] = time;
    connection->due++;
    outstanding += options.mode == MODE_BROADCAST ? options.connections : 1;
}

static uint64_t sent_time(const struct connection *connection, uint64_t sequence)
{
    if (options.mode == MODE_OPEN) {
        /* The time it was meant to be sent at: a server that is late is late for all who wait, also for those whom we could not send for. */
        uint64_t index = (sequence - connection->phase_base) * options.connections + connection->id;
        return phase_start + (uint64_t)((double)index * 1e9 / options.rate);
    }

    return connection->sent_at[sequence % options.depth];
}

static void give_up(struct connection *connection, uint64_t up_to)
{
    result.lost += up_to - connection->answered;
    outstanding -= up_to - connection->answered;
    connection->answered = up_to;
}

/* One message has come back. */
static void take(struct connection *connection, const char *message, uint64_t time)
{
    unsigned sender = options.mode == MODE_BROADCAST ? 0 : connection->id;
    uint64_t number = message_read(message, options.size), expected = message_number(sender, connection->answered);
    if (is_datagram && number != expected && number >> 40 == sender) {
        uint64_t sequence = number - message_number(sender, 0);
        if (sequence < connection->answered) {
            return; /* given up before */
        }

        if (sequence < connection->due) {
            give_up(connection, sequence);
            expected = number;
        }
    }

    if (number != expected || connections[sender].due <= connection->answered) {
        fail("wrong echo on connection %u, message %llu", connection->id, (unsigned long long)connection->answered);
    }

    histogram_record(time - sent_time(&connections[sender], connection->answered));
    connection->answered++;
    outstanding--;
    result.messages++;
    if (sending && (options.mode == MODE_CLOSED || (options.mode == MODE_BROADCAST && outstanding == 0))) {
        add_due(&connections[sender], time);
    }
}

static void receive(struct connection *connection)
{
    ssize_t received;
    do {
        received = channel_receive(&connection->channel, connection->input + connection->input_length, input_capacity - connection->input_length);
        if (received < 0) {
            fail("the server closed connection %u after %llu messages", connection->id, (unsigned long long)connection->answered);
        }

        uint64_t time = now();
        unsigned length = connection->input_length + (unsigned)received, taken = 0;
        if (is_datagram && received > 0 && length != options.size) {
            fail("a datagram of %u bytes came back with %u", options.size, length);
        }

        for (; length - taken >= options.size; taken += options.size) {
            take(connection, connection->input + taken, time);
        }

        connection->input_length = length - taken;
        memmove(connection->input, connection->input + taken, connection->input_length);
    } while (received > 0 && connection->channel.tls); /* what OpenSSL holds already, epoll does not tell */

    send_due(options.mode == MODE_BROADCAST ? &connections[0] : connection);
}

static void send_begun(uint64_t time, uint64_t *begun)
{
    uint64_t wanted = (uint64_t)((double)(time - phase_start) * options.rate / 1e9) + 1;
    for (; *begun < wanted; ++*begun) {
        struct connection *connection = &connections[*begun % options.connections];
        connection->due++;
        outstanding++;
        send_due(connection);
    }
}

static void give_up_lost_datagrams(uint64_t time)
{
    for (unsigned i = 0; i < options.connections; i++) {
        struct connection *connection = &connections[i];
        if (connection->answered < connection->due && sent_time(connection, connection->answered) + DATAGRAM_TIMEOUT < time) {
            give_up(connection, connection->due);
            if (sending && options.mode == MODE_CLOSED) {
                add_due(connection, time);
                send_due(connection);
            }
        }
    }
}

static void begin_phase(void)
{
    result = (struct load_result){ 0 };
    outstanding = 0;
    sending = true;
    phase_start = now();
    unsigned senders = options.mode == MODE_CLOSED ? options.connections : options.mode == MODE_BROADCAST ? 1 : 0;
    for (unsigned i = 0; i < options.connections; i++) {
        connections[i].phase_base = connections[i].due;
        for (unsigned in_flight = 0; i < senders && in_flight < options.depth; in_flight++) {
            add_due(&connections[i], phase_start);
        }

        send_due(&connections[i]);
    }
}

struct load_result echo_load_run(double seconds)
{
    struct epoll_event events[MAX_EVENTS];
    uint64_t begun = 0;
    begin_phase();
    uint64_t end = phase_start + (uint64_t)(seconds * 1e9), progress = phase_start, housekeeping = phase_start, time;
    while (sending || outstanding > 0) {
        time = now();
        if (sending && time >= end) {
            sending = false;
            result.in_time = result.messages;
            continue;
        }

        if (sending && options.mode == MODE_OPEN) {
            send_begun(time, &begun);
        }

        if (time - housekeeping > HOUSEKEEPING) {
            housekeeping = time;
            if (is_datagram) {
                give_up_lost_datagrams(time);
            }
        }

        /* The open loop spins: a sleep would be too coarse for its times. */
        int ready = epoll_wait(poller, events, MAX_EVENTS, sending && options.mode == MODE_OPEN ? 0 : 100);
        progress = ready > 0 ? time : progress;
        if (outstanding > 0 && time - progress > STALL) {
            fail("no answer for %d s, %llu messages outstanding", (int)(STALL / 1000000000), (unsigned long long)outstanding);
        }

        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (events[i].events & ~(unsigned)EPOLLOUT) {
                receive(connection);
            } else {
                send_due(connection);
            }
        }
    }

    result.seconds = (double)(now() - phase_start) / 1e9;
    return result;
}

#include "churn_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "histogram.h"
#include "message.h"

enum { MAX_EVENTS = 256, STALL_MILLISECONDS = 20000 };

struct visit {
    struct channel channel;
    uint64_t number;
    uint64_t begun;
    unsigned received;
};

static int poller = -1;
static char *message, *answer;
static uint64_t visits_begun;

static void begin(struct visit *visit, const struct endpoint *endpoint, unsigned size)
{
    visit->begun = now();
    visit->number = visits_begun++;
    visit->received = 0;
    visit->channel = channel_open(endpoint, (unsigned)visit->number);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = visit };
    epoll_ctl(poller, EPOLL_CTL_ADD, visit->channel.socket, &event);
    message_write(message, size, visit->number, 0);
    if (channel_send(&visit->channel, message, size) != (ssize_t)size) {
        fail("a fresh connection did not take one message");
    }
}

/* True when the visit is over. */
static int go_on(struct visit *visit, unsigned size)
{
    ssize_t received = channel_receive(&visit->channel, answer, size);
    if (received < 0) {
        if (visit->received != size) {
            fail("the server closed visit %llu after %u of %u bytes", (unsigned long long)visit->number, visit->received, size);
        }

        channel_close(&visit->channel);
        histogram_record(now() - visit->begun);
        return 1;
    }

    visit->received += (unsigned)received;
    if (received > 0 && visit->received >= size) {
        if (visit->received > size || received != (ssize_t)size || message_read(answer, size) != visit->number) {
            fail("wrong echo in visit %llu", (unsigned long long)visit->number);
        }

        shutdown(visit->channel.socket, SHUT_WR);
    }

    return 0;
}

struct load_result churn_load_run(const struct endpoint *endpoint, const struct load_options *options, double seconds)
{
    struct load_result result = { 0 };
    struct epoll_event events[MAX_EVENTS];
    struct visit *visits = calloc(options->connections, sizeof *visits);
    if (poller < 0) {
        poller = epoll_create1(EPOLL_CLOEXEC);
        message = calloc(1, options->size);
        answer = calloc(1, options->size);
    }

    uint64_t start = now(), end = start + (uint64_t)(seconds * 1e9);
    unsigned open = options->connections;
    for (unsigned i = 0; i < open; i++) {
        begin(&visits[i], endpoint, options->size);
    }

    while (open > 0) {
        int ready = epoll_wait(poller, events, MAX_EVENTS, STALL_MILLISECONDS);
        if (ready <= 0) {
            fail("no answer for %d s", STALL_MILLISECONDS / 1000);
        }

        for (int i = 0; i < ready; i++) {
            struct visit *visit = events[i].data.ptr;
            if (!go_on(visit, options->size)) {
                continue;
            }

            result.messages++;
            if (now() < end) {
                begin(visit, endpoint, options->size);
            } else {
                open--;
            }
        }
    }

    free(visits);
    result.in_time = result.messages;
    result.seconds = (double)(now() - start) / 1e9;
    return result;
}

#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

enum load_mode { MODE_CLOSED, MODE_OPEN, MODE_BROADCAST, MODE_CHURN };

struct load_options {
    enum load_mode mode;
    unsigned connections;
    unsigned depth;       /* closed: messages in flight on each connection */
    unsigned size;        /* bytes of a message */
    double rate;          /* open: messages per second over all connections */
    unsigned crash_every; /* every so-many-th message carries the mark that crashes a handler; 0: none */
};

/* What a phase came to. */
struct load_result {
    uint64_t messages;  /* answered and right, also those that came after the time was over */
    uint64_t in_time;   /* those of them that came before it was over */
    uint64_t lost;      /* datagrams that were never answered */
    double seconds;     /* until the last answer */
};

/* Prints why, and exits. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t now(void);

#endif

#ifndef ECHO_LOAD_H
#define ECHO_LOAD_H

#include "endpoint.h"
#include "load.h"

/* Messages on connections that stay: closed loop, open loop and broadcast. */

void echo_load_open(const struct endpoint *endpoint, const struct load_options *options);

/* Sends for so long, then waits for what is still to be answered. Of no time at all: each connection's first messages. */
struct load_result echo_load_run(double seconds);

#endif

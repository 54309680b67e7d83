#ifndef CHURN_LOAD_H
#define CHURN_LOAD_H

#include "endpoint.h"
#include "load.h"

/* Connections that come, send one message, take its echo, finish, wait for the server's end, and go. */
struct load_result churn_load_run(const struct endpoint *endpoint, const struct load_options *options, double seconds);

#endif

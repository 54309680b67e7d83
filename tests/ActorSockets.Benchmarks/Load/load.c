/*
 * The load generator: raw sockets, one thread, epoll. It warms up, says "warm", waits for a line on its standard
 * input, measures, and prints one line of JSON. Whoever drives it looks at the idle server before and after.
 */
#include "load.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "churn_load.h"
#include "echo_load.h"
#include "histogram.h"
#include "message.h"

_Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static enum load_mode parse_mode(const char *text)
{
    static const char *const names[] = { [MODE_CLOSED] = "closed", [MODE_OPEN] = "open", [MODE_BROADCAST] = "broadcast", [MODE_CHURN] = "churn" };
    for (unsigned mode = 0; mode < sizeof names / sizeof *names; mode++) {
        if (strcmp(text, names[mode]) == 0) {
            return (enum load_mode)mode;
        }
    }

    fail("unknown mode '%s'", text);
}

static struct load_result run(const struct endpoint *endpoint, const struct load_options *options, double seconds)
{
    return options->mode == MODE_CHURN ? churn_load_run(endpoint, options, seconds) : echo_load_run(seconds);
}

int main(int count, char **arguments)
{
    struct load_options options = { .mode = MODE_CLOSED, .connections = 1, .depth = 1, .size = 64 };
    double warmup = 0, seconds = 1;
    static const struct option names[] = {
        { "mode", required_argument, NULL, 'm' },   { "connections", required_argument, NULL, 'c' },
        { "depth", required_argument, NULL, 'd' },  { "size", required_argument, NULL, 's' },
        { "rate", required_argument, NULL, 'r' },   { "crash-every", required_argument, NULL, 'x' },
        { "warmup", required_argument, NULL, 'w' }, { "seconds", required_argument, NULL, 't' },
        { 0 },
    };
    for (int name; (name = getopt_long(count, arguments, "", names, NULL)) != -1;) {
        switch (name) {
        case 'm': options.mode = parse_mode(optarg); break;
        case 'c': options.connections = (unsigned)atoi(optarg); break;
        case 'd': options.depth = (unsigned)atoi(optarg); break;
        case 's': options.size = (unsigned)atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'x': options.crash_every = (unsigned)atoi(optarg); break;
        case 'w': warmup = atof(optarg); break;
        case 't': seconds = atof(optarg); break;
        default: return 2;
        }
    }

    if (optind != count - 1 || options.connections == 0 || options.depth == 0 || options.size < MESSAGE_MIN
        || (options.mode == MODE_OPEN && options.rate <= 0) || (options.mode == MODE_BROADCAST && options.depth != 1)) {
        fail("usage: load [--mode=closed|open|broadcast|churn] [--connections=N] [--depth=N] [--size=BYTES] [--rate=PER_SECOND] "
             "[--crash-every=N] [--warmup=SECONDS] [--seconds=SECONDS] ENDPOINT");
    }

    struct endpoint endpoint = endpoint_parse(arguments[optind]);
    if (options.mode != MODE_CHURN) {
        echo_load_open(&endpoint, &options);
    }

    run(&endpoint, &options, warmup);
    puts("warm");
    fflush(stdout);
    if (getchar() == EOF) {
        return 0;
    }

    histogram_clear();
    double cpu = cpu_seconds();
    struct load_result result = run(&endpoint, &options, seconds);
    cpu = cpu_seconds() - cpu;
    printf("{\"messages\":%llu,\"inTime\":%llu,\"lost\":%llu,\"seconds\":%.6f,\"clientCpuSeconds\":%.6f,"
           "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n",
           (unsigned long long)result.messages, (unsigned long long)result.in_time, (unsigned long long)result.lost, result.seconds, cpu,
           histogram_percentile(0.5), histogram_percentile(0.9), histogram_percentile(0.99), histogram_percentile(0.999), histogram_max());
    return 0;
}

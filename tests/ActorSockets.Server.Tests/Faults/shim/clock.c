/* A wall clock that is wrong; the monotonic one goes on as it is. */
#define _GNU_SOURCE
#include "faults.h"

#include <sys/time.h>
#include <time.h>

static time_t error_of_clock(void) {
    struct rule *rule = rule_for(CLOCK);
    if (!rule)
        return 0;
    count(rule);
    return rule->what;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += error_of_clock();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    REAL(gettimeofday);
    int result = real(now, zone);
    if (result == 0)
        now->tv_sec += error_of_clock();
    return result;
}

time_t time(time_t *result) {
    REAL(time);
    time_t now = real(NULL) + error_of_clock();
    if (result)
        *result = now;
    return now;
}

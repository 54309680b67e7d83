#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

/* Latencies in the manner of HdrHistogram: three significant digits, from 100 ns on. */

void histogram_clear(void);
void histogram_record(uint64_t nanoseconds);

/* Microseconds that the given share of all values does not exceed. */
double histogram_percentile(double share);
double histogram_max(void);

#endif

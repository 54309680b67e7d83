#include "histogram.h"

#include <string.h>

/* 1,024 steps per power of two are more than three digits. */
enum { STEP_BITS = 10, STEPS = 1 << STEP_BITS, POWERS = 40, NANOSECONDS_PER_UNIT = 100 };

static uint64_t counts[(POWERS + 2) * STEPS];
static uint64_t total;
static uint64_t largest;

static unsigned index_of(uint64_t value)
{
    unsigned shift = value < 2 * STEPS ? 0 : 63 - (unsigned)__builtin_clzll(value) - STEP_BITS;
    return shift * STEPS + (unsigned)(value >> shift);
}

static double microseconds_at(unsigned index)
{
    unsigned shift = index < 2 * STEPS ? 0 : index / STEPS - 1;
    uint64_t value = (uint64_t)(index - shift * STEPS) << shift;
    return (double)value * NANOSECONDS_PER_UNIT / 1000;
}

void histogram_clear(void)
{
    memset(counts, 0, sizeof counts);
    total = largest = 0;
}

void histogram_record(uint64_t nanoseconds)
{
    counts[index_of(nanoseconds / NANOSECONDS_PER_UNIT)]++;
    total++;
    if (nanoseconds > largest) {
        largest = nanoseconds;
    }
}

double histogram_percentile(double share)
{
    uint64_t seen = 0;
    for (unsigned index = 0; index < sizeof counts / sizeof *counts; index++) {
        seen += counts[index];
        if (seen > 0 && (double)seen >= share * (double)total) {
            return microseconds_at(index);
        }
    }
    return 0;
}

double histogram_max(void)
{
    return (double)largest / 1000;
}

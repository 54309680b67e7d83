#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdint.h>
#include <string.h>

/*
 * A message carries its number at its beginning and at its end, so that one that is lost, doubled, swapped, cut or
 * from another connection is noticed at the price of two comparisons. The byte behind the first number is the mark
 * that asks a handler to crash.
 */
enum { MESSAGE_MIN = 24, MESSAGE_MARK = 8 };

static inline uint64_t message_number(unsigned connection, uint64_t sequence)
{
    return (uint64_t)connection << 40 | sequence;
}

static inline void message_write(char *message, unsigned size, uint64_t number, char mark)
{
    memcpy(message, &number, sizeof number);
    message[MESSAGE_MARK] = mark;
    memcpy(message + size - sizeof number, &number, sizeof number);
}

/* Its number; all ones where its beginning and its end do not agree. */
static inline uint64_t message_read(const char *message, unsigned size)
{
    uint64_t first, last;
    memcpy(&first, message, sizeof first);
    memcpy(&last, message + size - sizeof last, sizeof last);
    return first == last ? first : UINT64_MAX;
}

#endif

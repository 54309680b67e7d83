/* Faults of system calls, of those that .NET 10 and the program make on sockets, for a process that has this library preloaded (LD_PRELOAD). Which, is in the file that FAULTS names: it is mapped, so
 * that what another process writes there is in force at once, and what happened is counted there. */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

/* As FaultCall.cs has them. */
enum call { ACCEPT4 = 1, RECV, RECVMSG, SEND, SENDMSG, CLOCK, PRINT };

enum { RULES = 16, SHORT = -1 };

/* As FaultRules.cs has it. */
struct rule {
    int32_t call;     /* 0: none */
    int32_t permille; /* of the calls */
    int32_t what;     /* an errno, or SHORT; for the clock: by how many seconds it is wrong */
    int32_t unused;
    int64_t hits;
};

/* The rule that this call shall meet; null: none. */
struct rule *rule_for(enum call call);

/* The same for a call on a descriptor: only stream sockets meet rules. */
struct rule *rule_for_stream(enum call call, int descriptor);

/* It happened. */
void count(struct rule *rule);

/* The function that this library stands in front of. */
void *real_function(const char *name);

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) \
    real = (__typeof__(name) *)real_function(#name)

#endif

/* The rules: which calls go wrong, and how often they did. */
#define _GNU_SOURCE
#include "faults.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rule *rules;
static __thread unsigned seed;

/* Before the program has threads; afterwards no descriptor is needed. */
__attribute__((constructor)) static void map_rules(void) {
    const char *path = getenv("FAULTS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, RULES * sizeof(struct rule), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED)
        rules = mapped;
}

static int happens(int permille) {
    if (permille >= 1000)
        return 1;
    if (!seed)
        seed = (unsigned)(uintptr_t)&seed | 1;
    return rand_r(&seed) % 1000 < permille;
}

struct rule *rule_for(enum call call) {
    for (int i = 0; rules && i < RULES; i++) {
        int permille = __atomic_load_n(&rules[i].permille, __ATOMIC_ACQUIRE);
        if (permille > 0 && rules[i].call == (int32_t)call && happens(permille))
            return &rules[i];
    }
    return NULL;
}

struct rule *rule_for_stream(enum call call, int descriptor) {
    struct rule *rule = rule_for(call);
    int type = 0;
    socklen_t length = sizeof type;
    return rule && getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM ? rule : NULL;
}

void count(struct rule *rule) {
    __atomic_add_fetch(&rule->hits, 1, __ATOMIC_RELAXED);
}

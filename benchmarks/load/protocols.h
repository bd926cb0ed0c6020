/* What the servers that are compared want to hear, one table. */
#ifndef PROTOCOLS_H
#define PROTOCOLS_H

#include "walkdown.h"

typedef struct {
    const char *name, *path, *subprotocol;
    void (*opened)(Client *);           /* after the upgrade */
    void (*pose)(Client *);             /* tell where it is */
    void (*message)(Client *, Message); /* something came */
} Protocol;

static const Protocol protocols[] = {
    {"walkdown", "/", "walkdown.1", walkdown_hello, walkdown_pose, walkdown_message},
};

static const Protocol *find_protocol(const char *name) {
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (!strcmp(protocols[i].name, name)) return protocols + i;
    fprintf(stderr, "unknown protocol %s\n", name);
    exit(2);
}

#endif

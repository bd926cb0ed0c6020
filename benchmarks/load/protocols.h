/* What the servers that are compared want to hear, one table. */
#ifndef PROTOCOLS_H
#define PROTOCOLS_H

#include "peers.h"
#include "walkdown.h"

typedef struct {
    const char *name, *path, *subprotocol;
    void (*opened)(Client *);           /* after the upgrade */
    void (*pose)(Client *);             /* tell where it is */
    void (*message)(Client *, Message); /* something came */
    void (*voice)(Client *);            /* say something; NULL where nobody speaks */
} Protocol;

static const Protocol protocols[] = {
    {"walkdown", "/", "walkdown.1", walkdown_hello, walkdown_pose, walkdown_message, walkdown_voice},
    {"walkdown-notes", "/", "walkdown.1", walkdown_hello, walkdown_note, walkdown_reply, NULL},
    {"plain", "/", NULL, join_at_once, plain_pose, find_stamps, NULL},
    {"plain-voice", "/", NULL, join_at_once, plain_pose, plain_heard, plain_voice},
    {"socketio", "/socket.io/?EIO=4&transport=websocket", NULL, wait_for_welcome, socketio_pose, socketio_message, NULL},
    {"colyseus", "/", NULL, wait_for_welcome, colyseus_pose, colyseus_message, NULL},
    {"yjs", "/house", NULL, join_at_once, yjs_pose, find_hex_stamps, NULL},
};

static const Protocol *find_protocol(const char *name) {
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (!strcmp(protocols[i].name, name)) return protocols + i;
    fprintf(stderr, "unknown protocol %s\n", name);
    exit(2);
}

#endif

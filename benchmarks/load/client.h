/* One connection of the generator, and what is counted of all. */
#ifndef CLIENT_H
#define CLIENT_H

#include "clock.h"

#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

typedef enum { WALKER, IDLE, STALLED, SLOW } Role; /* a stalled one goes on walking, but reads nothing */

typedef struct Client {
    int fd, number;
#ifdef WITH_TLS
    SSL *tls;
#endif
    Role role;
    int upgraded, joined, scanned, talks;
    uint8_t *data; /* what was received and is no whole message yet */
    size_t size, room;
    double due, allowed; /* when the next pose is sent; how many bytes a slow one may read by now */
    double voice_due;
    uint32_t voice_sequence;
    uint32_t tick, ticks_unsaid;
    double x, y, heading; /* metres and radians, site frame */
    uint32_t counter;
    uint64_t *sent_us; /* of its newest operations */
    uint32_t *seen; /* newest rotation by person */
    uint32_t seen_room;
} Client;

typedef struct {
    uint64_t frames, bytes, poses, sent, unsent, late, refused, spoken;
    Ages others, slow; /* of poses at those who keep up, and of the newest pose in each frame at a slow one */
    Ages voices; /* of packets of voice */
} Counts;

static Counts counts;
static uint64_t closed_count;
static int measuring;
static double site_width = 400, site_depth = 300;
static int talkers; /* so many of the first clients speak; 0: nobody does, and nobody listens */
static int voice_bytes = 64; /* of one piece of sound */

#endif

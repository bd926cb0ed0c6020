/* The client's side of WebSocket frames. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <errno.h>
#include <sys/socket.h>

#include "client.h"

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

#ifdef WITH_TLS

static int with_tls;

/* Shake hands; the certificate is not looked at, as that is no work of the server's. */
static void start_tls(Client *client) {
    static SSL_CTX *context;
    if (!context) context = SSL_CTX_new(TLS_client_method());
    client->tls = SSL_new(context);
    SSL_set_fd(client->tls, client->fd);
    SSL_set_mode(client->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_connect(client->tls) != 1) {
        fprintf(stderr, "the TLS handshake failed\n");
        exit(3);
    }
}

#endif

static int is_encrypted(const Client *client) {
#ifdef WITH_TLS
    return client->tls != NULL;
#else
    (void)client;
    return 0;
#endif
}

static ssize_t send_some(Client *client, const uint8_t *data, size_t size) {
#ifdef WITH_TLS
    if (client->tls) return SSL_write(client->tls, data, size);
#endif
    return send(client->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Return as recv does: 0 at the end, -1 with errno EAGAIN when there is nothing. */
static ssize_t receive_some(Client *client, uint8_t *data, size_t most) {
#ifdef WITH_TLS
    if (client->tls) {
        int got = SSL_read(client->tls, data, most);
        if (got > 0) return got;
        errno = EAGAIN;
        return SSL_get_error(client->tls, got) == SSL_ERROR_WANT_READ ? -1 : 0;
    }
#endif
    return recv(client->fd, data, most, 0);
}

static void send_all(Client *client, const uint8_t *data, size_t size) {
    if (send_some(client, data, size) != (ssize_t)size) counts.unsent++;
}

static void send_message(Client *client, int opcode, const uint8_t *payload, size_t size) {
    static const uint8_t mask[4] = {0x5A, 0x1C, 0xE7, 0x93};
    uint8_t frame[65536 + 8];
    size_t head = 0;
    if (size > 65535) abort();
    frame[head++] = 0x80 | opcode;
    frame[head++] = 0x80 | (size < 126 ? size : 126);
    if (size >= 126) {
        frame[head++] = size >> 8;
        frame[head++] = size;
    }
    memcpy(frame + head, mask, 4);
    head += 4;
    for (size_t i = 0; i < size; i++) frame[head + i] = payload[i] ^ mask[i & 3];
    send_all(client, frame, head + size);
}

typedef struct {
    int opcode;
    uint8_t *payload;
    size_t size;
} Message;

/* ---- voice: 14 bytes of a head, of which 8 say when it was captured, and what stands for sound ---------- */

enum { VOICE_HEAD = 14, VOICE_ROOM = 1024 };

static size_t write_voice(Client *client, uint8_t *to) {
    uint64_t us = now_us();
    memset(to, 0x5A, VOICE_HEAD + voice_bytes);
    memcpy(to, &client->voice_sequence, 4);
    memcpy(to + 4, &us, 8);
    to[12] = 0;  /* flags */
    to[13] = 25; /* -dBFS */
    client->voice_sequence++;
    return VOICE_HEAD + voice_bytes;
}

static void count_voice(const uint8_t *packet) {
    uint64_t us;
    memcpy(&us, packet + 4, 8);
    if (measuring) count_age(&counts.voices, now_us() - us);
}

/* Find the frame at the start of some bytes; return its length, 0 when it is not complete. */
static size_t read_frame(uint8_t *data, size_t size, Message *found) {
    size_t head = 2, length;
    if (size < 2) return 0;
    length = data[1] & 127;
    if (length >= 126) {
        int bytes = length == 126 ? 2 : 8;
        if (size < head + bytes) return 0;
        for (length = 0; bytes; bytes--) length = length << 8 | data[head++];
    }
    if (size < head + length) return 0;
    *found = (Message){data[0] & 15, data + head, length};
    return head + length;
}

#endif

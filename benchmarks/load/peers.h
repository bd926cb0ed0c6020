/* What other people's servers want to hear. What they say is searched for stamps.
 *
 * A pose is three coordinates and eight bytes for the rotation, which hold the stamp.
 */
#ifndef PEERS_H
#define PEERS_H

#include "websocket.h"

static void join_at_once(Client *client) { client->joined = 1; }

static void wait_for_welcome(Client *client) { (void)client; }

/* Count the stamps of a message, eight bytes each. */
static void find_stamps(Client *client, Message message) {
    const uint8_t *at = message.payload, *end = at + message.size, *mark;
    uint64_t now = now_us() & 0xFFFFFFFFFFull;
    if (!client->scanned || !measuring) return;
    for (; (mark = memmem(at, end - at, MARK, 3)); at = mark + 3) {
        uint64_t us = 0;
        if (mark - message.payload < 5) continue;
        memcpy(&us, mark - 5, 5);
        if (us > now || now - us > 60000000) continue;
        if (client->role == SLOW) {
            count_age(&counts.slow, now - us);
            return; /* of this message the first is as old as all */
        }
        counts.poses++;
        count_age(&counts.others, now - us);
    }
}

/* Count the stamps of a message, sixteen hexadecimal digits each. */
static void find_hex_stamps(Client *client, Message message) {
    const uint8_t *at = message.payload, *end = at + message.size, *mark;
    uint64_t now = now_us() & 0xFFFFFFFFFFull;
    if (!client->scanned || !measuring) return;
    for (; (mark = memmem(at, end - at, HEX_MARK, 6)); at = mark + 6) {
        char digits[11] = {0};
        if (end - mark < 16) return;
        memcpy(digits, mark + 6, 10);
        uint64_t us = strtoull(digits, NULL, 16);
        if (us > now || now - us > 60000000) continue;
        counts.poses++;
        count_age(&counts.others, now - us);
    }
}

/* ---- plain binary ------------------------------------------------------------------------------------ */

static size_t write_plain_pose(Client *client, uint8_t *to) {
    float place[3] = {client->x, client->y, 1.7f};
    memcpy(to, place, 12);
    write_stamp(to + 12, now_us());
    return 20;
}

static void plain_pose(Client *client) {
    uint8_t pose[20];
    send_message(client, BINARY, pose, write_plain_pose(client, pose));
}

static void plain_voice(Client *client) {
    uint8_t packet[VOICE_ROOM];
    send_message(client, BINARY, packet, write_voice(client, packet));
}

/* The number of the talker, and what they sent. */
static void plain_heard(Client *client, Message message) {
    (void)client;
    if (message.size >= 2 + VOICE_HEAD) count_voice(message.payload + 2);
}

/* ---- socket.io --------------------------------------------------------------------------------------- */

static void send_text(Client *client, const char *text) {
    send_message(client, TEXT, (const uint8_t *)text, strlen(text));
}

static void socketio_pose(Client *client) {
    send_text(client, "451-[\"p\",{\"_placeholder\":true,\"num\":0}]");
    plain_pose(client);
}

static void socketio_message(Client *client, Message message) {
    if (message.opcode == BINARY) return find_stamps(client, message);
    if (message.size && message.payload[0] == '0') send_text(client, "40");
    if (message.size && message.payload[0] == '2') send_text(client, "3");
    if (message.size > 1 && !memcmp(message.payload, "40", 2)) client->joined = 1;
}

/* ---- Colyseus ---------------------------------------------------------------------------------------- */

enum { COLYSEUS_JOIN = 10, COLYSEUS_DATA = 13 };

static void write_reversed(uint8_t *to, const void *from, int size) {
    for (int i = 0; i < size; i++) to[i] = ((const uint8_t *)from)[size - 1 - i];
}

/* ``room.send("p", [x, y, z, rotation])`` as its own client encodes it. */
static void colyseus_pose(Client *client) {
    uint8_t message[32] = {COLYSEUS_DATA, 0xA1, 'p', 0x94}, stamp[8];
    float place[3] = {client->x, client->y, 1.7f};
    size_t size = 4;
    for (int i = 0; i < 3; i++, size += 4) {
        message[size++] = 0xCA;
        write_reversed(message + size, place + i, 4);
    }
    message[size++] = 0xCB;
    write_stamp(stamp, now_us());
    write_reversed(message + size, stamp, 8);
    send_message(client, BINARY, message, size + 8);
}

static void colyseus_message(Client *client, Message message) {
    if (message.size && message.payload[0] == COLYSEUS_JOIN) {
        uint8_t answer = COLYSEUS_JOIN;
        send_message(client, BINARY, &answer, 1);
        client->joined = 1;
    } else {
        find_stamps(client, message);
    }
}

/* ---- y-websocket ------------------------------------------------------------------------------------- */

static size_t write_varint(uint8_t *to, uint32_t number) {
    size_t size = 0;
    for (; number > 127; number >>= 7) to[size++] = 0x80 | number;
    to[size++] = number;
    return size;
}

/* An update of the sender's own awareness, as ``awareness.setLocalState`` sends it. */
static void yjs_pose(Client *client) {
    uint8_t message[256], inner[224];
    char state[160], stamp[17] = {0};
    write_hex_stamp((uint8_t *)stamp, now_us());
    int length = snprintf(state, sizeof state,
                          "{\"p\":[%.3f,%.3f,1.7],\"q\":[0.707,0,0,0.707],\"t\":\"%s\"}", client->x,
                          client->y, stamp);
    size_t size = 0, head = 1;
    inner[size++] = 1;
    size += write_varint(inner + size, 1000000 + client->number);
    size += write_varint(inner + size, ++client->counter);
    size += write_varint(inner + size, length);
    memcpy(inner + size, state, length);
    size += length;
    message[0] = 1;
    head += write_varint(message + head, size);
    memcpy(message + head, inner, size);
    send_message(client, BINARY, message, head + size);
}

#endif

/* Walkdown's own protocol, see docs/protocol.md. */
#ifndef WALKDOWN_H
#define WALKDOWN_H

#include <math.h>

#include "websocket.h"

enum { FRAME_HEAD = 13, SECTION_HEAD = 4, POSE_SIZE = 22, CLIENT_HEAD = 5, POSES = 1 };

static uint32_t silent_ticks = 4; /* who has nothing to say still tells which tick it has got, every so many */

static size_t write_word(uint8_t *to, const char *word) {
    size_t size = strlen(word);
    to[0] = 0xA0 | size;
    memcpy(to + 1, word, size);
    return size + 1;
}

static void walkdown_hello(Client *client) {
    uint8_t hello[128];
    char name[32];
    size_t size = 0;
    snprintf(name, sizeof name, "Walker %d", client->number);
    const char *words[] = {"t", "hello", "version", "walkdown.1", "name", name};
    hello[size++] = 0x83;
    for (int i = 0; i < 6; i++) size += write_word(hello + size, words[i]);
    send_message(client, BINARY, hello, size);
}

static void walkdown_acknowledge(Client *client) {
    uint8_t frame[CLIENT_HEAD] = {1};
    memcpy(frame + 1, &client->tick, 4);
    send_message(client, BINARY, frame, sizeof frame);
    client->ticks_unsaid = 0;
}

static void walkdown_pose(Client *client) {
    uint8_t frame[CLIENT_HEAD + SECTION_HEAD + POSE_SIZE] = {1};
    uint32_t head = POSES | POSE_SIZE << 8, rotation = rotation_of(now_us());
    int32_t place[3] = {(int32_t)(client->x * 1000), (int32_t)(client->y * 1000), 1700};
    memcpy(frame + 1, &client->tick, 4);
    memcpy(frame + 5, &head, 4);
    memcpy(frame + 13, place, 12);
    memcpy(frame + 25, &rotation, 4);
    send_message(client, BINARY, frame, sizeof frame);
    client->ticks_unsaid = 0;
}

static uint32_t *newest_of(Client *client, uint32_t person) {
    if (person >= client->seen_room) {
        uint32_t room = person + 1024;
        client->seen = realloc(client->seen, room * sizeof *client->seen);
        memset(client->seen + client->seen_room, 0, (room - client->seen_room) * sizeof *client->seen);
        client->seen_room = room;
    }
    return client->seen + person;
}

/* Count the poses of a section; one that was told before is no delivery. Return the age of the newest. */
static uint32_t walkdown_poses(Client *client, const uint8_t *records, size_t size, uint32_t now) {
    uint32_t youngest = TURN_US;
    for (const uint8_t *r = records; r + POSE_SIZE <= records + size; r += POSE_SIZE) {
        uint16_t person;
        uint32_t rotation, us;
        memcpy(&person, r, 2);
        memcpy(&rotation, r + 16, 4);
        uint32_t *newest = newest_of(client, person);
        if (rotation == *newest || (us = us_of_rotation(rotation)) == TURN_US) continue;
        *newest = rotation;
        uint32_t age = (now + TURN_US - us) % TURN_US;
        if (age < youngest) youngest = age;
        if (!measuring || client->role == SLOW) continue;
        counts.poses++;
        count_age(&counts.others, age);
    }
    return youngest;
}

static void walkdown_frame(Client *client, const uint8_t *frame, size_t size) {
    memcpy(&client->tick, frame + 1, 4);
    client->ticks_unsaid++;
    if (client->role == IDLE && client->ticks_unsaid >= silent_ticks) walkdown_acknowledge(client);
    if (!client->scanned) return;
    uint32_t now = now_us() % TURN_US, youngest = TURN_US;
    for (size_t at = FRAME_HEAD; at + SECTION_HEAD <= size;) {
        uint32_t head;
        memcpy(&head, frame + at, 4);
        at += SECTION_HEAD;
        if ((head & 255) == POSES) {
            uint32_t age = walkdown_poses(client, frame + at, head >> 8, now);
            if (age < youngest) youngest = age;
        }
        at += head >> 8;
    }
    if (measuring && client->role == SLOW && youngest < TURN_US) count_age(&counts.slow, youngest);
}

static void walkdown_message(Client *client, Message message) {
    if (message.size >= FRAME_HEAD && message.payload[0] == 1) {
        walkdown_frame(client, message.payload, message.size);
    } else if (memmem(message.payload, message.size, "refusal", 7)) {
        fprintf(stderr, "refused: %.*s\n", (int)message.size, message.payload);
        exit(3);
    } else if (memmem(message.payload, message.size, "welcome", 7)) {
        client->joined = 1;
    }
}

#endif

/* Walkdown's own protocol, see docs/protocol.md. */
#ifndef WALKDOWN_H
#define WALKDOWN_H

#include <math.h>

#include "websocket.h"

enum { FRAME_HEAD = 13, SECTION_HEAD = 4, POSE_SIZE = 22, CLIENT_HEAD = 5, POSES = 1, VOICE = 7, ENTRY_HEAD = 5 };

static const char *invitation = "";
static uint32_t silent_ticks = 4; /* who has nothing to say still tells which tick it has got, every so many */

static size_t write_word(uint8_t *to, const char *word) {
    size_t size = strlen(word);
    to[0] = 0xA0 | size;
    memcpy(to + 1, word, size);
    return size + 1;
}

static uint32_t speaking_every; /* one walker in so many speaks; 0: nobody */
enum { SPEAKING = 4 };

static void walkdown_hello(Client *client) {
    uint8_t hello[192];
    char name[32];
    size_t size = 0;
    snprintf(name, sizeof name, "Walker %d", client->number);
    const char *words[] = {"t", "hello", "version", "walkdown.1", "name", name, "invite", invitation};
    hello[size++] = 0x84;
    for (int i = 0; i < 8; i++) size += write_word(hello + size, words[i]);
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
    uint16_t flags = speaking_every && client->number % speaking_every == 0 ? SPEAKING : 0;
    int32_t place[3] = {(int32_t)(client->x * 1000), (int32_t)(client->y * 1000), 1700};
    memcpy(frame + 1, &client->tick, 4);
    memcpy(frame + 5, &head, 4);
    memcpy(frame + 11, &flags, 2);
    memcpy(frame + 13, place, 12);
    memcpy(frame + 25, &rotation, 4);
    send_message(client, BINARY, frame, sizeof frame);
    client->ticks_unsaid = 0;
}

/* Say that there are ears and a microphone, and where they are. */
static void walkdown_listen(Client *client) {
    uint8_t message[64];
    size_t size = 0;
    message[size++] = 0x83;
    size += write_word(message + size, "t");
    size += write_word(message + size, "voice");
    size += write_word(message + size, "ears");
    message[size++] = 0xC3;
    size += write_word(message + size, "microphone");
    message[size++] = client->talks ? 0xC3 : 0xC2;
    send_message(client, BINARY, message, size);
    walkdown_pose(client);
}

static void walkdown_voice(Client *client) {
    uint8_t frame[CLIENT_HEAD + SECTION_HEAD + VOICE_ROOM] = {1};
    uint32_t size = write_voice(client, frame + CLIENT_HEAD + SECTION_HEAD), head = VOICE | size << 8;
    memcpy(frame + 1, &client->tick, 4);
    memcpy(frame + 5, &head, 4);
    send_message(client, BINARY, frame, CLIENT_HEAD + SECTION_HEAD + size);
    client->ticks_unsaid = 0;
}

static void walkdown_bundle(const uint8_t *bundle, size_t size) {
    for (size_t at = 0; at + ENTRY_HEAD <= size;) {
        uint16_t length;
        memcpy(&length, bundle + at + 3, 2);
        count_voice(bundle + at + ENTRY_HEAD);
        at += ENTRY_HEAD + length;
    }
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
    uint32_t tick;
    memcpy(&tick, frame + 1, 4);
    if (tick) { /* else it is voice alone */
        client->tick = tick;
        client->ticks_unsaid++;
    }
    if (client->role == IDLE && client->ticks_unsaid >= silent_ticks) walkdown_acknowledge(client);
    if (!client->scanned && tick) return;
    uint32_t now = now_us() % TURN_US, youngest = TURN_US;
    for (size_t at = FRAME_HEAD; at + SECTION_HEAD <= size;) {
        uint32_t head;
        memcpy(&head, frame + at, 4);
        at += SECTION_HEAD;
        if ((head & 255) == VOICE) walkdown_bundle(frame + at, head >> 8);
        if ((head & 255) == POSES) {
            uint32_t age = walkdown_poses(client, frame + at, head >> 8, now);
            if (age < youngest) youngest = age;
        }
        at += head >> 8;
    }
    if (measuring && client->role == SLOW && youngest < TURN_US) count_age(&counts.slow, youngest);
}

/* ---- notes instead of poses: how long a change waits until it is on disk ------------------------------ */

#define OPERATIONS_OUT 4096
#define NOTES_EACH 20

static size_t write_count(uint8_t *to, uint32_t number) {
    to[0] = 0xCE; /* MessagePack u32 */
    for (int i = 0; i < 4; i++) to[1 + i] = number >> (24 - 8 * i);
    return 5;
}

/* Change one of the client's own notes. */
static void walkdown_note(Client *client) {
    static const uint8_t point[] = {0x93, 1, 2, 3};
    uint8_t message[512];
    char id[32], text[32];
    size_t size = 0;
    uint32_t op = ++client->counter;
    snprintf(id, sizeof id, "note-%d-%d", client->number, (int)(op % NOTES_EACH));
    snprintf(text, sizeof text, "Change %u: look at it", op);
    message[size++] = 0x85;
    size += write_word(message + size, "t");
    size += write_word(message + size, "put_note");
    size += write_word(message + size, "op");
    size += write_count(message + size, op);
    size += write_word(message + size, "note");
    size += write_word(message + size, id);
    size += write_word(message + size, "text");
    size += write_word(message + size, text);
    size += write_word(message + size, "point");
    memcpy(message + size, point, sizeof point);
    if (!client->sent_us) client->sent_us = calloc(OPERATIONS_OUT, sizeof *client->sent_us);
    client->sent_us[op % OPERATIONS_OUT] = now_us();
    send_message(client, BINARY, message, size + sizeof point);
}

static const uint8_t *read_count(const uint8_t *at, uint32_t *number) {
    int bytes = *at == 0xCC ? 1 : *at == 0xCD ? 2 : *at == 0xCE ? 4 : 0;
    *number = bytes ? 0 : *at;
    for (int i = 1; i <= bytes; i++) *number = *number << 8 | at[i];
    return at + 1 + bytes;
}

/* Count the replies in a message; one without a number of a record is a refusal. */
static void find_replies(Client *client, Message message) {
    static const uint8_t reply[] = "\xA1t\xA5reply\xA2op", number[] = "\xA6number";
    const uint8_t *at = message.payload, *end = at + message.size;
    while ((at = memmem(at, end - at, reply, sizeof reply - 1))) {
        uint32_t op;
        if ((at += sizeof reply - 1) + 5 > end) return;
        at = read_count(at, &op);
        if (at + 7 > end || memcmp(at, number, 7)) {
            counts.refused++;
        } else if (measuring) {
            counts.poses++;
            count_age(&counts.others, now_us() - client->sent_us[op % OPERATIONS_OUT]);
        }
    }
}

static void walkdown_message(Client *, Message);

static void walkdown_reply(Client *client, Message message) {
    walkdown_message(client, message);
    if (client->ticks_unsaid >= silent_ticks) walkdown_acknowledge(client);
    find_replies(client, message);
}

/* ---- what comes -------------------------------------------------------------------------------------- */

static void walkdown_message(Client *client, Message message) {
    if (message.size >= FRAME_HEAD && message.payload[0] == 1) {
        walkdown_frame(client, message.payload, message.size);
    } else if (memmem(message.payload, message.size, "refusal", 7)) {
        fprintf(stderr, "refused: %.*s\n", (int)message.size, message.payload);
        exit(3);
    } else if (memmem(message.payload, message.size, "welcome", 7)) {
        client->joined = 1;
        if (talkers) walkdown_listen(client);
    }
}

#endif

/* Plays many clients of a session server in one process: walkers, idle, stalled and slow ones, downloads.
 *
 *     cc -O2 -o generator generator.c -lm
 *     ./generator --port 8765 --walkers 300 --windows 3 --seconds 4
 *     cc -O2 -DWITH_TLS -o generator generator.c -lm -lssl -lcrypto      for --tls
 *
 * With --talkers the first of them speak 50 times a second, and all listen.
 *
 * Says "joined N" when all are in, then for each window "begin", "end" and one line of JSON; whoever measures
 * the server's processor time takes it at the first two. Poses are told 20 times a second, each client at a
 * moment of its own. Sending and reading happen in steps of a millisecond, and in between it sleeps: so
 * nobody has to wake it, which on one machine the server would pay for. Each client has an address of its own
 * in 127.0.0.0/8.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "protocols.h"

#define LATE_SECS 0.02
#define STEP_SECS 1e-3
#define VOICE_SECS 0.02
#define EVENTS_AT_ONCE 256
#define READ_AT_ONCE 65536
#define WALK_SPEED 1.4
#define DOWNLOAD_PIECE (1 << 20)

typedef struct {
    int port, walkers, idle, stalled, slow, downloads, windows, scan_every, per_sec;
    double hz, settle, seconds, slow_bytes;
    const char *protocol, *path, *paths;
} Options;

static Options options = {.walkers = 0, .windows = 1, .scan_every = 1, .per_sec = 400, .hz = 20,
                          .settle = 2, .seconds = 4, .slow_bytes = 80e3, .protocol = "walkdown", .path = ""};
static const Protocol *protocol;
static Client *clients;
static int client_count, poll_fd;
static uint64_t downloaded;

static void fail(const char *what) {
    perror(what);
    exit(2);
}

/* ---- connecting ------------------------------------------------------------------------------------- */

static void connect_client(Client *client) {
    struct sockaddr_in own = {.sin_family = AF_INET}, server = {.sin_family = AF_INET};
    int one = 1, small = 32768;
    own.sin_addr.s_addr = htonl(0x7F010000u + client->number + 1);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons(options.port);
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (client->fd < 0) fail("socket");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (client->role == SLOW) setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(client->fd, (void *)&own, sizeof own)) fail("bind");
    if (connect(client->fd, (void *)&server, sizeof server)) fail("connect");
#ifdef WITH_TLS
    if (with_tls) start_tls(client);
#endif
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, client->fd, &event)) fail("epoll_ctl");
}

static void ask(Client *client, const char *path, const char *more) {
    char request[1024];
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", path,
                        options.port, more);
    send_all(client, (uint8_t *)request, size);
}

static void upgrade(Client *client, const char *path) {
    char more[512];
    snprintf(more, sizeof more,
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\n%s%s%s",
             protocol->subprotocol ? "Sec-WebSocket-Protocol: " : "",
             protocol->subprotocol ? protocol->subprotocol : "", protocol->subprotocol ? "\r\n" : "");
    ask(client, path, more);
}

static void start_client(Client *client, FILE *paths) {
    char path[512];
    snprintf(path, sizeof path, "%s", *options.path ? options.path : protocol->path);
    if (paths && fgets(path, sizeof path, paths)) path[strcspn(path, "\r\n")] = 0;
    connect_client(client);
    client->x = site_width * drand48();
    client->y = site_depth * drand48();
    client->heading = 2 * M_PI * drand48();
    upgrade(client, path);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void hang_up(Client *client) {
    closed_count++;
    close(client->fd);
    client->fd = -1;
}

/* Pass over the answer to the upgrade; return the bytes that it took, 0 while it is not complete. */
static size_t read_upgrade(Client *client) {
    uint8_t *end = memmem(client->data, client->size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(client->data + 9, "101", 3)) {
        fprintf(stderr, "expected an upgrade to WebSocket, got: %.*s\n", (int)client->size, client->data);
        exit(3);
    }
    client->upgraded = 1;
    protocol->opened(client);
    return end + 4 - client->data;
}

static void take_message(Client *client, Message message) {
    if (message.opcode == PING) return send_message(client, PONG, message.payload, message.size);
    if (message.opcode != TEXT && message.opcode != BINARY) return;
    if (measuring && client->role <= IDLE) {
        counts.frames++;
        counts.bytes += message.size;
    }
    protocol->message(client, message);
}

static void take_bytes(Client *client) {
    size_t at = client->upgraded ? 0 : read_upgrade(client), used;
    Message message;
    while (client->upgraded && (used = read_frame(client->data + at, client->size - at, &message))) {
        take_message(client, message);
        at += used;
    }
    memmove(client->data, client->data + at, client->size - at);
    client->size -= at;
}

/* Read at most so many bytes; return how many came. */
static size_t read_some(Client *client, size_t most) {
    if (client->room - client->size < most) {
        client->room = client->size + most;
        client->data = realloc(client->data, client->room);
    }
    ssize_t got = receive_some(client, client->data + client->size, most);
    if (got == 0 || (got < 0 && errno != EAGAIN)) hang_up(client);
    if (got <= 0) return 0;
    client->size += got;
    take_bytes(client);
    return got;
}

static void read_slowly(Client *client, double secs) {
    client->allowed += secs * options.slow_bytes;
    if (client->allowed >= 1024) client->allowed -= read_some(client, (size_t)client->allowed);
    if (client->allowed > 16384) client->allowed = 16384; /* what a line did not carry is gone */
}

/* Read what is there; what TLS has taken already, the kernel does not tell of. */
static void read_all(Client *client) {
    size_t got;
    do got = read_some(client, READ_AT_ONCE);
    while (client->fd >= 0 && got && (got == READ_AT_ONCE || is_encrypted(client)));
}

static int read_ready(int timeout_ms) {
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(poll_fd, events, EVENTS_AT_ONCE, timeout_ms);
    for (int i = 0; i < count; i++) {
        Client *client = events[i].data.ptr;
        if (client->fd >= 0) read_all(client);
    }
    return count;
}

/* ---- walking ---------------------------------------------------------------------------------------- */

static void step(Client *client) {
    double length = WALK_SPEED / options.hz, x, y;
    client->heading += 0.1 * (drand48() - 0.5);
    x = client->x + length * cos(client->heading);
    y = client->y + length * sin(client->heading);
    if (x < 0 || x > site_width || y < 0 || y > site_depth) {
        client->heading += M_PI;
        return;
    }
    client->x = x;
    client->y = y;
}

static void tell_due_poses(double now) {
    static int next;
    for (int told = 0; told < client_count; told++) {
        Client *client = clients + next;
        if (client->role != IDLE) {
            if (client->due > now) return;
            if (client->fd >= 0) {
                step(client);
                protocol->pose(client);
                if (measuring) counts.sent++;
            }
            if (measuring && now - client->due > LATE_SECS) counts.late++;
            client->due += 1 / options.hz;
            if (now - client->due > 1) client->due = now;
        }
        next = (next + 1) % client_count;
    }
}

/* Let those speak who do, 50 times a second each. */
static void tell_due_voices(double now) {
    for (int i = 0; i < talkers; i++) {
        Client *client = clients + i;
        for (; client->voice_due <= now; client->voice_due += VOICE_SECS) {
            if (measuring && now - client->voice_due > LATE_SECS) counts.late++;
            if (now - client->voice_due > 1) client->voice_due = now;
            protocol->voice(client);
            if (measuring) counts.spoken++;
        }
    }
}

static void sleep_until(double secs) {
    struct timespec until = {(time_t)secs, (long)((secs - (time_t)secs) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void run(double secs) {
    double before = now_secs(), end = before + secs, now;
    while ((now = now_secs()) < end) {
        tell_due_poses(now);
        tell_due_voices(now);
        for (int i = 0; i < client_count; i++)
            if (clients[i].role == SLOW && clients[i].fd >= 0) read_slowly(clients + i, now - before);
        before = now;
        while (read_ready(0) == EVENTS_AT_ONCE) {}
        sleep_until(now + STEP_SECS);
    }
}

/* ---- downloads -------------------------------------------------------------------------------------- */

/* Throw away what came, and ask again for what has been received whole. */
static void download_ready(int timeout_ms) {
    struct epoll_event events[64];
    int count = epoll_wait(poll_fd, events, 64, timeout_ms);
    for (int i = 0; i < count; i++) {
        Client *client = events[i].data.ptr;
        ssize_t got = recv(client->fd, NULL, DOWNLOAD_PIECE, MSG_TRUNC);
        if (got > 0) downloaded += got;
        if (got > 0 || (got < 0 && errno == EAGAIN)) continue;
        close(client->fd);
        connect_client(client);
        ask(client, options.path, "Connection: close\r\n");
    }
}

/* Say each second how many bytes have come. */
static void download_for_some_time(void) {
    for (int i = 0; i < client_count; i++) {
        connect_client(clients + i);
        ask(clients + i, options.path, "Connection: close\r\n");
    }
    printf("joined %d\n", client_count);
    fflush(stdout);
    for (double end = now_secs() + options.seconds, told = now_secs(); now_secs() < end;) {
        download_ready(20);
        if (now_secs() < told + 1) continue;
        told += 1;
        printf("%llu\n", (unsigned long long)downloaded);
        fflush(stdout);
    }
}

/* ---- windows ---------------------------------------------------------------------------------------- */

static void join(void) {
    FILE *paths = options.paths ? fopen(options.paths, "r") : NULL;
    int joined = 0;
    for (int i = 0; i < client_count; i++) {
        start_client(clients + i, paths);
        for (double until = now_secs() + 1.0 / options.per_sec; now_secs() < until;) read_ready(0);
    }
    for (double end = now_secs() + 20; joined < client_count && now_secs() < end;) {
        read_ready(5);
        for (joined = 0; joined < client_count && clients[joined].joined; joined++) {}
    }
    printf("joined %d\n", joined);
    fflush(stdout);
    if (joined < client_count) exit(4);
}

static void start_walking(void) {
    double now = now_secs();
    for (int i = 0; i < client_count; i++) {
        Client *client = clients + i;
        client->due = now + i / (double)client_count / options.hz;
        client->voice_due = now + i / (double)(talkers ? talkers : 1) * VOICE_SECS;
        if (client->role == STALLED || client->role == SLOW)
            epoll_ctl(poll_fd, EPOLL_CTL_DEL, client->fd, NULL);
    }
}

static void say(const char *word) {
    puts(word);
    fflush(stdout);
}

static void print_window(double secs, double cpu, double scale) {
    printf("{\"seconds\": %.3f, \"frames\": %llu, \"bytes\": %llu, \"poses\": %.0f, \"sent\": %llu, "
           "\"unsent\": %llu, \"refused\": %llu, \"late\": %llu, \"closed\": %llu, \"generator_core\": %.3f, ",
           secs, (unsigned long long)counts.frames, (unsigned long long)counts.bytes, counts.poses * scale,
           (unsigned long long)counts.sent, (unsigned long long)counts.unsent,
           (unsigned long long)counts.refused, (unsigned long long)counts.late, (unsigned long long)closed_count, cpu / secs);
    printf("\"spoken\": %llu, \"voices\": %llu, \"voice_p50_ms\": %.2f, \"voice_p99_ms\": %.2f, ",
           (unsigned long long)counts.spoken, (unsigned long long)counts.voices.total, age_ms(&counts.voices, .5),
           age_ms(&counts.voices, .99));
    printf("\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f, ", age_ms(&counts.others, .5),
           age_ms(&counts.others, .99), age_ms(&counts.others, 1));
    printf("\"slow_p50_ms\": %.1f, \"slow_p99_ms\": %.1f, \"slow_frames\": %llu}\n", age_ms(&counts.slow, .5),
           age_ms(&counts.slow, .99), (unsigned long long)counts.slow.total);
    fflush(stdout);
}

static void measure(void) {
    double reading = options.walkers, scanned = 0;
    for (int i = 0; i < client_count; i++) scanned += clients[i].role == WALKER && clients[i].scanned;
    for (int window = 0; window < options.windows; window++) {
        memset(&counts, 0, sizeof counts);
        say("begin");
        double began = now_secs(), cpu = own_cpu_secs();
        measuring = 1;
        run(options.seconds);
        measuring = 0;
        double secs = now_secs() - began;
        say("end");
        print_window(secs, own_cpu_secs() - cpu, scanned ? reading / scanned : 0);
    }
}

/* ---- options ---------------------------------------------------------------------------------------- */

static const struct option names[] = {
    {"port", 1, 0, 'p'},    {"walkers", 1, 0, 'w'},  {"idle", 1, 0, 'i'},      {"stalled", 1, 0, 's'},
    {"slow", 1, 0, 'l'},    {"slow-bytes", 1, 0, 'b'}, {"downloads", 1, 0, 'd'}, {"path", 1, 0, 'u'},
    {"paths", 1, 0, 'f'},   {"protocol", 1, 0, 'P'}, {"hz", 1, 0, 'h'},        {"settle", 1, 0, 't'},
    {"seconds", 1, 0, 'S'}, {"windows", 1, 0, 'W'},  {"scan-every", 1, 0, 'e'}, {"per-sec", 1, 0, 'r'},
    {"silent-ticks", 1, 0, 'k'}, {"width", 1, 0, 'x'},  {"invite", 1, 0, 'I'}, {"tls", 0, 0, 'T'},   {"depth", 1, 0, 'y'},
    {"speaking-every", 1, 0, 'q'}, {"talkers", 1, 0, 'v'}, {"voice-bytes", 1, 0, 'B'}, {0}};

static void set_option(int name, const char *value) {
    double number = atof(value);
    switch (name) {
    case 'p': options.port = (int)number; break;
    case 'w': options.walkers = (int)number; break;
    case 'i': options.idle = (int)number; break;
    case 's': options.stalled = (int)number; break;
    case 'l': options.slow = (int)number; break;
    case 'b': options.slow_bytes = number; break;
    case 'd': options.downloads = (int)number; break;
    case 'u': options.path = value; break;
    case 'f': options.paths = value; break;
    case 'P': options.protocol = value; break;
    case 'h': options.hz = number; break;
    case 't': options.settle = number; break;
    case 'S': options.seconds = number; break;
    case 'W': options.windows = (int)number; break;
    case 'e': options.scan_every = (int)number; break;
    case 'r': options.per_sec = (int)number; break;
    case 'k': silent_ticks = (uint32_t)number; break;
    case 'I': invitation = value; break;
#ifdef WITH_TLS
    case 'T': with_tls = 1; break;
#endif
    case 'x': site_width = number; break;
    case 'y': site_depth = number; break;
    case 'v': talkers = (int)number; break;
    case 'B': voice_bytes = (int)number; break;
    case 'q': speaking_every = (uint32_t)number; break;
    default: exit(2);
    }
}

/* Walkers first, so that the poses told of are spread evenly over a tick. */
static void make_clients(void) {
    int counts_of[] = {options.walkers, options.idle, options.stalled, options.slow}, made = 0;
    client_count = options.downloads;
    for (int role = WALKER; role <= SLOW; role++) client_count += counts_of[role];
    clients = calloc(client_count, sizeof *clients);
    if (talkers > client_count || !protocol->voice) talkers = 0;
    for (int role = WALKER; role <= SLOW; role++)
        for (int i = 0; i < counts_of[role]; i++, made++)
            clients[made] = (Client){.number = made, .role = role, .fd = -1,
                                     .scanned = role == SLOW || (role == WALKER && i % options.scan_every == 0)};
    for (int i = 0; i < talkers; i++) clients[i].talks = 1;
    for (; made < client_count; made++) clients[made] = (Client){.number = 60000 + made, .role = WALKER};
}

int main(int count, char **given) {
    struct rlimit files;
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int name; (name = getopt_long(count, given, "", names, NULL)) != -1;) set_option(name, optarg ? optarg : "");
    protocol = find_protocol(options.protocol);
    poll_fd = epoll_create1(0);
    srand48(7);
    make_clients();
    if (options.downloads) {
        download_for_some_time();
        return 0;
    }
    join();
    start_walking();
    run(options.settle);
    measure();
    return 0;
}

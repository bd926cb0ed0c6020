/* The least that a server can do: sends one frame of so many bytes to everyone, so many times a second.
 *
 *     ./send_loop BYTES HZ
 *
 * Shakes hands with whoever comes, reads nothing after that, and says "listening on PORT".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int sockets[4096], count;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int listen_somewhere(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (void *)&address, size) || listen(listener, 2048)) exit(2);
    getsockname(listener, (void *)&address, &size);
    printf("listening on %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void take_new(int listener) {
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n\r\n";
    char request[4096];
    int one = 1, new;
    while (count < 4096 && (new = accept(listener, NULL, NULL)) >= 0) {
        if (recv(new, request, sizeof request, 0) < 0) exit(2);
        send(new, answer, sizeof answer - 1, MSG_NOSIGNAL);
        setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        fcntl(new, F_SETFL, O_NONBLOCK);
        sockets[count++] = new;
    }
}

int main(int given, char **arguments) {
    if (given != 3) return 2;
    int size = atoi(arguments[1]), listener = listen_somewhere();
    int64_t period = 1e9 / atof(arguments[2]), due = now_ns();
    uint8_t *frame = malloc(size + 4);
    memset(frame, 7, size + 4);
    frame[0] = 0x82;
    frame[1] = 126;
    frame[2] = size >> 8;
    frame[3] = size;
    for (;;) {
        take_new(listener);
        for (int i = 0; i < count; i++) send(sockets[i], frame, size + 4, MSG_NOSIGNAL | MSG_DONTWAIT);
        struct timespec until = {(due += period) / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
}

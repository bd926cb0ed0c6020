/* Time, the stamps that poses carry, and how old they were when they were seen.
 *
 * Every pose says when it was sent, in microseconds of CLOCK_MONOTONIC. In Walkdown the stamp is the pose's
 * rotation: four values of two bits and three digits to the base 800, so that it is always a unit quaternion.
 * Elsewhere it is eight bytes that are also a plausible f64, or sixteen hexadecimal digits, and whatever a
 * server sends is searched for them.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURN_US 2048000000u /* rotations begin anew after so many microseconds: 34 minutes */
#define AGE_STEP_US 100
#define AGE_STEPS 600000 /* the last one, a minute, stands for all that is older */
#define MARK "\xC3\xA5\x40"
#define HEX_MARK "c3a540"

typedef struct {
    uint64_t counts[AGE_STEPS], total;
} Ages;

static double now_secs(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + t.tv_nsec / 1000u;
}

static double own_cpu_secs(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Return a time as a rotation. */
static uint32_t rotation_of(uint64_t us) {
    uint32_t left = us % TURN_US, digits = 0;
    for (int i = 0; i < 3; i++, left /= 800) digits |= (112 + left % 800) << (10 * i);
    return left << 30 | digits;
}

/* Return the time of a rotation, TURN_US when it is no stamp. */
static uint32_t us_of_rotation(uint32_t rotation) {
    uint32_t us = rotation >> 30;
    for (int i = 2; i >= 0; i--) {
        uint32_t digit = rotation >> (10 * i) & 1023;
        if (digit < 112 || digit > 911) return TURN_US;
        us = us * 800 + digit - 112;
    }
    return us;
}

static void write_stamp(uint8_t *to, uint64_t us) {
    memcpy(to, &us, 5);
    memcpy(to + 5, MARK, 3);
}

static void write_hex_stamp(uint8_t *to, uint64_t us) {
    char text[32];
    snprintf(text, sizeof text, HEX_MARK "%010llx", (unsigned long long)(us & 0xFFFFFFFFFFull));
    memcpy(to, text, 16);
}

static void count_age(Ages *ages, uint64_t us) {
    uint64_t step = us / AGE_STEP_US;
    ages->counts[step < AGE_STEPS ? step : AGE_STEPS - 1]++;
    ages->total++;
}

/* Return the age in milliseconds that a share of all poses did not exceed. */
static double age_ms(const Ages *ages, double share) {
    uint64_t wanted = (uint64_t)(share * ages->total), sum = 0;
    if (!ages->total) return -1;
    if (wanted >= ages->total) wanted = ages->total - 1;
    for (int step = 0; step < AGE_STEPS; step++)
        if ((sum += ages->counts[step]) > wanted) return (step + 0.5) * AGE_STEP_US * 1e-3;
    return -1;
}

#endif

/*
 * Points in time and durations as kmsd stores, sends and compares them:
 * whole seconds in 64 bits, with a calendar of our own, so that neither
 * time_t nor a time zone ever matters.
 */
#ifndef COMMON_KTIME_H
#define COMMON_KTIME_H

#include <stddef.h>
#include <stdint.h>

#define KTIME_STRLEN 21 /* "2026-11-22T10:00:00Z" with its NUL */
#define KDURATION_STRLEN 24 /* longest printed duration with its NUL */
#define KTIME_MAX 253402300799 /* 9999-12-31T23:59:59Z */

#define KTIME_MINUTE 60
#define KTIME_HOUR 3600
#define KTIME_DAY 86400

/* Seconds since 1970-01-01T00:00:00Z, 0 to KTIME_MAX. */
struct ktime {
	int64_t sec;
};

/* The system's clock (CLOCK_REALTIME). */
struct ktime ktime_now(void);

/*
 * Milliseconds since boot, suspended time included (CLOCK_BOOTTIME): for
 * deadlines, never for what is stored or sent.
 */
int64_t ktime_boot_ms(void);

/* a - b, in seconds. */
int64_t ktime_diff(struct ktime, struct ktime);

/* The time plus seconds, held within 0 and KTIME_MAX. */
struct ktime ktime_add(struct ktime, int64_t);

/* Less than, equal to or greater than 0, as a is before, at or after b. */
int ktime_cmp(struct ktime, struct ktime);

/* Whole days since 1970-01-01. */
int32_t ktime_day(struct ktime);

/*
 * Prints as 2026-11-22T10:00:00Z.  Returns -1 if the time is outside 0 to
 * KTIME_MAX (the buffer is then an empty string), else 0.
 */
int ktime_print(struct ktime, char[KTIME_STRLEN]);

/* Parses exactly what ktime_print() prints.  Returns 0, or -1. */
int ktime_parse(const char *, size_t, struct ktime *);

/*
 * Prints seconds (0 or more) in the largest unit that divides them: 30d, 2h,
 * 15m, 90s; zero is 0s.  Returns -1 if negative or over KTIME_MAX, else 0.
 */
int kduration_print(int64_t, char[KDURATION_STRLEN]);

/* Parses exactly what kduration_print() prints.  Returns 0, or -1. */
int kduration_parse(const char *, size_t, int64_t *);

#endif

/*
 * One deadline for each connection, by its slot.  Every kind has one duration,
 * so a queue a kind is in order of time and arming costs no search.
 */
#ifndef LISTENER_DEADLINE_H
#define LISTENER_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum deadline {
	DEADLINE_HELLO, /* accepted, the first frame to be complete */
	DEADLINE_REQUEST, /* a frame begun, an answer awaited or unread */
	DEADLINE_IDLE, /* between frames */
	DEADLINE_LINGER, /* told goodbye, the peer to close */
	DEADLINES
};

struct deadlines;

/* For so many slots, with the seconds of each kind; NULL with errno set. */
struct deadlines *deadlines_new(size_t, const uint32_t[DEADLINES]);
void deadlines_free(struct deadlines *);

/*
 * Replaces the deadline of a slot.  Times are monotonic, in milliseconds, and
 * never go back from call to call.
 */
void deadline_arm(struct deadlines *, uint32_t, enum deadline, uint64_t);

/* The same, but only if the one that stands is not sooner. */
void deadline_arm_sooner(struct deadlines *, uint32_t, enum deadline, uint64_t);
void deadline_cancel(struct deadlines *, uint32_t);

/* The kind that a slot has, DEADLINES: none. */
enum deadline deadline_kind(const struct deadlines *, uint32_t);

/* Takes one that is over; false if there is none. */
bool deadline_due(struct deadlines *, uint64_t, uint32_t *, enum deadline *);

#endif

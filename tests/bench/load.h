/*
 * The load: C connections over epoll, each with one request under way, closed
 * loop (ask again at once) or open loop (a rate, latency from the moment at
 * which the request was due).
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <sys/socket.h>

#include <stdio.h>

#include "tests/bench/histogram.h"
#include "tests/bench/machines.h"

#define REFUSAL_CODES_MAX 16

enum load_mode {
	LOAD_PERSISTENT, /* hello once, then requests */
	LOAD_VISIT /* connect, hello, sealed, close: each time */
};

struct load_options {
	struct sockaddr_storage address;
	socklen_t address_len;
	enum load_mode mode;
	size_t connections;
	double rate; /* requests a second; 0 is the closed loop */
	unsigned int sample; /* verifies one grant in so many; 0: none */
	bool survive; /* reconnect when the host goes away */
	FILE *grants; /* a line a grant: index, entry's hash */
};

struct load_result {
	uint64_t grants, refusals, failures, verified, lost;
	uint64_t starved; /* turns in which no machine might ask */
	uint64_t frame_in, frame_out; /* bytes of the frames, both ways */
	struct {
		uint32_t code;
		uint64_t count;
	} refused[REFUSAL_CODES_MAX];
	struct histogram latency;
	char failure[MESSAGE_ERROR_MAX]; /* the first one */
};

struct load;

struct load *load_new(const struct load_options *, struct machines *);
void load_free(struct load *);

/*
 * Runs for so many nanoseconds and adds to the result.  Requests under way at
 * the end are answered first.  Returns -1 if the host can't be reached.
 */
int load_run(struct load *, uint64_t, struct load_result *);

#endif

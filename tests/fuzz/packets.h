/*
 * The input of the targets that drive a table of rules: packets, each as who
 * sends it (u8, the highest bit: with a descriptor), type (u8), count (u8),
 * length (u16), bytes.  The header is made of these.
 */
#ifndef TESTS_FUZZ_PACKETS_H
#define TESTS_FUZZ_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet {
	uint8_t who; /* below the number of senders */
	bool with; /* a descriptor */
	uint8_t type, count;
	const uint8_t *bytes; /* in the input */
	size_t len;
};

/* Takes the next packet of the input.  False at its end. */
bool packet_take(
    const uint8_t **, size_t *, unsigned int senders, struct packet *);

/* Sends it; what the socket does not take is lost. */
void packet_send(int, const struct packet *);

/* A pair of connected SOCK_SEQPACKET sockets that do not block. */
void packet_pair(int[2]);

/* The lowest free descriptor: the same before and after an input. */
int packet_lowest_free(void);

#endif

/*
 * The expectation of tests/hostile/rules.tsv, read for test_rules.
 */
#ifndef TESTS_HOSTILE_RULES_TABLE_H
#define TESTS_HOSTILE_RULES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_CHANNELS_MAX 32
#define RULES_TYPES_MAX 32 /* that may come over one channel */
#define RULES_STATES_MAX 16

struct expected_rule {
	uint16_t type;
	char name[32];
	uint32_t states; /* bit mask */
	uint32_t min, max, records, fds;
	uint32_t times; /* 0: any */
	bool secret;
};

struct expected_channel {
	char name[48];
	char state[RULES_STATES_MAX][16]; /* by bit; empty: none */
	struct expected_rule rule[RULES_TYPES_MAX];
	size_t nrules;
};

struct expected_rules {
	struct expected_channel channel[RULES_CHANNELS_MAX];
	size_t nchannels;
};

/* Reads the file; exits with the line that it can't read. */
void rules_table_read(struct expected_rules *, const char *);

/* NULL if there is none of this name; of this type. */
const struct expected_channel *rules_table_find(
    const struct expected_rules *, const char *);
const struct expected_rule *rules_table_type(
    const struct expected_channel *, uint16_t);

#endif

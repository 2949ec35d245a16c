/*
 * The result codes that host, client and tools share, with the names by which
 * messages carry them and the advice that the tools print.
 */
#ifndef COMMON_CODES_H
#define COMMON_CODES_H

#include <stddef.h>
#include <stdint.h>

#define CODE_OK 0x00000000u
#define CODE_COUNT_INSUFFICIENT 0xC004F038u
#define CODE_HOST_NOT_ACTIVATED 0xC004F041u
#define CODE_PRODUCT_NOT_COVERED 0xC004F042u
#define CODE_PRODUCT_KEY_INVALID 0xC004F050u
#define CODE_PRODUCT_KEY_BLOCKED 0xC004F051u
#define CODE_TIME_SKEW 0xC004F06Cu
#define CODE_NO_HOST 0xC004F074u
#define CODE_GRACE_EXPIRED 0xC004F009u
#define CODE_OFFLINE_DATA 0xC004F02Cu
#define CODE_KEY_LIMIT 0xC004C008u
#define CODE_ACCESS_DENIED 0x80070005u
#define CODE_NO_DNS_RECORD 0x8007232Bu
#define CODE_SEATS_EXHAUSTED 0xE0040001u
#define CODE_CLONE 0xE0040002u
#define CODE_DENIED 0xE0040003u
#define CODE_TOKEN_NEEDED 0xE0040004u
#define CODE_BUSY 0xE0040005u
#define CODE_PROTOCOL 0xE0040006u
#define CODE_SEAL_UNKNOWN 0xE0040007u

struct code {
	uint32_t code;
	const char *name; /* as in messages: "count-insufficient" */
	const char *meaning; /* one sentence for people */
	const char *advice; /* what to do, one sentence */
};

/* The entry of a code, or NULL for one that is not ours. */
const struct code *code_find(uint32_t);

/* The entry with this name, or NULL. */
const struct code *code_find_name(const char *);

/* The name, or "unknown". */
const char *code_name(uint32_t);

/* The i-th entry of the table, or NULL past its end. */
const struct code *code_at(size_t);

#endif

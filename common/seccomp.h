/*
 * System call filters: a constant table for each process, compiled to classic
 * BPF when the process confines itself.  What no rule allows ends the process
 * (SECCOMP_RET_KILL_PROCESS).  Sources: seccomp(2), Linux's
 * Documentation/userspace-api/seccomp_filter.rst, and for the instructions
 * Documentation/networking/filter.rst.
 */
#ifndef COMMON_SECCOMP_H
#define COMMON_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ipc_parent.h"

#define SECCOMP_TESTS_MAX 3 /* arguments tested in one rule */
#define SECCOMP_PROGRAM_MAX 2048 /* instructions, of one filter */

/* The name of every system call that a table may name. */
enum seccomp_call {
#define CALL(name, amd64, arm64) CALL_##name,
#define CALL_AMD64(name, amd64) CALL_##name,
#include "common/seccomp_calls.h"
#undef CALL
#undef CALL_AMD64
	CALL_COUNT
};

/* Machines as the kernel tells them apart, by AUDIT_ARCH_*. */
struct seccomp_machine {
	const char *name;
	uint32_t arch;
	bool x32; /* has a second numbering with bit 30 set: killed */
	uint32_t highest; /* known number; ENOSYS above it */
	const int16_t *numbers; /* by enum seccomp_call; -1: it has none */
};

extern const struct seccomp_machine seccomp_machines[];
extern const size_t seccomp_nmachines;

/* Holds when (argument & mask) == value, in all 64 bits. */
struct seccomp_test {
	uint64_t mask, value;
	uint8_t argument; /* 0 to 5 */
};

/*
 * Several rules of one call are alternatives, in their order.  A rule with
 * error 0 allows; with another, the call fails with it and is not made.
 */
struct seccomp_rule {
	enum seccomp_call call;
	uint16_t error; /* errno */
	uint8_t ntests; /* all must hold */
	struct seccomp_test test[SECCOMP_TESTS_MAX];
};

struct seccomp_table {
	const struct seccomp_rule *rules;
	size_t n;
};

/* A role's own rules stand before those of all processes. */
extern const struct seccomp_table seccomp_common;
extern const struct seccomp_table seccomp_tables[ROLE_COUNT];

struct sock_filter;

/*
 * Writes the program for a machine.  Returns how many instructions it has, or
 * 0 when it does not fit into max or a rule is malformed.
 */
size_t seccomp_compile(const struct seccomp_machine *, enum role, bool log_only,
    struct sock_filter *, size_t max);

/* True in a build for sanitizers, where filters only log what would kill. */
extern const bool seccomp_log_only;

/*
 * Compiles and installs the filter of a role, for every thread.  With a build
 * for sanitizers, what no rule allows is only logged by the kernel.  Returns 0,
 * 1 when the kernel has no filters, or -1 with errno.
 */
int seccomp_confine(enum role);

/*
 * Tries a call that every child's own filter refuses, and the parent's does
 * not: the mode alone would only show what was inherited.
 */
bool seccomp_in_force(void);

/* As prctl(2) says: 0 none, 2 a filter. */
uint8_t seccomp_mode(void);

#endif

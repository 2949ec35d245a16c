/*
 * From a table to a BPF program.  The shape: architecture, numbers of x32 and
 * numbers that are newer than this program, then one stretch for each rule, at
 * last the default.  Jumps never leave a rule, so the program cannot grow out
 * of their eight bits.
 */
#include "config.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <stddef.h>

#include "common/seccomp.h"

#define X32_BIT 0x40000000U
#define TEST_INSTRUCTIONS 6 /* load, and, compare of either half */
#define LOW(x) ((uint32_t)(x))
#define HIGH(x) ((uint32_t)((x) >> 32))

struct program {
	struct sock_filter *code;
	size_t n, max;
	bool bad, dirty; /* dirty: the accumulator is not the call's number */
};

static const int16_t numbers_amd64[] = {
#define CALL(name, amd64, arm64) amd64,
#define CALL_AMD64(name, amd64) amd64,
#include "common/seccomp_calls.h"
#undef CALL
#undef CALL_AMD64
};

static const int16_t numbers_arm64[] = {
#define CALL(name, amd64, arm64) arm64,
#define CALL_AMD64(name, amd64) -1,
#include "common/seccomp_calls.h"
#undef CALL
#undef CALL_AMD64
};

/* 450 is set_mempolicy_home_node of Linux 5.17, on both. */
const struct seccomp_machine seccomp_machines[] = {
	{ "amd64", AUDIT_ARCH_X86_64, true, 450, numbers_amd64 },
	{ "arm64", AUDIT_ARCH_AARCH64, false, 450, numbers_arm64 },
};
const size_t seccomp_nmachines =
    sizeof(seccomp_machines) / sizeof(seccomp_machines[0]);

static void
emit(struct program *p, uint16_t code, uint32_t k, size_t yes, size_t no)
{
	struct sock_filter *f;

	if (p->n == p->max || yes > UINT8_MAX || no > UINT8_MAX) {
		p->bad = true;
		return;
	}
	f = &p->code[p->n++];
	f->code = code;
	f->k = k;
	f->jt = (uint8_t)yes;
	f->jf = (uint8_t)no;
}

static void
load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
give(struct program *p, uint32_t action)
{
	emit(p, BPF_RET | BPF_K, action, 0, 0);
}

/* Skips the rest of the rule when the half of the argument differs. */
static void
test_half(struct program *p, size_t offset, uint32_t mask, uint32_t value,
    size_t rest)
{
	load(p, offset);
	emit(p, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, rest);
}

/* The kernel gives arguments as 64 bits in the machine's byte order. */
static void
test_argument(struct program *p, const struct seccomp_test *t, size_t rest)
{
	const size_t low = offsetof(struct seccomp_data, args) +
			   t->argument * sizeof(uint64_t);

	if (t->argument > 5 || (t->value & ~t->mask) != 0)
		p->bad = true;
	test_half(p, low, LOW(t->mask), LOW(t->value), rest + 3);
	test_half(p, low + 4, HIGH(t->mask), HIGH(t->value), rest);
}

static void
rule(struct program *p, const struct seccomp_machine *m,
    const struct seccomp_rule *r)
{
	const int number = m->numbers[r->call];
	size_t i, rest = (size_t)r->ntests * TEST_INSTRUCTIONS + 1;

	if (number == -1)
		return;
	if (r->ntests > SECCOMP_TESTS_MAX) {
		p->bad = true;
		return;
	}
	if (p->dirty)
		load(p, offsetof(struct seccomp_data, nr));
	p->dirty = r->ntests > 0;
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, rest);
	for (i = 0; i < r->ntests; i++) {
		rest -= TEST_INSTRUCTIONS;
		test_argument(p, &r->test[i], rest);
	}
	give(p,
	    r->error == 0 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | r->error);
}

static void
head(struct program *p, const struct seccomp_machine *m)
{
	load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, m->arch, 1, 0);
	give(p, SECCOMP_RET_KILL_PROCESS);
	load(p, offsetof(struct seccomp_data, nr));
	if (m->x32) {
		emit(p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
		give(p, SECCOMP_RET_KILL_PROCESS);
	}
	/* A newer libc tries a newer call first, and falls back. */
	emit(p, BPF_JMP | BPF_JGT | BPF_K, m->highest, 0, 1);
	give(p, SECCOMP_RET_ERRNO | ENOSYS);
}

static void
table(struct program *p, const struct seccomp_machine *m,
    const struct seccomp_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		rule(p, m, &t->rules[i]);
}

size_t
seccomp_compile(const struct seccomp_machine *m, enum role role, bool log_only,
    struct sock_filter *code, size_t max)
{
	struct program p = { .code = code, .max = max };
	size_t i;

	head(&p, m);
	/* A role's own rules come first: they may allow what all are refused. */
	table(&p, m, &seccomp_tables[role]);
	/* Children inherit the parent's filter: it holds for them as well. */
	for (i = 0; role == ROLE_PARENT && i < ROLE_COUNT; i++)
		if (i != ROLE_PARENT)
			table(&p, m, &seccomp_tables[i]);
	table(&p, m, &seccomp_common);
	give(&p, log_only ? SECCOMP_RET_LOG : SECCOMP_RET_KILL_PROCESS);
	return (p.bad ? 0 : p.n);
}

/* kmsctl show host, sandbox, counters: what the parent knows. */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "activator/counters.h"
#include "control/control.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/table.h"
#include "kmsctl/text.h"
#include "listener/listener.h"
#include "store/store.h"

struct host_table {
	struct table table;
	bool serving, clock; /* is told of */
};

static void
print_host(void *ctx, const struct answer_row *row)
{
	const struct host_status *s = &row->u.host;
	char safe[TEXT_SAFE_MAX], when[KTIME_STRLEN];
	struct host_table *h = ctx;
	struct table *t = &h->table;

	if (row->record != REC_ROW_HOST)
		return;
	text_safe(s->state, strlen(s->state), safe);
	table_text(t, "state");
	table_text(t, safe);
	text_safe(s->version, strlen(s->version), safe);
	table_text(t, "version");
	table_text(t, safe);
	text_safe(s->listen, strlen(s->listen), safe);
	table_text(t, "listening");
	table_text(t, s->serving ? safe : "no");
	text_time(s->started, when);
	table_text(t, "started");
	table_text(t, when);
	table_text(t, "process");
	table_format(t, "%" PRIu32, s->pid);
	table_text(t, "generation");
	table_format(t, "%" PRIu32, s->generation);
	h->serving = s->serving;
}

/* The activator alone knows whether it believes the clock. */
static void
print_clock(void *ctx, const struct answer_row *row)
{
	const struct child_counters *c = &row->u.counters;
	struct host_table *h = ctx;
	uint64_t left;

	if (row->record != REC_ROW_COUNTERS || row->role != ROLE_ACTIVATOR ||
	    !h->serving || h->clock || c->n <= COUNT_CLOCK_DOUBT)
		return;
	h->clock = true;
	left = c->value[COUNT_CLOCK_DOUBT];
	table_text(&h->table, "clock");
	if (left == 0)
		table_text(&h->table, "not in doubt");
	else
		table_format(&h->table,
		    "in doubt: nothing expires until kmsctl clock accept, or "
		    "for %" PRIu64 " h %02" PRIu64 " min more",
		    left / 3600, left / 60 % 60);
}

/* Asks one question about processes and prints what the rows made. */
static int
ask_parent(struct kmsctl *k, int argc, uint16_t record, answer_row *row,
    struct table *t, void *ctx)
{
	struct ask a;
	int status;

	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if ((status = kmsctl_question(k, &a)) != STATUS_OK)
		return (status);
	status = ask_id(&a, record, row, ctx);
	ask_close(&a);
	if (status == STATUS_OK && t != NULL)
		table_print(t, stdout);
	return (status);
}

int
show_host(struct kmsctl *k, int argc, char **argv)
{
	struct host_table h;
	struct ask a;
	int status;

	(void)argv;
	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if ((status = kmsctl_question(k, &a)) != STATUS_OK)
		return (status);
	memset(&h, 0, sizeof(h));
	table_init(&h.table, 2, 0);
	status = ask_id(&a, REC_SHOW_HOST, print_host, &h);
	if (status == STATUS_OK) {
		status = ask_id(&a, REC_SHOW_COUNTERS, print_clock, &h);
		table_print(&h.table, stdout);
	}
	ask_close(&a);
	table_free(&h.table);
	return (status);
}

/* --- Confinement: a column a process */

enum property_kind {
	NUMBER32,
	NUMBER64,
	LIMIT,
	HEXADECIMAL,
	YES_NO,
	REFUSED,
	SECCOMP,
	LANDLOCK,
	WITNESS
};

#define AT(field) offsetof(struct confinement, field)

static const struct property {
	const char *name;
	enum property_kind kind;
	size_t offset;
	bool from_kernel; /* alone */
} properties[] = {
	{ "pid", NUMBER32, AT(pid), false },
	{ "uid", NUMBER32, AT(uid), false },
	{ "gid", NUMBER32, AT(gid), false },
	{ "capabilities", HEXADECIMAL, AT(capabilities), true },
	{ "chroot", YES_NO, AT(chrooted), false },
	{ "no-new-privs", YES_NO, AT(no_new_privs), false },
	{ "dumpable", YES_NO, AT(dumpable), false },
	{ "seccomp", SECCOMP, AT(seccomp), false },
	{ "seccomp filters", NUMBER32, AT(seccomp_filters), true },
	{ "landlock ABI", LANDLOCK, AT(landlock), false },
	{ "landlock tcp", YES_NO, AT(landlock_tcp), false },
	{ "landlock scope", YES_NO, AT(landlock_scope), false },
	{ "open /", REFUSED, AT(open_refused), false },
	{ "bind tcp", REFUSED, AT(bind_refused), false },
	{ "connect tcp", REFUSED, AT(connect_refused), false },
	{ "signal others", REFUSED, AT(signal_refused), false },
	{ "locked memory", NUMBER64, AT(locked), true },
	{ "limit memlock", LIMIT, AT(memlock), false },
	{ "limit nofile", LIMIT, AT(nofile), false },
	{ "limit nproc", LIMIT, AT(nproc), false },
	{ "limit core", LIMIT, AT(core), false },
	{ "limit fsize", LIMIT, AT(fsize), false },
	{ "limit data", LIMIT, AT(data), false },
	{ "told by", WITNESS, AT(kernel), false },
};

struct processes {
	bool known[ROLE_COUNT];
	struct confinement confinement[ROLE_COUNT];
};

static void
print_number(struct table *t, enum property_kind kind, const void *at)
{
	uint64_t n64;
	uint32_t n32;
	int32_t abi;

	if (kind == LANDLOCK) {
		memcpy(&abi, at, sizeof(abi));
		if (abi == 0)
			table_text(t, "none");
		else
			table_format(t, "%" PRId32, abi);
		return;
	}
	if (kind == NUMBER32) {
		memcpy(&n32, at, sizeof(n32));
		table_format(t, "%" PRIu32, n32);
		return;
	}
	memcpy(&n64, at, sizeof(n64));
	if ((kind == LIMIT && n64 == UINT64_MAX) ||
	    (kind == HEXADECIMAL && n64 == 0))
		table_text(t, "none");
	else if (kind == HEXADECIMAL)
		table_format(t, "%" PRIx64, n64);
	else
		table_format(t, "%" PRIu64, n64);
}

static void
print_property(
    struct table *t, const struct property *p, const struct confinement *c)
{
	static const char *const modes[] = { "off", "strict", "filter" };
	const void *at = (const char *)c + p->offset;
	uint8_t mode;
	bool yes;

	if (p->from_kernel && !c->kernel) {
		table_text(t, "unknown");
		return;
	}
	if (p->kind == SECCOMP) {
		memcpy(&mode, at, sizeof(mode));
		table_text(t, mode < 3 ? modes[mode] : "unknown");
		return;
	}
	if (p->kind < YES_NO || p->kind == LANDLOCK) {
		print_number(t, p->kind, at);
		return;
	}
	memcpy(&yes, at, sizeof(yes));
	if (p->kind == WITNESS)
		table_text(t, yes ? "kernel" : "itself");
	else if (p->kind == YES_NO)
		table_text(t, yes ? "yes" : "no");
	else
		table_text(t, yes ? "refused" : "allowed");
}

static void
keep_sandbox(void *ctx, const struct answer_row *row)
{
	struct processes *p = ctx;

	if (row->record != REC_ROW_SANDBOX)
		return;
	p->known[row->role] = true;
	p->confinement[row->role] = row->u.sandbox;
}

static void
print_sandbox(const struct processes *p)
{
	size_t columns = 1, i, role;
	struct table t;

	for (role = 0; role < ROLE_COUNT; role++)
		columns += p->known[role];
	table_init(&t, columns, 0);
	table_text(&t, "");
	for (role = 0; role < ROLE_COUNT; role++) {
		if (p->known[role])
			table_text(&t, role_names[role]);
	}
	for (i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		table_text(&t, properties[i].name);
		for (role = 0; role < ROLE_COUNT; role++) {
			if (p->known[role])
				print_property(
				    &t, &properties[i], &p->confinement[role]);
		}
	}
	table_print(&t, stdout);
	table_free(&t);
}

int
show_sandbox(struct kmsctl *k, int argc, char **argv)
{
	struct processes p;
	int status;

	(void)argv;
	memset(&p, 0, sizeof(p));
	status = ask_parent(k, argc, REC_SHOW_SANDBOX, keep_sandbox, NULL, &p);
	if (status == STATUS_OK)
		print_sandbox(&p);
	return (status);
}

/* --- Counters */

static const char *const listener_names[] = { "connections", "under way",
	"accepted", "frames", "requests", "replies", "pauses" };
_Static_assert(
    sizeof(listener_names) / sizeof(listener_names[0]) == COUNTER_EVENTS,
    "a name for each counter");

static const char *const activator_names[] = { "requests", "grants", "refusals",
	"status", "time-skew", "product-not-covered", "host-not-activated",
	"denied", "busy", "protocol", "seal-unknown", "batches", "entries",
	"signatures", "checkpoints", "seals", "log size", "from unlicensed",
	"from licensed", "from oob-grace", "from oot-grace",
	"from non-genuine-grace", "from notification", "clock in doubt" };
_Static_assert(
    sizeof(activator_names) / sizeof(activator_names[0]) == ACTIVATOR_COUNTERS,
    "a name for each counter");

static const char *const store_names[] = { "batches", "commits", "records",
	"grants", "refusals", "repeated refusals", "replays", "busy", "retries",
	"advances", "lost replies", "serials ahead", "new machines", "entries",
	"documents", "pages read", "wal checkpoints", "last batch", "log size",
	"database bytes", "wal frames", "memory bytes" };
_Static_assert(sizeof(store_names) / sizeof(store_names[0]) == STORE_COUNTERS,
    "a name for each counter");

static const char *const control_names[] = { "clients", "connections",
	"questions", "busy", "unanswered", "violations", "idle", "refused" };
_Static_assert(
    sizeof(control_names) / sizeof(control_names[0]) == CONTROL_COUNTERS,
    "a name for each counter");

static const struct {
	const char *const *name;
	size_t n;
} names[ROLE_COUNT] = {
	[ROLE_LISTENER] = { listener_names, COUNTER_EVENTS },
	[ROLE_ACTIVATOR] = { activator_names, ACTIVATOR_COUNTERS },
	[ROLE_STORE] = { store_names, STORE_COUNTERS },
	[ROLE_CONTROL] = { control_names, CONTROL_COUNTERS },
};

static void
counter_name(struct table *t, enum role role, size_t i)
{
	if (i < names[role].n)
		table_text(t, names[role].name[i]);
	else if (role == ROLE_LISTENER && i < LISTENER_COUNTERS)
		table_text(t, listener_event_names[i - COUNTER_EVENTS]);
	else
		table_format(t, "counter %zu", i);
}

static void
print_counters(void *ctx, const struct answer_row *row)
{
	const enum role role = (enum role)row->role;
	const struct child_counters *c = &row->u.counters;
	char when[KTIME_STRLEN];
	struct table *t = ctx;
	size_t i;

	if (row->record != REC_ROW_COUNTERS)
		return;
	for (i = 0; i < c->n && i < COUNTERS_MAX; i++) {
		table_text(t, role_names[role]);
		counter_name(t, role, i);
		if (role == ROLE_STORE && i == STORE_LAST_BATCH) {
			text_time((int64_t)c->value[i], when);
			table_text(t, when);
		} else
			table_format(t, "%" PRIu64, c->value[i]);
	}
}

int
show_counters(struct kmsctl *k, int argc, char **argv)
{
	struct table t;
	int status;

	(void)argv;
	table_init(&t, 3, 1U << 2);
	table_text(&t, "PROCESS");
	table_text(&t, "COUNTER");
	table_text(&t, "VALUE");
	status = ask_parent(k, argc, REC_SHOW_COUNTERS, print_counters, &t, &t);
	table_free(&t);
	return (status);
}

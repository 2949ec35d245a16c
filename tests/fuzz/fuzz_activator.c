/*
 * Packets of hostile siblings against all of the activator's tables, with a
 * real activator behind them.  The first byte says whether it starts on an
 * empty host (0), serves a product (1), starts where one was served (2), or
 * there with a log that went back (3).  Between the packets a machine may send a good
 * request, the store answer honestly, and a second pass.  A broken rule ends
 * the input.
 */
#include "config.h"

#include <sys/random.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "activator/dispatch.h"
#include "activator/process.h"
#include "common/log.h"
#include "tests/fuzz/packets.h"
#include "tests/unit/activator_fixture.h"

#define QUEUE_BYTES (4 * IPC_PACKET_MAX)
#define REQUESTS_MAX 8 /* of machines, in an input */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum who {
	LISTENER,
	STORE,
	CONTROL,
	PARENT,
	SIBLINGS,
	MACHINE = SIBLINGS, /* a good request */
	HONEST, /* the store answers what was asked */
	SECOND, /* passes */
	SENDERS
};

struct scene {
	struct process process;
	struct fixture *fixture;
	struct ipc_channel *near[SIBLINGS];
	int far[SIBLINGS];
	uint32_t requests;
	bool ended;
};

/* The same keys, numbers and so lengths in each run of an input. */
static uint64_t state;

static uint32_t
next_random(void)
{
	state = state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return ((uint32_t)(state >> 33));
}

static void
fill_random(void *to, size_t n)
{
	uint8_t *p = to;

	while (n-- > 0)
		*p++ = (uint8_t)next_random();
}

static const char *
name_random(void)
{
	return ("fuzz");
}

static struct randombytes_implementation repeatable = {
	.implementation_name = name_random,
	.random = next_random,
	.buf = fill_random,
};

/* Instead of libc's: for the uuids. */
ssize_t
getrandom(void *to, size_t n, unsigned int flags)
{
	(void)flags;
	fill_random(to, n);
	return ((ssize_t)n);
}

/* What main.c has of these, with the fixture's clock. */
void
process_time(struct process *p)
{
	const struct fixture *f = ((struct scene *)p)->fixture;

	activator_time(p->activator, f->now, f->boot_ms);
}

void
process_phase(struct process *p)
{
	const uint32_t phase = 1U << p->activator->catchup.phase;

	ipc_set_state(p->listener, phase);
	ipc_set_state(p->store, phase);
	ipc_set_state(p->control, phase);
}

void
process_turn(void *arg, struct ipc_channel *ch)
{
	struct scene *s = arg;
	char error[MESSAGE_ERROR_MAX];

	(void)ch;
	if (activator_turn(s->process.activator, error) == -1)
		s->ended = true;
}

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ch;
	(void)why;
	((struct scene *)ctx)->ended = true;
}

static void *
make_fixture(unsigned int how)
{
	void *fixture;
	struct fixture *f;

	(void)(how == 0 ? fixture_fresh(&fixture) : fixture_serving(&fixture));
	f = fixture;
	if (how >= 2)
		fixture_restart(f);
	if (how == 3)
		f->state.size--;
	return (fixture);
}

static void
begin(struct scene *s, unsigned int how)
{
	static const struct ipc_rule *const rules[SIBLINGS] = {
		[LISTENER] = activator_dispatch_listener,
		[STORE] = activator_dispatch_store,
		[CONTROL] = activator_dispatch_control,
		[PARENT] = activator_dispatch_parent,
	};
	static const char *const names[SIBLINGS] = { "listener", "store",
		"control", "kmsd" };
	int fd[2], i;

	state = 1;
	memset(s, 0, sizeof(*s));
	s->fixture = make_fixture(how);
	s->process.activator = s->fixture->a;
	for (i = 0; i < SIBLINGS; i++) {
		packet_pair(fd);
		s->far[i] = fd[1];
		s->near[i] =
		    ipc_new(fd[0], names[i], rules[i], QUEUE_BYTES, s, ended);
		if (s->near[i] == NULL)
			err(1, "channel");
		ipc_set_turn(s->near[i], process_turn);
	}
	s->process.listener = s->near[LISTENER];
	s->process.store = s->near[STORE];
	s->process.control = s->near[CONTROL];
	process_phase(&s->process);
}

static void
end(struct scene *s)
{
	void *fixture = s->fixture;
	int i;

	for (i = 0; i < SIBLINGS; i++) {
		ipc_free(s->near[i]);
		(void)close(s->far[i]);
	}
	(void)fixture_teardown(&fixture);
}

/* What the activator did not take ends the input like a broken rule. */
static void
request(struct scene *s)
{
	struct fixture *f = s->fixture;
	struct machine m;

	if (f->seal_len == 0 || s->requests == REQUESTS_MAX ||
	    f->a->catchup.phase != PHASE_SERVING)
		return;
	machine_make(&m);
	machine_fill(f, &m, VERB_ACTIVATE);
	if (machine_send(f, &m, s->requests++) == -1)
		s->ended = true;
	process_turn(s, NULL);
}

static int
answer_documents(struct fixture *f)
{
	size_t i;

	for (i = 0; i < f->ndocuments; i++)
		if (catchup_document(f->a, f->document[i], f->document_len[i],
			f->error) == -1)
			return (-1);
	return (catchup_documents_end(f->a, (uint32_t)f->ndocuments, f->error));
}

static int
answer_entries(struct fixture *f)
{
	uint64_t i;

	for (i = f->read_first; i < f->state.size; i++)
		if (catchup_entry(
			f->a, i, f->entry[i], f->entry_len[i], f->error) == -1)
			return (-1);
	return (catchup_entries_end(f->a, i, false, f->error));
}

/* What is asked in this phase; 0 where nothing is. */
static int
answer_phase(struct fixture *f)
{
	switch (f->a->catchup.phase) {
	case PHASE_STATE:
	case PHASE_CREATED:
		return (catchup_state(f->a, &f->state, f->error));
	case PHASE_DOCUMENTS:
		return (answer_documents(f));
	case PHASE_ENTRIES:
	case PHASE_FOUND:
		return (answer_entries(f));
	case PHASE_MANIFEST:
		return (
		    admin_manifest_saved(f->a, f->manifest_sequence, f->error));
	default:
		return (f->complete ? fixture_answer(f, LIE_NONE) : 0);
	}
}

static void
answer(struct scene *s)
{
	if (answer_phase(s->fixture) == -1)
		s->ended = true;
	else
		process_turn(s, NULL);
	process_phase(&s->process);
}

static void
pass(struct scene *s)
{
	struct fixture *f = s->fixture;

	fixture_pass(f, 1);
	if (activator_tick(f->a, f->error) == -1)
		s->ended = true;
	process_phase(&s->process);
}

static void
handle(struct scene *s, const struct packet *p)
{
	static void (*const steps[])(
	    struct scene *) = { request, answer, pass };

	if (p->who >= SIBLINGS) {
		steps[p->who - SIBLINGS](s);
		return;
	}
	packet_send(s->far[p->who], p);
	(void)ipc_wait(s->near[p->who], 0);
	if (s->fixture->ncaptured > FIXTURE_CAPTURED / 2)
		s->ended = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scene s;
	struct packet p;
	unsigned int how;

	if (size == 0)
		return (0);
	log_init("fuzz", LOG_TOOL, LOG_LEVEL_FATAL);
	(void)randombytes_set_implementation(&repeatable);
	how = *data++ % 4;
	size--;
	begin(&s, how);
	while (!s.ended && packet_take(&data, &size, SENDERS, &p))
		handle(&s, &p);
	end(&s);
	return (0);
}

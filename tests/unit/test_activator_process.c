/*
 * Activator and store as processes, started and confined as kmsd does it; the
 * test is parent, listener and control: from an empty host to a grant.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/codes.h"
#include "tests/unit/activator_fixture.h"

#define WAIT_MS 20000
#define QUEUE (8 * IPC_PACKET_MAX)
#define NOBODY 65534

struct world;

struct child {
	struct world *w;
	enum role role;
	pid_t pid;
	struct ipc_channel *channel;
	bool ready, stopped, ended;
	struct confinement confinement;
};

struct world {
	struct fixture *f;
	char directory[256];
	struct child activator, store;
	struct ipc_channel *listener, *control;
	bool serving;
	uint64_t anchors;
	bool offered;
	char failed[PARENT_TEXT_MAX + 1];
};

static int
on_build(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;
	char build[BUILD_ID_MAX + 1];

	(void)ch;
	ipc_get_string(r, build, sizeof(build));
	assert_string_equal(build, KMSD_BUILD_ID);
	assert_int_equal(ipc_get_u8(r), c->role);
	return (0);
}

static int
on_ready(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;

	(void)ch;
	parent_get_confinement(r, &c->confinement);
	c->ready = true;
	return (0);
}

static int
on_failed(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child *c = ctx;

	(void)ch;
	ipc_get_string(r, c->w->failed, sizeof(c->w->failed));
	return (0);
}

static int
on_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct child_counters counters;

	(void)ctx;
	(void)ch;
	parent_get_counters(r, &counters);
	return (0);
}

static int
on_stopped(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)ch;
	(void)r;
	((struct child *)ctx)->stopped = true;
	return (0);
}

static int
on_serving(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)ch;
	(void)r;
	((struct child *)ctx)->w->serving = true;
	return (0);
}

static int
on_anchor(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct world *w = ((struct child *)ctx)->w;
	const uint8_t *p;

	(void)ch;
	p = ipc_get_blob(r, ANCHOR_MAX, &w->f->anchor_len);
	memcpy(w->f->anchor, p, w->f->anchor_len);
	w->anchors++;
	return (0);
}

static int
on_manifest(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct fixture *f = ((struct child *)ctx)->w->f;
	uint32_t sequence = ipc_get_u32(r);
	const uint8_t *p;

	p = ipc_get_blob(r, MANIFEST_MAX, &f->manifest_len);
	memcpy(f->manifest, p, f->manifest_len);
	ipc_put_u32(ipc_begin(ch, REC_MANIFEST_SAVED, 4), sequence);
	assert_int_equal(ipc_end(ch), 0);
	ipc_flush(ch);
	return (0);
}

static int
on_certificate(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct fixture *f = ((struct world *)ctx)->f;
	struct la_certificate c;

	(void)ch;
	la_get_certificate(r, &c);
	memcpy(f->seal, c.seal, c.seal_len);
	f->seal_len = c.seal_len;
	return (0);
}

static int
on_skip(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)ctx;
	(void)ch;
	r->p = r->end;
	return (0);
}

static int
on_offer_end(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct world *w = ctx;

	(void)ch;
	w->f->any_certificate = ipc_get_bool(r);
	w->offered = true;
	return (0);
}

static int
on_reply(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct fixture *f = ((struct world *)ctx)->f;
	struct captured *c = &f->captured[f->ncaptured++];
	struct la_reply reply;

	(void)ch;
	la_get_reply(r, &reply);
	c->slot = reply.slot;
	memcpy(c->nonce, reply.reply.nonce, sizeof(c->nonce));
	memcpy(c->box, reply.reply.box, reply.reply.box_len);
	c->box_len = reply.reply.box_len;
	return (0);
}

static int
on_done(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)ch;
	admin_get_done(r, &((struct world *)ctx)->f->done);
	return (0);
}

#define RULE(type, max, handle)                                           \
	{                                                                 \
		type, #type, IPC_ANY_STATE, 0, IPC_PACKET_MAX, max, 0, 0, \
		    false, handle                                         \
	}

static const struct ipc_rule parent_rules[] = {
	RULE(REC_BUILD, 1, on_build),
	RULE(REC_READY, 1, on_ready),
	RULE(REC_FAILED, 1, on_failed),
	RULE(REC_COUNTERS, 1, on_counters),
	RULE(REC_STOPPED, 1, on_stopped),
	RULE(REC_SERVING, 1, on_serving),
	RULE(REC_ANCHOR, 1, on_anchor),
	RULE(REC_MANIFEST, 1, on_manifest),
	{ .type = 0 },
};

static const struct ipc_rule listener_rules[] = {
	RULE(REC_OFFER_BEGIN, 1, on_skip),
	RULE(REC_OFFER_CERTIFICATE, 9, on_certificate),
	RULE(REC_OFFER_PRODUCT, 1, on_skip),
	RULE(REC_OFFER_DOCUMENT, 1, on_skip),
	RULE(REC_OFFER_END, 1, on_offer_end),
	RULE(REC_REPLY, 99, on_reply),
	{ .type = 0 },
};

static const struct ipc_rule control_rules[] = {
	RULE(REC_TEXT, 1, on_skip),
	RULE(REC_DONE, 1, on_done),
	{ .type = 0 },
};

static void
child_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ch;
	if (why != NULL)
		print_message("# a channel ended: %s\n", why);
	((struct child *)ctx)->ended = true;
}

static void
peer_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	(void)ctx;
	if (why != NULL)
		print_message("# %s: %s\n", ipc_name(ch), why);
}

static void
pair(int fd[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
}

static void
spawn(struct child *c, const char *program)
{
	char *const argv[] = { (char *)(uintptr_t)program, NULL };
	char *const envp[] = { NULL };
	int fd[2], null;

	pair(fd);
	c->pid = fork();
	assert_int_not_equal(c->pid, -1);
	if (c->pid == 0) {
		null = open("/dev/null", O_RDWR);
		if (null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1 ||
		    dup2(fd[1], 3) == -1)
			_exit(126);
		(void)execve(program, argv, envp);
		_exit(127);
	}
	(void)close(fd[1]);
	c->channel = ipc_new(
	    fd[0], role_names[c->role], parent_rules, QUEUE, c, child_ended);
	assert_non_null(c->channel);
}

static void
give_channel(struct child *c, enum role peer, int fd)
{
	ipc_put_u8(ipc_begin(c->channel, REC_CHANNEL, 1), (uint8_t)peer);
	assert_int_equal(ipc_end_fd(c->channel, fd), 0);
	(void)close(fd);
}

static void
give_file(struct child *c, enum descriptor what, const char *text, size_t len)
{
	char name[] = "/tmp/kmsd-file-XXXXXX";
	struct ipc_writer *w;
	int fd;

	assert_int_not_equal(fd = mkstemp(name), -1);
	(void)unlink(name);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	w = ipc_begin(c->channel, REC_DESCRIPTOR, 3);
	ipc_put_u8(w, (uint8_t)what);
	ipc_put_u16(w, 0);
	assert_int_equal(ipc_end_fd(c->channel, fd), 0);
	(void)close(fd);
}

static void
set_up(struct child *c, const char *directory)
{
	struct limits limits = {
		.skew = 14400, .decisions_per_day = 200, .new_machines = 1000
	};
	struct setup setup = { .generation = 1, .level = LOG_LEVEL_INFO };
	struct ipc_writer *w;

	setup.files_optional = true;
	setup.syscalls_optional = true;
	setup.as_root = geteuid() == 0;
	setup.uid = setup.gid = NOBODY;
	(void)strlcpy(setup.root, directory, sizeof(setup.root));
	(void)strlcpy(setup.directory, directory, sizeof(setup.directory));
	w = ipc_begin(c->channel, REC_BUILD, BUILD_ID_MAX + 3);
	ipc_put_string(w, KMSD_BUILD_ID);
	ipc_put_u8(w, (uint8_t)c->role);
	assert_int_equal(ipc_end(c->channel), 0);
	parent_put_setup(ipc_begin(c->channel, REC_SETUP, 1024), &setup);
	assert_int_equal(ipc_end(c->channel), 0);
	parent_put_limits(ipc_begin(c->channel, REC_LIMITS, 36), &limits);
	assert_int_equal(ipc_end(c->channel), 0);
}

static void
give_state(struct child *c, struct fixture *f)
{
	char text[512];
	int len;

	len = signify_print_seckey(&f->host_key, "host", text, sizeof(text));
	assert_true(len > 0);
	give_file(c, DESC_HOST_KEY, text, (size_t)len);
	len = signify_print_pubkey(&f->publisher, "p", text, sizeof(text));
	assert_true(len > 0);
	give_file(c, DESC_PUBLISHER, text, (size_t)len);
	ipc_put_blob(ipc_begin(c->channel, REC_ANCHOR_FILE, 2 + ANCHOR_MAX),
	    f->anchor, f->anchor_len);
	assert_int_equal(ipc_end(c->channel), 0);
	ipc_put_blob(ipc_begin(c->channel, REC_MANIFEST_FILE, 2 + MANIFEST_MAX),
	    f->manifest, f->manifest_len);
	assert_int_equal(ipc_end(c->channel), 0);
}

static void
confine(struct child *c)
{
	assert_non_null(ipc_begin(c->channel, REC_CONFINE, 0));
	assert_int_equal(ipc_end(c->channel), 0);
	assert_int_equal(ipc_drain(c->channel, WAIT_MS), 0);
	while (!c->ready && !c->ended)
		(void)ipc_wait(c->channel, WAIT_MS);
	if (!c->ready)
		fail_msg("the %s: %s", role_names[c->role], c->w->failed);
}

/* Waits on the parent's channel of the activator. */
#define UNTIL(w, condition, channel)                                    \
	while (!(condition)) {                                          \
		if (ipc_wait(channel, WAIT_MS) != 1)                    \
			fail_msg("no more than this: %s", (w)->failed); \
	}

static void
start_generation(struct world *w)
{
	int to_store[2], to_control[2], to_listener[2], reads[2];

	w->activator = (struct child){ .w = w, .role = ROLE_ACTIVATOR };
	w->store = (struct child){ .w = w, .role = ROLE_STORE };
	w->serving = w->offered = false;
	pair(to_store);
	pair(to_control);
	pair(to_listener);
	pair(reads);
	spawn(&w->store, KMSD_STORE_PROGRAM);
	spawn(&w->activator, KMSD_ACTIVATOR_PROGRAM);
	set_up(&w->store, w->directory);
	give_channel(&w->store, ROLE_ACTIVATOR, to_store[0]);
	give_channel(&w->store, ROLE_CONTROL, reads[0]);
	set_up(&w->activator, w->directory);
	give_channel(&w->activator, ROLE_STORE, to_store[1]);
	give_channel(&w->activator, ROLE_CONTROL, to_control[0]);
	give_channel(&w->activator, ROLE_LISTENER, to_listener[0]);
	give_state(&w->activator, w->f);
	w->control = ipc_new(
	    to_control[1], "activator", control_rules, QUEUE, w, peer_ended);
	w->listener = ipc_new(
	    to_listener[1], "activator", listener_rules, QUEUE, w, peer_ended);
	confine(&w->store);
	confine(&w->activator);
	UNTIL(w, w->serving, w->activator.channel);
	UNTIL(w, w->offered, w->listener);
	(void)close(reads[1]);
}

static void
stop_one(struct child *c)
{
	int status;

	assert_non_null(ipc_begin(c->channel, REC_STOP, 0));
	assert_int_equal(ipc_end(c->channel), 0);
	assert_int_equal(ipc_drain(c->channel, WAIT_MS), 0);
	while (!c->stopped && !c->ended)
		(void)ipc_wait(c->channel, WAIT_MS);
	assert_true(c->stopped);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	while (!c->ended)
		(void)ipc_wait(c->channel, WAIT_MS);
	ipc_free(c->channel);
}

static void
stop_generation(struct world *w)
{
	stop_one(&w->activator);
	stop_one(&w->store);
	ipc_free(w->control);
	ipc_free(w->listener);
}

static void
install(struct world *w, const char *text, size_t len)
{
	struct admin_install r = { 1, 0, text, len };

	w->f->done.code = UINT32_MAX;
	admin_put_install(
	    ipc_begin(w->control, REC_INSTALL, ADMIN_INSTALL_MAX), &r);
	assert_int_equal(ipc_end(w->control), 0);
	assert_int_equal(ipc_drain(w->control, WAIT_MS), 0);
	while (w->f->done.code == UINT32_MAX) {
		(void)ipc_wait(w->activator.channel, 20);
		(void)ipc_wait(w->control, 20);
		assert_false(w->activator.ended);
	}
	if (w->f->done.code != CODE_OK)
		fail_msg("%s", w->f->done.text);
}

static void
ask(struct world *w, int result)
{
	uint8_t box[MACHINE_BOX_MAX];
	char text[WIRE_BOX_MAX];
	struct doc_reply reply;
	struct la_request r;
	struct machine m;

	w->f->ncaptured = 0;
	w->f->now = ktime_now();
	machine_make(&m);
	machine_fill(w->f, &m, VERB_ACTIVATE);
	machine_seal(w->f, &m, 77, &r, box);
	la_put_request(ipc_begin(w->listener, REC_REQUEST, LA_REQUEST_MAX), &r);
	assert_int_equal(ipc_end(w->listener), 0);
	assert_int_equal(ipc_drain(w->listener, WAIT_MS), 0);
	UNTIL(w, w->f->ncaptured == 1, w->listener);
	assert_int_equal(w->f->captured[0].slot, 77);
	assert_true(machine_open(&m, &w->f->captured[0], text, &reply) > 0);
	assert_int_equal(reply.result, result);
	assert_int_equal(strstr(text, "\n\nkms-grant 1\n") != NULL,
	    result == RESULT_GRANTED);
}

static void
test_to_a_grant(void **state)
{
	struct world *w = *state;
	char text[SIGNED_MAX];

	start_generation(w);
	assert_true(w->activator.confinement.no_new_privs);
	assert_false(w->activator.confinement.dumpable);
	assert_false(w->f->any_certificate);
	install(w, text,
	    fixture_sign_product(
		w->f, &w->f->product, &w->f->publisher_key, text));
	w->offered = w->f->any_certificate = false;
	install(w, text,
	    fixture_sign_host(w->f, &w->f->host, &w->f->issuer_key, text));
	UNTIL(w, w->f->any_certificate, w->listener);
	ask(w, RESULT_REFUSED);
	ask(w, RESULT_GRANTED);
	/* The anchor left before the reply. */
	while (ipc_wait(w->activator.channel, 0) == 1)
		continue;
	assert_true(w->anchors >= 5);
	stop_generation(w);

	start_generation(w);
	assert_true(w->f->any_certificate);
	ask(w, RESULT_GRANTED);
	stop_generation(w);
}

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct world *w = calloc(1, sizeof(*w));
	void *f;

	assert_non_null(w);
	assert_int_equal(fixture_fresh(&f), 0);
	w->f = f;
	w->f->product.threshold = 2;
	w->f->now = ktime_now();
	w->f->product.not_before.sec = w->f->host.not_before.sec =
	    w->f->now.sec - 86400;
	w->f->product.not_after.sec = w->f->host.not_after.sec =
	    w->f->now.sec + 300 * KTIME_DAY;
	(void)snprintf(w->directory, sizeof(w->directory),
	    "%s/kmsd-process-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(w->directory));
	if (geteuid() == 0)
		assert_int_equal(chown(w->directory, NOBODY, NOBODY), 0);
	*state = w;
	return (0);
}

static int
teardown(void **state)
{
	struct world *w = *state;
	char path[600];
	struct dirent *e;
	void *f = w->f;
	DIR *d;

	if ((d = opendir(w->directory)) != NULL) {
		while ((e = readdir(d)) != NULL) {
			(void)snprintf(path, sizeof(path), "%s/%s",
			    w->directory, e->d_name);
			if (e->d_name[0] != '.')
				(void)unlink(path);
		}
		(void)closedir(d);
	}
	(void)rmdir(w->directory);
	(void)fixture_teardown(&f);
	free(w);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_to_a_grant, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

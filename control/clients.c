/*
 * The administrators' connections: accepted from two sockets, each with the
 * rules of its socket, closed when idle.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/codes.h"
#include "common/ktime.h"
#include "common/log.h"
#include "control/control.h"
#include "control/dispatch.h"

#define SAID_A_SECOND 10 /* lines on broken rules; the parent takes 100 */
#define SAID_FULL_MS 60000 /* between two lines on a door that is full */
#define CLIENT_QUEUE IPC_PACKET_MAX /* a page and its end */

static struct door *
door_of(struct client *c)
{
	return (&c->control->door[c->full ? DOOR_CONTROL : DOOR_STATUS]);
}

static unsigned int
clients_open(const struct control *k)
{
	return (k->door[DOOR_CONTROL].open + k->door[DOOR_STATUS].open);
}

/* Who does not fit waits in the backlog. */
static void
open_doors(struct control *k)
{
	struct door *d;
	size_t i;

	for (i = 0; i < DOORS; i++) {
		d = &k->door[i];
		if (d->event == NULL)
			continue;
		if (d->open < d->most && clients_open(k) < CLIENTS_MAX)
			(void)event_add(d->event, NULL);
		else
			(void)event_del(d->event);
	}
	k->counters.value[CONTROL_OPEN] = clients_open(k);
}

static void
client_close(struct client *c)
{
	question_forget(&c->control->questions, c);
	ipc_free(c->channel);
	door_of(c)->open--;
	c->channel = NULL;
	c->question = NULL;
	open_doors(c->control);
}

/* The log has room for so many lines: those of others are among them. */
static void
say_broken(const struct client *c, const char *why)
{
	struct control *k = c->control;
	const int64_t second = ktime_boot_ms() / 1000;

	if (second != k->said_second) {
		if (k->unsaid > 0)
			log_warnx("%u more broken rules of clients were not "
				  "said",
			    k->unsaid);
		k->said_second = second;
		k->said = k->unsaid = 0;
	}
	if (k->said == SAID_A_SECOND) {
		k->unsaid++;
		return;
	}
	k->said++;
	log_warnx("%s: uid %u broke a rule: %s",
	    c->full ? "control.sock" : "status.sock", c->uid, why);
}

static void
client_ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct client *c = ctx;

	(void)ch;
	if (why != NULL) {
		say_broken(c, why);
		c->control->counters.value[CONTROL_VIOLATIONS]++;
	}
	client_close(c);
}

/* The connections that this user has through the door. */
static unsigned int
clients_of(const struct door *d, uint32_t uid)
{
	const struct client *c = d->control->client;
	unsigned int i, n = 0;

	for (i = 0; i < CLIENTS_MAX; i++)
		n += c[i].channel != NULL && c[i].full == d->full &&
		     c[i].uid == uid;
	return (n);
}

/* The user with the most connections through it. */
static uint32_t
greediest(const struct door *d)
{
	const struct client *c = d->control->client;
	unsigned int i, n, most = 0;
	uint32_t uid = 0;

	for (i = 0; i < CLIENTS_MAX; i++) {
		if (c[i].channel == NULL || c[i].full != d->full ||
		    (n = clients_of(d, c[i].uid)) <= most)
			continue;
		most = n;
		uid = c[i].uid;
	}
	return (uid);
}

/* Whoever is kept out finds the reason in the log. */
static void
say_full(struct door *d, int64_t *said, uint32_t uid, const char *what)
{
	const int64_t now = ktime_boot_ms();

	if (*said != 0 && now - *said < SAID_FULL_MS)
		return;
	*said = now;
	log_warnx("%s: uid %u has %u of %u connections: %s",
	    d->full ? "control.sock" : "status.sock", uid, clients_of(d, uid),
	    d->open, what);
}

/* One user alone cannot take status.sock from the others. */
static bool
has_enough(const struct door *d, uint32_t uid)
{
	return (!d->full && uid != 0 && clients_of(d, uid) >= CLIENTS_USER_MAX);
}

/* Answers whatever will be asked.  Takes the descriptor, but where it fails. */
static int
turn_away(struct door *d, int fd, uint32_t uid)
{
	struct admin_done done = { .id = ADMIN_ID_NONE, .code = CODE_BUSY };
	struct ipc_channel *ch;
	struct ipc_writer *w;

	d->control->counters.value[CONTROL_REFUSED]++;
	say_full(d, &d->said_refused, uid, "it gets no more");
	if ((ch = ipc_new(fd, "client", control_dispatch_status, CLIENT_QUEUE,
		 NULL, NULL)) == NULL)
		return (-1);
	(void)snprintf(done.text, sizeof(done.text),
	    "uid %u has %d connections to status.sock, and may have no more: "
	    "end some of them",
	    uid, CLIENTS_USER_MAX);
	if ((w = ipc_begin(ch, REC_DONE, ADMIN_DONE_MAX)) != NULL) {
		admin_put_done(w, &done);
		if (ipc_end(ch) == 0)
			ipc_flush(ch);
	}
	ipc_free(ch);
	return (0);
}

static int
client_new(struct door *d, int fd)
{
	struct control *k = d->control;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct client *c;
	size_t i;

	for (i = 0; k->client[i].channel != NULL; i++)
		;
	c = &k->client[i];
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return (-1);
	if (has_enough(d, cred.uid))
		return (turn_away(d, fd, cred.uid));
	if ((c->channel = ipc_new(fd, "client",
		 d->full ? control_dispatch_client : control_dispatch_status,
		 CLIENT_QUEUE, c, client_ended)) == NULL)
		return (-1);
	c->control = k;
	c->full = d->full;
	c->uid = cred.uid;
	c->question = NULL;
	c->active = ktime_boot_ms();
	d->open++;
	k->counters.value[CONTROL_CLIENTS]++;
	if (ipc_start(c->channel, k->base) == -1)
		client_close(c);
	return (0);
}

static void
door_accept(int listening, short what, void *arg)
{
	struct door *d = arg;
	int fd;

	(void)what;
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1) {
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		/* For want of descriptors: the next tick opens the door. */
		log_warn("accept waits");
		(void)event_del(d->event);
		return;
	}
	if (client_new(d, fd) == -1) {
		log_warn("a client");
		(void)close(fd);
	}
	if (d->open == d->most || clients_open(d->control) == CLIENTS_MAX)
		say_full(d, &d->said_full, greediest(d),
		    "there is no room, others wait");
	open_doors(d->control);
}

static void
on_second(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_tick(arg, ktime_boot_ms());
}

int
control_init(
    struct control *k, struct event_base *base, int control, int status)
{
	const struct timeval second = { 1, 0 };
	const int fd[DOORS] = { control, status };
	struct door *d;
	size_t i;

	memset(k, 0, sizeof(*k));
	k->base = base;
	k->counters.n = CONTROL_COUNTERS;
	for (i = 0; i < DOORS; i++) {
		d = &k->door[i];
		d->control = k;
		d->fd = fd[i];
		d->full = i == DOOR_CONTROL;
		d->most = d->full ? CLIENTS_MAX : CLIENTS_STATUS_MAX;
		d->event = event_new(
		    base, d->fd, EV_READ | EV_PERSIST, door_accept, d);
		if (d->event == NULL)
			return (-1);
	}
	k->second = event_new(base, -1, EV_PERSIST, on_second, k);
	if (k->second == NULL || event_add(k->second, &second) == -1)
		return (-1);
	open_doors(k);
	return (0);
}

void
control_stop(struct control *k)
{
	size_t i;

	for (i = 0; i < DOORS; i++) {
		if (k->door[i].event != NULL)
			event_free(k->door[i].event);
		k->door[i].event = NULL;
	}
	if (k->second != NULL)
		event_free(k->second);
	k->second = NULL;
	for (i = 0; i < CLIENTS_MAX; i++) {
		if (k->client[i].channel == NULL)
			continue;
		if (k->client[i].question != NULL)
			client_done(k, k->client[i].question, CODE_BUSY,
			    "the host is stopping");
		ipc_flush(k->client[i].channel);
		client_close(&k->client[i]);
	}
}

struct ipc_writer *
client_begin(struct question *q, uint16_t record, size_t max)
{
	struct client *c = q->client;
	struct ipc_writer *w;

	if (c == NULL)
		return (NULL);
	if ((w = ipc_begin(c->channel, record, max)) == NULL) {
		(void)ipc_violation(c->channel, "it does not read");
		q->client = NULL;
		c->question = NULL;
	}
	return (w);
}

void
client_end(struct question *q)
{
	struct client *c = q->client;

	if (ipc_end(c->channel) == -1)
		(void)ipc_violation(c->channel, "an answer that does not fit");
	ipc_flush(c->channel);
}

/* Tells the client; the slot may stay taken. */
static void
tell(struct question *q, uint32_t code, const char *text)
{
	struct client *c = q->client;
	struct admin_done d;
	struct ipc_writer *w;

	memset(&d, 0, sizeof(d));
	d.id = q->id;
	d.code = code;
	(void)strlcpy(d.text, text, sizeof(d.text));
	if ((w = client_begin(q, REC_DONE, ADMIN_DONE_MAX)) != NULL) {
		admin_put_done(w, &d);
		client_end(q);
		c->question = NULL;
		c->active = ktime_boot_ms();
	}
	q->client = NULL;
}

void
client_done(
    struct control *k, struct question *q, uint32_t code, const char *text)
{
	tell(q, code, text);
	question_release(&k->questions, q);
}

void
control_tick(struct control *k, int64_t now)
{
	struct question *q;
	struct client *c;
	size_t i;

	for (i = 0; i < QUESTIONS_MAX; i++) {
		q = &k->questions.slot[i];
		if (q->kind == NULL || q->client == NULL ||
		    now - q->asked < CLIENT_ANSWER_MS)
			continue;
		k->counters.value[CONTROL_UNANSWERED]++;
		log_warnx("no answer from the %s in %d s",
		    role_names[q->kind->route], CLIENT_ANSWER_MS / 1000);
		/* Its slot stays taken: the answer may still come. */
		tell(q, CODE_BUSY,
		    "the process that should answer does not; "
		    "see kmsctl show host and the log");
	}
	for (i = 0; i < CLIENTS_MAX; i++) {
		c = &k->client[i];
		if (c->channel == NULL || c->question != NULL ||
		    now - c->active < CLIENT_IDLE_MS)
			continue;
		k->counters.value[CONTROL_IDLE]++;
		client_close(c);
	}
	open_doors(k);
}

/*
 * The child's side of handshake and set-up: one table says what may come, and
 * each record opens the way to the next.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/start_setup.h"

#define QUEUE_BYTES (4 * IPC_PACKET_MAX)

/* States: what comes next. */
#define AT_BUILD 1U
#define AT_SETUP 2U
#define AT_LIMITS 4U
#define AT_CHANNELS 8U
#define AT_DESCRIPTORS 16U
#define AT_MANIFEST 32U
#define AT_CONFINE 64U /* the activator's: nothing else may come */
#define AT_END 128U

struct handshake {
	struct start *start;
	const struct start_options *options;
	bool done;
};

static int
on_build(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;
	char build[BUILD_ID_MAX + 1];

	ipc_get_string(r, build, sizeof(build));
	/* The parent has our build id and says what follows. */
	if (!r->bad && strcmp(build, KMSD_BUILD_ID) != 0)
		_exit(START_EXIT_BUILD);
	if (ipc_get_u8(r) != h->options->role && !r->bad)
		return (ipc_violation(ch, "build: the role of another child"));
	ipc_set_state(ch, AT_SETUP);
	return (0);
}

static int
on_setup(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;

	parent_get_setup(r, &h->start->setup);
	if (!r->bad)
		log_set_level((enum log_level)h->start->setup.level);
	ipc_set_state(ch, AT_LIMITS);
	return (0);
}

static int
on_limits(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;

	parent_get_limits(r, &h->start->limits);
	ipc_set_state(ch, AT_CHANNELS);
	return (0);
}

static int
on_channel(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;
	unsigned int peer = ipc_get_u8(r);

	if (peer >= ROLE_COUNT || (h->options->peers & 1U << peer) == 0)
		return (ipc_violation(ch, "channel: to role %u", peer));
	if (h->start->channel[peer] != -1)
		return (ipc_violation(
		    ch, "channel: twice to %s", role_names[peer]));
	h->start->channel[peer] = ipc_take_fd(ch);
	return (0);
}

static int *
next_of(int *list, size_t *n, size_t max, size_t index)
{
	if (index != *n || *n == max)
		return (NULL);
	return (&list[(*n)++]);
}

/* Where this descriptor belongs; NULL if it may not come, or not now. */
static int *
place_of(struct start *s, unsigned int what, size_t index)
{
	switch (what) {
	case DESC_LISTEN:
		return (
		    next_of(s->listen, &s->nlisten, START_LISTEN_MAX, index));
	case DESC_PUBLISHER:
		return (next_of(s->publisher, &s->npublishers,
		    START_PUBLISHERS_MAX, index));
	case DESC_HOST_KEY:
		return (s->host_key == -1 && index == 0 ? &s->host_key : NULL);
	case DESC_CONTROL:
		return (s->control == -1 && index == 0 ? &s->control : NULL);
	case DESC_STATUS:
		return (s->status == -1 && index == 0 ? &s->status : NULL);
	default:
		return (NULL);
	}
}

static int
on_descriptor(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;
	unsigned int what = ipc_get_u8(r), index = ipc_get_u16(r);
	int *place;

	if (what > DESC_STATUS || (h->options->descriptors & 1U << what) == 0 ||
	    (place = place_of(h->start, what, index)) == NULL)
		return (ipc_violation(
		    ch, "descriptor: kind %u, index %u", what, index));
	*place = ipc_take_fd(ch);
	ipc_set_state(ch, AT_DESCRIPTORS);
	return (0);
}

/* Keeps a copy of the record's blob, with a NUL behind it. */
static int
keep_file(struct handshake *h, struct ipc_channel *ch, struct ipc_reader *r,
    char **file, size_t *len)
{
	const uint8_t *p;

	if (h->options->role != ROLE_ACTIVATOR)
		return (ipc_violation(ch, "a file of the activator's"));
	if ((p = ipc_get_blob(r, UINT16_MAX, len)) == NULL)
		return (0);
	if ((*file = calloc(1, *len + 1)) == NULL)
		fatal("setting up");
	memcpy(*file, p, *len);
	return (0);
}

static int
on_anchor(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;

	ipc_set_state(ch, AT_MANIFEST);
	return (keep_file(h, ch, r, &h->start->anchor, &h->start->anchor_len));
}

static int
on_manifest(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;

	ipc_set_state(ch, AT_CONFINE);
	return (
	    keep_file(h, ch, r, &h->start->manifest, &h->start->manifest_len));
}

static int
on_confine(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct handshake *h = arg;
	unsigned int role;

	(void)r;
	if (h->options->role == ROLE_ACTIVATOR && h->start->manifest == NULL)
		return (ipc_violation(ch, "confine: before the manifest"));
	for (role = 0; role < ROLE_COUNT; role++)
		if ((h->options->peers & 1U << role) != 0 &&
		    h->start->channel[role] == -1)
			return (ipc_violation(
			    ch, "confine: no channel to %s", role_names[role]));
	h->done = true;
	ipc_set_state(ch, AT_END);
	return (0);
}

/* There is nothing to drain yet. */
static int
on_stop(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	(void)arg;
	(void)ch;
	(void)r;
	_exit(0);
}

#define LAST (AT_CHANNELS | AT_DESCRIPTORS)
#define CHANNELS_MAX (ROLE_COUNT - 1)
#define DESCRIPTORS_MAX (START_LISTEN_MAX + START_PUBLISHERS_MAX + 3)

const struct ipc_rule start_setup_rules[] = {
	{ REC_BUILD, "build", AT_BUILD, 3, BUILD_ID_MAX + 3, 1, 0, 1, false,
	    on_build },
	{ REC_SETUP, "setup", AT_SETUP, PARENT_SETUP_MIN, PARENT_SETUP_MAX, 1,
	    0, 1, false, on_setup },
	{ REC_LIMITS, "limits", AT_LIMITS, PARENT_LIMITS_BYTES,
	    PARENT_LIMITS_BYTES, 1, 0, 1, false, on_limits },
	{ REC_CHANNEL, "channel", AT_CHANNELS, 1, 1, 1, 1, CHANNELS_MAX, false,
	    on_channel },
	{ REC_DESCRIPTOR, "descriptor", LAST, 3, 3, 1, 1, DESCRIPTORS_MAX,
	    false, on_descriptor },
	{ REC_ANCHOR_FILE, "anchor", LAST, 2, ANCHOR_MAX + 2, 1, 0, 1, false,
	    on_anchor },
	{ REC_MANIFEST_FILE, "manifest", AT_MANIFEST, 2, MANIFEST_MAX + 2, 1, 0,
	    1, false, on_manifest },
	{ REC_CONFINE, "confine", LAST | AT_CONFINE, 0, 0, 1, 0, 1, false,
	    on_confine },
	{ REC_STOP, "stop", IPC_ANY_STATE, 0, 0, 1, 0, 1, false, on_stop },
	{ .type = 0 },
};

static void
parent_ended(void *arg, struct ipc_channel *ch, const char *why)
{
	(void)arg;
	(void)ch;
	if (why == NULL)
		_exit(0);
	fatalx("the parent broke a rule: %s", why);
}

static void
say_build(struct start *s)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(s->parent, REC_BUILD, BUILD_ID_MAX + 3)) == NULL)
		fatalx("setting up: no room for the build id");
	ipc_put_string(w, KMSD_BUILD_ID);
	ipc_put_u8(w, (uint8_t)s->role);
	if (ipc_end(s->parent) == -1)
		fatalx("setting up: the build id is too long");
}

/* The context outlives this call only in that nothing is read after it. */
void
start_setup(struct start *s, const struct start_options *o)
{
	struct handshake h = { .start = s, .options = o, .done = false };

	s->parent = ipc_new(START_FD_PARENT, role_names[ROLE_PARENT],
	    start_setup_rules, QUEUE_BYTES, &h, parent_ended);
	if (s->parent == NULL)
		fatal("setting up the channel to the parent");
	say_build(s);
	while (!h.done)
		(void)ipc_wait(s->parent, -1);
}

static void
move(int *fd, int to)
{
	if (*fd == -1)
		return;
	if (*fd >= START_FD_CHANNEL || dup3(*fd, to, O_CLOEXEC) == -1)
		fatal("moving descriptor %d to %d", *fd, to);
	(void)close(*fd);
	*fd = to;
}

/* The numbers in between, and all above, are closed. */
static void
close_unnamed(const bool *used)
{
	int fd;

	for (fd = START_FD_CHANNEL; fd < START_FD_END; fd++)
		if (!used[fd])
			(void)close(fd);
	closefrom(START_FD_END);
}

void
start_place(struct start *s)
{
	bool used[START_FD_END] = { false };
	int i;

	for (i = 0; i < ROLE_COUNT; i++) {
		move(&s->channel[i], START_FD_CHANNEL + i);
		used[START_FD_CHANNEL + i] = s->channel[i] != -1;
	}
	for (i = 0; i < (int)s->nlisten; i++) {
		move(&s->listen[i], START_FD_LISTEN + i);
		used[START_FD_LISTEN + i] = true;
	}
	for (i = 0; i < (int)s->npublishers; i++) {
		move(&s->publisher[i], START_FD_PUBLISHER + i);
		used[START_FD_PUBLISHER + i] = true;
	}
	move(&s->host_key, START_FD_HOST_KEY);
	used[START_FD_HOST_KEY] = s->host_key != -1;
	move(&s->control, START_FD_CONTROL);
	used[START_FD_CONTROL] = s->control != -1;
	move(&s->status, START_FD_STATUS);
	used[START_FD_STATUS] = s->status != -1;
	close_unnamed(used);
}

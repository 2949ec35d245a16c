/*
 * The evil listener: passes some requests on as it should, keeps them, and
 * sends them again later, in other places and in pieces.
 */
#include "config.h"

#include <string.h>

#include "common/ipc_listener_activator.h"
#include "tests/hostile/evil.h"

#define RECORDS_MAX 24 /* in a packet */
#define REQUESTS_MAX 3 /* passed on before it turns */

static unsigned int passed;

/* Replaces a part by that of another request that was kept. */
static void
swap_part(struct la_request *r)
{
	static uint8_t frame[FRAME_MAX];
	struct ipc_reader p = { .p = frame };
	struct la_request other;

	p.end = frame + journal_frame(frame);
	la_get_request(&p, &other);
	if (p.bad)
		return;
	switch (evil_below(5)) {
	case 0:
		memcpy(r->challenge, other.challenge, sizeof(r->challenge));
		break;
	case 1:
		memcpy(
		    r->sealed.seal, other.sealed.seal, sizeof(r->sealed.seal));
		break;
	case 2:
		memcpy(r->sealed.machine, other.sealed.machine,
		    sizeof(r->sealed.machine));
		break;
	case 3:
		memcpy(
		    r->sealed.half, other.sealed.half, sizeof(r->sealed.half));
		break;
	default:
		r->sealed.box = other.sealed.box;
		r->sealed.box_len = other.sealed.box_len;
		break;
	}
}

/* A part of chance, or with one bit changed. */
static void
spoil_part(struct la_request *r)
{
	static uint8_t box[WIRE_CLIENT_MAX];
	static const size_t lens[] = { 0, 1, 15, 16, 17, 527, 528, 592,
		WIRE_CLIENT_MAX };
	uint8_t *const parts[] = { r->source, r->challenge, r->sealed.seal,
		r->sealed.machine, r->sealed.half };
	static const size_t sizes[] = { SOURCE_LEN, CHALLENGE_LEN, SEAL_ID_LEN,
		MACHINE_KEY_LEN, 12 };
	const uint32_t which = evil_below(7);

	if (which < 5 && evil_one_in(2))
		parts[which][evil_below((uint32_t)sizes[which])] ^=
		    (uint8_t)(1U << evil_below(8));
	else if (which < 5)
		memset(parts[which], evil_one_in(2) ? 0 : 0xff, sizes[which]);
	else if (which == 5 && r->sealed.box_len > 0) {
		memcpy(box, r->sealed.box, r->sealed.box_len);
		box[evil_below((uint32_t)r->sealed.box_len)] ^=
		    (uint8_t)(1U << evil_below(8));
		r->sealed.box = box;
	} else {
		evil_bytes(box, sizeof(box));
		r->sealed.box = box;
		r->sealed.box_len = lens[evil_below(9)];
	}
}

/* A request of a client, again; or one of chance, as long as there is none. */
static void
put_again(struct ipc_writer *w)
{
	static uint8_t frame[FRAME_MAX];
	struct ipc_reader p = { .p = frame };
	struct la_request r;

	p.end = frame + journal_frame(frame);
	la_get_request(&p, &r);
	if (p.bad) {
		evil_bytes(&r, sizeof(r));
		r.sealed.box = frame;
		r.sealed.box_len = evil_below(WIRE_CLIENT_MAX);
	}
	r.slot = evil_one_in(2) ? evil_random() : evil_below(1100);
	if (evil_one_in(2))
		swap_part(&r);
	else if (evil_one_in(2))
		spoil_part(&r);
	la_put_request(w, &r);
}

static void
put_events(struct shot *s)
{
	struct la_events e;
	size_t i;

	for (i = 0; i < LISTENER_EVENTS; i++)
		e.count[i] = evil_one_in(2) ? evil_below(10) : evil_random();
	shot_begin(s, "events", REC_LISTENER_EVENTS);
	la_put_events(shot_writer(s), &e);
	shot_end(s, 1);
}

static bool
useless(enum role peer, struct shot *s)
{
	uint16_t i, n = 1;

	if (peer == ROLE_PARENT) {
		shot_counters(s);
		return (true);
	}
	if (evil_one_in(16)) {
		put_events(s);
		return (true);
	}
	if (evil_one_in(3))
		n = (uint16_t)(1 + evil_below(RECORDS_MAX - 1));
	shot_begin(s, "replay", REC_REQUEST);
	for (i = 0;
	     i < n && (size_t)(s->writer.end - s->writer.p) >= LA_REQUEST_MAX;
	     i++)
		put_again(shot_writer(s));
	shot_end(s, i);
	return (true);
}

/* Under a seal that nobody has: refused at once, by this slot's number. */
static bool
ping(enum role peer, struct shot *s, uint32_t id)
{
	struct la_request r;

	if (peer != ROLE_ACTIVATOR)
		return (false);
	memset(&r, 0, sizeof(r));
	r.slot = id;
	r.sealed.box = (const uint8_t *)"";
	shot_begin(s, "ping", REC_REQUEST);
	la_put_request(shot_writer(s), &r);
	shot_end(s, 1);
	return (true);
}

static bool
pong(enum role peer, const uint8_t *data, size_t len, uint32_t id)
{
	struct ipc_reader p = { .p = data, .end = data + len };
	struct la_error e;
	uint16_t n;

	if (peer != ROLE_ACTIVATOR || ipc_get_u16(&p) != REC_REPLY_ERROR)
		return (false);
	n = ipc_get_u16(&p);
	(void)ipc_get_u32(&p);
	while (n-- > 0 && !p.bad) {
		la_get_error(&p, &e);
		if (!p.bad && e.slot == id)
			return (true);
	}
	return (false);
}

/* Keeps each request by itself. */
static bool
sends(enum role peer, const uint8_t *data, size_t len)
{
	static uint8_t frame[FRAME_MAX];
	struct ipc_reader p = { .p = data, .end = data + len };
	struct ipc_writer w;
	struct la_request r;
	static unsigned int most;
	uint16_t n;

	if (peer != ROLE_ACTIVATOR || ipc_get_u16(&p) != REC_REQUEST)
		return (false);
	n = ipc_get_u16(&p);
	(void)ipc_get_u32(&p);
	while (n-- > 0 && !p.bad) {
		la_get_request(&p, &r);
		w.p = frame;
		w.end = frame + sizeof(frame);
		w.bad = p.bad;
		la_put_request(&w, &r);
		if (!w.bad)
			journal_keep_frame(frame, (size_t)(w.p - frame));
		passed++;
	}
	if (most == 0)
		most = 1 + evil_below(REQUESTS_MAX);
	return (passed >= most);
}

const struct evil_role evil_role = {
	.role = ROLE_LISTENER,
	.peers = 1U << ROLE_PARENT | 1U << ROLE_ACTIVATOR,
	.quiet = 25,
	.honest_ms = 25,
	.useless = useless,
	.ping = ping,
	.pong = pong,
	.sends = sends,
};

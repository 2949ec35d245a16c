/*
 * Packets that are wrong: made of chance, or of those that the product sends
 * and gets, changed by a bit, by a field, in their size, their order or their
 * number.
 */
#include "config.h"

#include <string.h>

#include "tests/hostile/evil.h"

#define TEMPLATE_MAX 4096 /* bytes; longer packets are cut */
#define TEMPLATES 8 /* of each peer and direction */
#define MANY_MAX 400 /* records that one becomes */
#define TYPES_BEYOND 48 /* behind the highest type of any channel */

struct template
{
	size_t len;
	uint8_t data[TEMPLATE_MAX];
};

static struct {
	struct template slot[TEMPLATES];
	unsigned int n;
} pool[ROLE_COUNT][2];

static uint64_t state;

void
evil_seed(uint32_t seed, uint32_t generation, enum role role)
{
	state = (uint64_t)seed << 32 | generation << 3 | role;
}

/* splitmix64 */
uint32_t
evil_random(void)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return ((uint32_t)((z ^ z >> 31) >> 32));
}

uint32_t
evil_below(uint32_t n)
{
	return (n == 0 ? 0 : evil_random() % n);
}

bool
evil_one_in(uint32_t n)
{
	return (evil_below(n) == 0);
}

void
evil_bytes(void *to, size_t n)
{
	uint8_t *p = to;

	while (n-- > 0)
		*p++ = (uint8_t)evil_random();
}

static void
put_u16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put_u32(uint8_t *p, size_t v)
{
	put_u16(p, v >> 16);
	put_u16(p + 2, v);
}

static size_t
count_of(const struct shot *s)
{
	return ((size_t)s->data[2] << 8 | s->data[3]);
}

/* The length in the header is that of the packet again. */
static void
set_len(struct shot *s, size_t len)
{
	s->len = len;
	put_u32(s->data + 4, len - IPC_HEADER_LEN);
}

void
shot_begin(struct shot *s, const char *how, uint16_t type)
{
	s->how = how;
	s->breaks = false;
	s->len = IPC_HEADER_LEN;
	put_u16(s->data, type);
	s->writer.p = s->data + IPC_HEADER_LEN;
	s->writer.end = s->data + IPC_PACKET_MAX;
	s->writer.bad = false;
}

struct ipc_writer *
shot_writer(struct shot *s)
{
	return (&s->writer);
}

void
shot_end(struct shot *s, uint16_t count)
{
	put_u16(s->data + 2, count);
	s->records = count;
	set_len(s, (size_t)(s->writer.p - s->data));
}

void
shot_counters(struct shot *s)
{
	const uint16_t n = (uint16_t)evil_below(COUNTERS_MAX + 1);
	uint16_t i;

	shot_begin(s, "counters", REC_COUNTERS);
	ipc_put_u16(shot_writer(s), n);
	for (i = 0; i < n; i++)
		ipc_put_u64(shot_writer(s),
		    (uint64_t)evil_random() << 32 | evil_random());
	shot_end(s, 1);
}

void
template_add(enum role peer, bool own, const uint8_t *data, size_t len)
{
	struct template *t =
	    &pool[peer][own].slot[pool[peer][own].n++ % TEMPLATES];

	if (len > TEMPLATE_MAX)
		len = TEMPLATE_MAX;
	memcpy(t->data, data, len);
	t->len = len;
}

void
shot_copy(struct shot *s, const uint8_t *data, size_t len)
{
	s->how = "as it was";
	s->breaks = false;
	s->records = 1;
	s->len = len;
	memcpy(s->data, data, len);
}

static bool
from_pool(enum role peer, bool own, struct shot *s)
{
	unsigned int n = pool[peer][own].n;
	const struct template *t;

	if (n == 0)
		return (false);
	t = &pool[peer][own].slot[evil_below(n < TEMPLATES ? n : TEMPLATES)];
	if (t->len < IPC_HEADER_LEN)
		return (false);
	shot_copy(s, t->data, t->len);
	return (true);
}

/* A packet as this channel has them, or as another one has. */
static void
any_packet(enum role peer, struct shot *s)
{
	const enum role other = (enum role)evil_below(ROLE_COUNT);

	if (evil_one_in(6) && from_pool(other, evil_one_in(2), s))
		return;
	if (evil_one_in(3) && evil_role.useless(peer, s))
		return;
	if (from_pool(peer, true, s) || evil_role.useless(peer, s))
		return;
	shot_begin(s, "", (uint16_t)evil_below(TYPES_BEYOND));
	evil_bytes(s->data + IPC_HEADER_LEN, 64);
	s->writer.p += evil_below(64);
	shot_end(s, 1);
}

static size_t
body(const struct shot *s)
{
	return (s->len > IPC_HEADER_LEN ? s->len - IPC_HEADER_LEN : 0);
}

/* --- One way each. */

static void
wrong_noise(struct shot *s)
{
	s->len = 1 + evil_below(evil_one_in(8) ? IPC_PACKET_MAX : 200);
	evil_bytes(s->data, s->len);
	if (s->len >= IPC_HEADER_LEN && evil_one_in(2)) {
		put_u16(s->data, evil_below(TYPES_BEYOND));
		put_u16(s->data + 2, 1 + evil_below(4));
		set_len(s, s->len);
	}
}

static void
wrong_type(struct shot *s)
{
	put_u16(
	    s->data, evil_one_in(4) ? evil_random() : evil_below(TYPES_BEYOND));
}

static void
wrong_count(struct shot *s)
{
	static const uint16_t counts[] = { 0, 2, 17, 65, 257, 4097, 0xffff };
	size_t count = counts[evil_below(7)];

	if (evil_one_in(4))
		count = count_of(s) + 1;
	put_u16(s->data + 2, count);
}

static void
wrong_length(struct shot *s)
{
	static const uint32_t lengths[] = { 0, 1, 0x7fff, 0x8000, 0xffff,
		0x7fffffff, 0x80000000, 0xffffffff };
	uint32_t len = lengths[evil_below(8)];

	if (evil_one_in(2) || len == body(s))
		len = (uint32_t)body(s) + (evil_one_in(2) ? 1 : UINT32_MAX);
	put_u32(s->data + 4, len);
}

/* A byte more or less, and the header says so. */
static void
wrong_size(struct shot *s)
{
	if (body(s) > 0 && evil_one_in(2))
		set_len(s, s->len - 1);
	else {
		s->data[s->len] = (uint8_t)evil_random();
		set_len(s, s->len + 1);
	}
}

static void
wrong_cut(struct shot *s)
{
	if (evil_one_in(3))
		s->len = 1 + evil_below(IPC_HEADER_LEN - 1);
	else
		set_len(s, s->len - evil_below((uint32_t)body(s) + 1));
}

static void
wrong_long(struct shot *s)
{
	size_t len = IPC_PACKET_MAX + 1;

	if (evil_one_in(2))
		len += evil_below(SHOT_MAX - IPC_PACKET_MAX);
	evil_bytes(s->data + s->len, 64);
	set_len(s, len);
}

static void
wrong_empty(struct shot *s)
{
	s->len = 0;
}

static void
wrong_bit(struct shot *s)
{
	uint32_t i, n = 1 + evil_below(evil_one_in(4) ? 8 : 1);
	uint32_t from = evil_one_in(6) ? 0 : IPC_HEADER_LEN;

	for (i = 0; i < n && s->len > from; i++)
		s->data[from + evil_below((uint32_t)s->len - from)] ^=
		    (uint8_t)(1U << evil_below(8));
}

/* Numbers at which tables end. */
static void
wrong_field(struct shot *s)
{
	static const uint32_t values[] = { 0, 1, 15, 16, 17, 255, 256, 257,
		1023, 1024, 1040, 1041, 4096, 0x7fff, 0x8000, 0xffff,
		0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	const uint32_t value = values[evil_below(20)];
	static const size_t widths[] = { 1, 2, 4, 8 };
	size_t at = 0, width = widths[evil_below(4)], i;

	if (body(s) < width)
		return;
	/* The first field is an id in most records. */
	if (!evil_one_in(3))
		at = evil_below((uint32_t)(body(s) - width) + 1);
	for (i = 0; i < width; i++)
		s->data[IPC_HEADER_LEN + at + i] =
		    (uint8_t)((uint64_t)value >> 8 * (width - 1 - i));
}

/* The beginning of one and the end of another. */
static void
wrong_splice(struct shot *s)
{
	static struct shot other;
	size_t at, n;

	any_packet(evil_role.role == ROLE_STORE ? ROLE_CONTROL : ROLE_ACTIVATOR,
	    &other);
	if (body(s) == 0 || body(&other) == 0)
		return;
	at = IPC_HEADER_LEN + evil_below((uint32_t)body(s));
	n = evil_below((uint32_t)body(&other)) + 1;
	memcpy(s->data + at, other.data + other.len - n, n);
	set_len(s, at + n);
}

/* One record becomes many. */
static void
wrong_many(struct shot *s)
{
	size_t one = body(s), n, max;

	if (one == 0 || count_of(s) != 1)
		return;
	max = (IPC_PACKET_MAX - IPC_HEADER_LEN) / one;
	n = 2 + evil_below(MANY_MAX);
	if (n > max)
		n = max;
	for (max = 1; max < n; max++)
		memcpy(s->data + IPC_HEADER_LEN + max * one,
		    s->data + IPC_HEADER_LEN, one);
	put_u16(s->data + 2, n);
	set_len(s, IPC_HEADER_LEN + n * one);
}

/* Of good form: what is wrong is the channel, the state or the moment. */
static void
wrong_moment(struct shot *s)
{
	(void)s;
}

/* A size that is off by one may be right for another record of that type. */
static const struct {
	const char *how;
	void (*change)(struct shot *);
	unsigned int weight;
	bool breaks;
} ways[] = {
	{ "noise", wrong_noise, 3, false },
	{ "type", wrong_type, 4, false },
	{ "count", wrong_count, 3, false },
	{ "length", wrong_length, 3, true },
	{ "size by one", wrong_size, 4, false },
	{ "cut", wrong_cut, 2, false },
	{ "over 32 KiB", wrong_long, 1, true },
	{ "empty", wrong_empty, 1, true },
	{ "bits", wrong_bit, 6, false },
	{ "field", wrong_field, 6, false },
	{ "splice", wrong_splice, 3, false },
	{ "many", wrong_many, 2, false },
	{ "moment", wrong_moment, 5, false },
};

void
shot_mutate(struct shot *s)
{
	const size_t n = sizeof(ways) / sizeof(ways[0]);
	uint32_t total = 0, pick;
	size_t i;

	for (i = 0; i < n; i++)
		total += ways[i].weight;
	pick = evil_below(total);
	for (i = 0; pick >= ways[i].weight; i++)
		pick -= ways[i].weight;
	s->how = ways[i].how;
	s->records = 1;
	if (s->len < IPC_HEADER_LEN)
		return;
	ways[i].change(s);
	s->breaks = ways[i].breaks;
}

void
shot_wrong(enum role peer, struct shot *s)
{
	if (evil_role.unasked != NULL && evil_one_in(4) &&
	    evil_role.unasked(peer, s))
		return;
	any_packet(peer, s);
	shot_mutate(s);
}

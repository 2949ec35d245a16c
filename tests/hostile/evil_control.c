/*
 * The evil control: asks what no administrator asked, of all that it can ask,
 * with documents that it got from the store and then changed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/codes.h"
#include "common/ipc_admin.h"
#include "tests/hostile/evil.h"

#define DOCUMENTS 4 /* that are remembered */
#define STOP_ONE_IN 3000

static struct {
	size_t len;
	char bytes[DOCUMENT_BYTES_MAX];
} documents[DOCUMENTS];
static unsigned int ndocuments;

static uint32_t
any_id(void)
{
	return (evil_one_in(2) ? evil_below(CONTROL_CREDITS) : evil_random());
}

static void
any_name(char *to, size_t size)
{
	size_t i, n = evil_below((uint32_t)size);

	for (i = 0; i < n; i++)
		to[i] = evil_one_in(16) ? (char)(1 + evil_below(255))
					: (char)('a' + evil_below(26));
	to[n] = '\0';
}

/* A reason is the text of a line, neither empty nor with spaces around it. */
static void
any_reason(char *to, size_t size)
{
	size_t i, n = 1 + evil_below((uint32_t)size - 1);

	for (i = 0; i < n; i++)
		to[i] = (char)('!' + evil_below('~' - '!' + 1));
	if (n > 2)
		to[n / 2] = ' ';
	to[n] = '\0';
}

static void
put_install(struct shot *s)
{
	static char bytes[DOCUMENT_BYTES_MAX];
	struct admin_install a = { .id = any_id(), .uid = evil_random() };
	const uint32_t most = ndocuments < DOCUMENTS ? ndocuments : DOCUMENTS;
	uint32_t which = evil_below(most), i;

	evil_bytes(bytes, sizeof(bytes));
	a.bytes = bytes;
	a.len = evil_below(sizeof(bytes) + 1);
	if (most > 0 && !evil_one_in(8)) {
		a.len = documents[which].len;
		memcpy(bytes, documents[which].bytes, a.len);
		for (i = evil_below(4); i > 0 && a.len > 0; i--)
			bytes[evil_below((uint32_t)a.len)] ^=
			    (char)(1U << evil_below(7));
		if (evil_one_in(4))
			a.len = evil_below((uint32_t)a.len + 1);
	}
	shot_begin(s, "install", REC_INSTALL);
	admin_put_install(shot_writer(s), &a);
	shot_end(s, 1);
}

static void
put_to_activator(struct shot *s)
{
	struct admin_host_request h = { .id = any_id() };
	struct admin_rollback b = { .id = any_id(), .uid = evil_random() };
	struct admin_who w = { .id = any_id(), .uid = evil_random() };

	switch (evil_below(6)) {
	case 0:
		any_name(h.name, sizeof(h.name));
		shot_begin(s, "host request", REC_HOST_REQUEST);
		admin_put_host_request(shot_writer(s), &h);
		break;
	case 1:
		shot_begin(s, "get checkpoint", REC_GET_CHECKPOINT);
		ipc_put_u32(shot_writer(s), any_id());
		break;
	case 2:
		any_reason(b.reason, sizeof(b.reason));
		shot_begin(s, "accept rollback", REC_ACCEPT_ROLLBACK);
		admin_put_rollback(shot_writer(s), &b);
		break;
	case 3:
		shot_begin(s, "clock accept", REC_CLOCK_ACCEPT);
		admin_put_who(shot_writer(s), &w);
		break;
	default:
		put_install(s);
		return;
	}
	shot_end(s, 1);
}

static void
put_read(struct ipc_writer *w)
{
	struct admin_read r = { .id = any_id(),
		.what = (uint8_t)evil_below(READ_LOGS + 1),
		.rows = (uint16_t)(1 + evil_below(ADMIN_PAGE_MAX)) };

	r.cursor = evil_one_in(2)
		       ? evil_below(8)
		       : (uint64_t)evil_random() << 32 | evil_random();
	if (evil_one_in(4))
		evil_bytes(r.log, sizeof(r.log));
	admin_put_read(w, &r);
}

static void
put_to_store(struct shot *s)
{
	const uint16_t n =
	    (uint16_t)(evil_one_in(3) ? 1 + evil_below(CONTROL_CREDITS - 1)
				      : 1);
	uint16_t i;

	shot_begin(s, "read", REC_READ);
	for (i = 0; i < n; i++)
		put_read(shot_writer(s));
	shot_end(s, n);
}

static void
put_to_parent(struct shot *s)
{
	static const uint16_t asks[] = { REC_ASK_HOST, REC_ASK_SANDBOX,
		REC_ASK_COUNTERS };

	if (evil_one_in(STOP_ONE_IN)) {
		shot_begin(s, "stop", REC_ASK_STOP);
		ipc_put_u32(shot_writer(s), evil_random());
	} else if (evil_one_in(4)) {
		shot_begin(s, "log level", REC_ASK_LOG_LEVEL);
		ipc_put_u8(
		    shot_writer(s), (uint8_t)(LOG_LEVEL_INFO + evil_below(2)));
	} else if (evil_one_in(3)) {
		shot_counters(s);
		return;
	} else {
		shot_begin(s, "ask", asks[evil_below(3)]);
		ipc_put_u32(shot_writer(s), any_id());
	}
	shot_end(s, 1);
}

static bool
useless(enum role peer, struct shot *s)
{
	if (peer == ROLE_PARENT)
		put_to_parent(s);
	else if (peer == ROLE_STORE)
		put_to_store(s);
	else
		put_to_activator(s);
	return (true);
}

/* A reason that no entry could state. */
static bool
unprintable(struct shot *s)
{
	static const char *const bad[] = { "", " first", "last ", "two\nlines",
		"\x7f", "not \xff text", "\xe2\x80\xae" };
	struct admin_rollback b = { .id = any_id(), .uid = evil_random() };

	(void)strlcpy(b.reason, bad[evil_below(sizeof(bad) / sizeof(bad[0]))],
	    sizeof(b.reason));
	shot_begin(s, "bad reason", REC_ACCEPT_ROLLBACK);
	admin_put_rollback(shot_writer(s), &b);
	shot_end(s, 1);
	s->breaks = true;
	return (true);
}

/* Less log than kmsd.conf has, which is "info" here: never, in any state. */
static bool
unasked(enum role peer, struct shot *s)
{
	if (peer == ROLE_ACTIVATOR)
		return (evil_one_in(4) && unprintable(s));
	if (peer != ROLE_PARENT)
		return (false);
	shot_begin(s, "less log", REC_ASK_LOG_LEVEL);
	ipc_put_u8(shot_writer(s), (uint8_t)evil_below(LOG_LEVEL_INFO));
	shot_end(s, 1);
	s->breaks = true;
	return (true);
}

/* Documents to change, an install that is refused, the host's state. */
static bool
ping(enum role peer, struct shot *s, uint32_t id)
{
	struct admin_read r = {
		.id = id, .what = READ_DOCUMENTS, .rows = DOCUMENTS
	};
	struct admin_install a = { .id = id, .bytes = "", .len = 0 };

	if (peer == ROLE_STORE) {
		shot_begin(s, "ping", REC_READ);
		admin_put_read(shot_writer(s), &r);
	} else if (peer == ROLE_ACTIVATOR) {
		shot_begin(s, "ping", REC_INSTALL);
		admin_put_install(shot_writer(s), &a);
	} else {
		shot_begin(s, "ping", REC_ASK_HOST);
		ipc_put_u32(shot_writer(s), id);
	}
	shot_end(s, 1);
	return (true);
}

static void
remember(struct ipc_reader *p, uint16_t n)
{
	struct row_document d;
	uint32_t id;

	while (n-- > 0) {
		admin_get_row_document(p, &id, &d);
		if (p->bad || d.len > DOCUMENT_BYTES_MAX)
			return;
		memcpy(documents[ndocuments % DOCUMENTS].bytes, d.bytes, d.len);
		documents[ndocuments++ % DOCUMENTS].len = d.len;
	}
}

static bool
pong(enum role peer, const uint8_t *data, size_t len, uint32_t id)
{
	struct ipc_reader p = { .p = data, .end = data + len };
	const uint16_t type = ipc_get_u16(&p), n = ipc_get_u16(&p);
	struct admin_page_end e;
	uint16_t i;

	(void)ipc_get_u32(&p);
	if (peer == ROLE_PARENT)
		return (type == REC_HOST && ipc_get_u32(&p) == id);
	if (type == REC_ROW_DOCUMENT && peer == ROLE_STORE)
		remember(&p, n);
	if (type == REC_DONE && peer == ROLE_ACTIVATOR && n == 1)
		return (ipc_get_u32(&p) == id);
	for (i = 0; i < n && type == REC_PAGE_END && !p.bad; i++) {
		admin_get_page_end(&p, &e);
		if (!p.bad && e.id == id)
			return (true);
	}
	return (false);
}

static bool
sends(enum role peer, const uint8_t *data, size_t len)
{
	(void)peer;
	(void)data;
	(void)len;
	return (false);
}

const struct evil_role evil_role = {
	.role = ROLE_CONTROL,
	.peers = 1U << ROLE_PARENT | 1U << ROLE_ACTIVATOR | 1U << ROLE_STORE,
	.quiet = 40,
	.honest_ms = 25,
	.useless = useless,
	.unasked = unasked,
	.ping = ping,
	.pong = pong,
	.sends = sends,
};

/* Questions to control and their answers. */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/codes.h"
#include "kmsctl/ask.h"
#include "kmsctl/text.h"

#define CONNECT_SECONDS 20
#define ANSWER_MS 40000 /* longer than control waits for the others */
#define READ_BYTES (4 + 1 + 8 + 2 + UUID_LEN)
#define QUEUE_BYTES (ADMIN_INSTALL_MAX + ROLE_COUNT)

static int
give(struct ask *a, struct ipc_channel *ch, struct ipc_reader *r, uint32_t id,
    struct answer_row *row)
{
	if (r->bad)
		return (-1);
	if (id != a->id || a->done)
		return (ipc_violation(ch, "an answer to another question"));
	a->rows++;
	if (a->row != NULL)
		a->row(a->ctx, row);
	return (0);
}

static int
on_family(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_FAMILY };
	uint32_t id;

	admin_get_family(r, &id, &row.u.family);
	return (give(ctx, ch, r, id, &row));
}

static int
on_document(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_DOCUMENT };
	uint32_t id;

	admin_get_row_document(r, &id, &row.u.document);
	return (give(ctx, ch, r, id, &row));
}

static int
on_machine(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_MACHINE };
	uint32_t id;

	admin_get_machine(r, &id, &row.u.machine);
	return (give(ctx, ch, r, id, &row));
}

static int
on_entry(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_ENTRY };
	uint32_t id;

	admin_get_entry(r, &id, &row.u.entry);
	return (give(ctx, ch, r, id, &row));
}

static int
on_log(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_LOG };
	uint32_t id;

	admin_get_log(r, &id, &row.u.log);
	return (give(ctx, ch, r, id, &row));
}

static int
on_host(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_HOST };
	const uint32_t id = ipc_get_u32(r);

	parent_get_host_status(r, &row.u.host);
	return (give(ctx, ch, r, id, &row));
}

static int
on_sandbox(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_SANDBOX };
	const uint32_t id = ipc_get_u32(r);

	row.role = ipc_get_u8(r);
	parent_get_confinement(r, &row.u.sandbox);
	return (row.role < ROLE_COUNT ? give(ctx, ch, r, id, &row) : -1);
}

static int
on_counters(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_ROW_COUNTERS };
	const uint32_t id = ipc_get_u32(r);

	row.role = ipc_get_u8(r);
	parent_get_counters(r, &row.u.counters);
	return (row.role < ROLE_COUNT ? give(ctx, ch, r, id, &row) : -1);
}

static int
on_text(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct answer_row row = { .record = REC_TEXT };

	admin_get_text(r, &row.u.text);
	return (give(ctx, ch, r, row.u.text.id, &row));
}

static int
on_page_end(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct ask *a = ctx;

	admin_get_page_end(r, &a->page);
	if (!r->bad && a->page.id != a->id)
		return (ipc_violation(ch, "the end of another page"));
	return (0);
}

static int
on_done(void *ctx, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct ask *a = ctx;

	admin_get_done(r, &a->answer);
	if (r->bad)
		return (-1);
	/* Asked or not, who is refused gets no answer. */
	if (a->answer.id != a->id &&
	    (a->answer.id != ADMIN_ID_NONE || a->answer.code == CODE_OK))
		return (ipc_violation(ch, "the end of another question"));
	a->done = true;
	return (0);
}

#define RULE(record, name, min, max, handle)                                 \
	{                                                                    \
		record, name, IPC_ANY_STATE, min, max, ADMIN_PAGE_MAX, 0, 0, \
		    false, handle                                            \
	}

/* The id stands before what the parent said. */
const struct ipc_rule ask_rules[] = {
	RULE(REC_ROW_FAMILY, "family", ADMIN_ROW_FAMILY_MIN,
	    ADMIN_ROW_FAMILY_MAX, on_family),
	RULE(REC_ROW_DOCUMENT, "document", ADMIN_ROW_DOCUMENT_MIN,
	    ADMIN_ROW_DOCUMENT_MAX, on_document),
	RULE(REC_ROW_MACHINE, "machine", ADMIN_ROW_MACHINE_MIN,
	    ADMIN_ROW_MACHINE_MAX, on_machine),
	RULE(REC_ROW_ENTRY, "entry", ADMIN_ROW_ENTRY_MAX - ENTRY_MAX,
	    ADMIN_ROW_ENTRY_MAX, on_entry),
	RULE(REC_ROW_LOG, "log", ADMIN_ROW_LOG_BYTES, ADMIN_ROW_LOG_BYTES,
	    on_log),
	RULE(REC_ROW_HOST, "host", 4 + PARENT_HOST_STATUS_MIN,
	    4 + PARENT_HOST_STATUS_MAX, on_host),
	RULE(REC_ROW_SANDBOX, "sandbox", 5 + PARENT_CONFINEMENT_BYTES,
	    5 + PARENT_CONFINEMENT_BYTES, on_sandbox),
	RULE(
	    REC_ROW_COUNTERS, "counters", 7, 7 + 8 * COUNTERS_MAX, on_counters),
	RULE(REC_TEXT, "text", 6, ADMIN_TEXT_RECORD_MAX, on_text),
	RULE(REC_PAGE_END, "end of a page", ADMIN_PAGE_END_BYTES,
	    ADMIN_PAGE_END_BYTES, on_page_end),
	RULE(REC_DONE, "done", 10, ADMIN_DONE_MAX, on_done),
	{ .type = 0 },
};

static void
ended(void *ctx, struct ipc_channel *ch, const char *why)
{
	struct ask *a = ctx;

	(void)ch;
	a->over = true;
	(void)strlcpy(a->why, why != NULL ? why : "", sizeof(a->why));
}

static int
connect_failed(const char *path)
{
	switch (errno) {
	case ENOENT:
		warnx("kmsd is not running (no socket at %s); start it, or "
		      "name its folder with -d or its configuration with -f",
		    path);
		break;
	case ECONNREFUSED:
		warnx("kmsd is not running (nobody answers at %s); start it",
		    path);
		break;
	case EAGAIN:
		warnx("kmsd does not accept connections at %s: too many wait, "
		      "or it is starting; see its log",
		    path);
		break;
	case ENAMETOOLONG:
		warnx("%s: the path of a socket has at most %zu bytes", path,
		    sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
		break;
	case EACCES:
	case EPERM:
		warnx("permission denied: %s: run the command as root or as "
		      "a member of the group of the socket",
		    path);
		break;
	default:
		warn("%s", path);
		break;
	}
	return (STATUS_FAILED);
}

/* Returns 0, or -1 with errno. */
static int
connect_to(int fd, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	return (connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
}

/* Where the user may not connect, or nobody can, the other path is tried. */
static int
connect_either(int fd, const char **path, const char *otherwise)
{
	if (connect_to(fd, *path) == 0)
		return (0);
	if (otherwise == NULL ||
	    (errno != EACCES && errno != EPERM && errno != ENOENT))
		return (-1);
	*path = otherwise;
	return (connect_to(fd, otherwise));
}

int
ask_open(struct ask *a, const char *path, const char *otherwise)
{
	const struct timeval patience = { CONNECT_SECONDS, 0 };
	int fd;

	memset(a, 0, sizeof(*a));
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) == -1) {
		warn("socket");
		return (STATUS_FAILED);
	}
	/* Of connect, when many others wait to be accepted. */
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect_either(fd, &path, otherwise) == -1) {
		(void)connect_failed(path);
		(void)close(fd);
		return (STATUS_FAILED);
	}
	a->channel = ipc_new(fd, "kmsd", ask_rules, QUEUE_BYTES, a, ended);
	if (a->channel == NULL) {
		warn("%s", path);
		(void)close(fd);
		return (STATUS_FAILED);
	}
	return (STATUS_OK);
}

void
ask_close(struct ask *a)
{
	ipc_free(a->channel);
	a->channel = NULL;
}

struct ipc_writer *
ask_begin(struct ask *a, uint16_t record, size_t max)
{
	struct ipc_writer *w;

	a->id++;
	a->done = false;
	a->rows = 0;
	memset(&a->page, 0, sizeof(a->page));
	if ((w = ipc_begin(a->channel, record, max)) == NULL)
		errx(STATUS_FAILED, "the question is too long");
	return (w);
}

static int
unanswered(const struct ask *a)
{
	if (!a->over)
		warnx("kmsd does not answer; see its log");
	else if (a->why[0] == '\0')
		warnx("kmsd closed the connection; see its log");
	else
		warnx("kmsd's answer cannot be used: %s", a->why);
	return (STATUS_FAILED);
}

int
ask_end(struct ask *a, answer_row *row, void *ctx)
{
	a->row = row;
	a->ctx = ctx;
	if (ipc_end(a->channel) == -1)
		errx(STATUS_FAILED, "the question is too long");
	ipc_flush(a->channel);
	while (!a->done && !a->over) {
		if (ipc_wait(a->channel, ANSWER_MS) == 0)
			break;
	}
	if (!a->done)
		return (unanswered(a));
	if (a->answer.code == CODE_OK)
		return (STATUS_OK);
	ask_tell(a->about, a->answer.code, a->answer.text);
	return (STATUS_REFUSED);
}

int
ask_id(struct ask *a, uint16_t record, answer_row *row, void *ctx)
{
	struct ipc_writer *w = ask_begin(a, record, 4);

	ipc_put_u32(w, a->id);
	return (ask_end(a, row, ctx));
}

int
ask_read(struct ask *a, enum admin_what what, const uint8_t *log,
    uint64_t cursor, uint64_t n, answer_row *row, void *ctx)
{
	struct admin_read r;
	struct ipc_writer *w;
	int status;

	memset(&r, 0, sizeof(r));
	r.what = (uint8_t)what;
	r.cursor = cursor;
	if (log != NULL)
		memcpy(r.log, log, sizeof(r.log));
	while (n > 0) {
		r.rows = n < ADMIN_PAGE_MAX ? (uint16_t)n : ADMIN_PAGE_MAX;
		w = ask_begin(a, REC_READ, READ_BYTES);
		r.id = a->id;
		admin_put_read(w, &r);
		if ((status = ask_end(a, row, ctx)) != STATUS_OK)
			return (status);
		if (!a->page.more || a->rows == 0)
			break;
		if (n != ASK_REST)
			n -= a->rows < n ? a->rows : n;
		r.cursor = a->page.cursor;
	}
	return (STATUS_OK);
}

void
ask_wait_closed(struct ask *a, int ms)
{
	while (!a->over) {
		if (ipc_wait(a->channel, ms) == 0)
			break;
	}
}

void
ask_tell(const char *about, uint32_t code, const char *text)
{
	const struct code *c = code_find(code);
	char safe[TEXT_SAFE_MAX];

	text_safe(text, strlen(text), safe);
	warnx("%s%s%s (0x%08X): %s", about != NULL ? about : "",
	    about != NULL ? ": " : "", code_name(code), code,
	    safe[0] != '\0' || c == NULL ? safe : c->meaning);
	/* To ask the administrator is no advice for the administrator. */
	if (c != NULL && code != CODE_DENIED)
		warnx("%s", c->advice);
}

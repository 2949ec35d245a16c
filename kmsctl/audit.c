/* The commands about the audit log. */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/decimal.h"
#include "common/message_value.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/text.h"

#define SHOW_DEFAULT 20 /* newest entries */
#define VERIFY KMSD_CHILD_DIR "/kmsd-audit"
#define VERIFY_WORDS_MAX 40

static uint64_t
number(const char *text, const char *what)
{
	uint64_t n;

	if (decimal_parse(text, strlen(text), INT64_MAX, &n) == -1)
		kmsctl_usage("%s: not a number of %s", text, what);
	return (n);
}

/* An entry, line by line. */
static void
print_entry(void *ctx, const struct answer_row *row)
{
	const char *p, *end, *line;
	char safe[TEXT_SAFE_MAX];

	(void)ctx;
	if (row->record != REC_ROW_ENTRY)
		return;
	p = row->u.entry.text;
	end = p + row->u.entry.len;
	(void)printf("entry %" PRIu64 "\n", row->u.entry.index);
	for (line = p; line < end; line = p + 1) {
		if ((p = memchr(line, '\n', (size_t)(end - line))) == NULL)
			p = end;
		text_safe(line, (size_t)(p - line), safe);
		(void)printf("%s\n", safe);
	}
	(void)printf("\n");
}

struct wanted_log {
	const uint8_t *log; /* NULL: the newest */
	uint64_t size;
	bool found;
};

static void
find_log(void *ctx, const struct answer_row *row)
{
	struct wanted_log *w = ctx;

	if (row->record != REC_ROW_LOG)
		return;
	if (w->log == NULL ? !row->u.log.current
			   : memcmp(w->log, row->u.log.log, UUID_LEN) != 0)
		return;
	w->size = row->u.log.size;
	w->found = true;
}

static int
show_entries(struct ask *a, const uint8_t *log, bool from_end, uint64_t index,
    uint64_t count)
{
	struct wanted_log w = { .log = log };
	int status;

	status = ask_read(a, READ_LOGS, NULL, 0, ASK_REST, find_log, &w);
	if (status != STATUS_OK)
		return (status);
	if (!w.found) {
		warnx("there is no such log; see kmsctl show logs");
		return (STATUS_REFUSED);
	}
	if (from_end)
		index = w.size > count ? w.size - count : 0;
	if (index >= w.size && w.size != 0 && !from_end) {
		warnx("the log has %" PRIu64 " entries, from 0 on", w.size);
		return (STATUS_REFUSED);
	}
	return (
	    ask_read(a, READ_ENTRIES, log, index, count, print_entry, NULL));
}

int
audit_show(struct kmsctl *k, int argc, char **argv)
{
	uint64_t index = 0, count = SHOW_DEFAULT;
	uint8_t log[UUID_LEN];
	bool from_end = true, named = false;
	struct ask a;
	int c, status;

	while ((c = getopt(argc, argv, "+:i:l:n:")) != -1) {
		if (c == 'i') {
			index = number(optarg, "an entry");
			from_end = false;
		} else if (c == 'n')
			count = number(optarg, "entries");
		else if (c != 'l')
			kmsctl_wrong_option(argv, c);
		else if (uuid_parse(optarg, strlen(optarg), log) == -1)
			kmsctl_usage("%s: not the uuid of a log", optarg);
		else
			named = true;
	}
	if (optind != argc)
		kmsctl_usage("nothing may follow the options");
	if (kmsctl_question(k, &a) != STATUS_OK)
		return (STATUS_FAILED);
	status = show_entries(&a, named ? log : NULL, from_end, index, count);
	ask_close(&a);
	return (status);
}

/* Nothing in it steers a terminal. */
static bool
is_lines(const char *text, size_t len)
{
	const char *p, *end = text + len;

	for (; text < end; text = p + 1) {
		if ((p = memchr(text, '\n', (size_t)(end - text))) == NULL)
			p = end;
		if (!message_text_valid(text, (size_t)(p - text)))
			return (false);
	}
	return (true);
}

/* As it is, for a monitor to keep. */
static void
print_text(void *ctx, const struct answer_row *row)
{
	bool *printed = ctx;

	if (row->record != REC_TEXT ||
	    !is_lines(row->u.text.text, row->u.text.len))
		return;
	(void)fwrite(row->u.text.text, 1, row->u.text.len, stdout);
	*printed = true;
}

int
audit_checkpoint(struct kmsctl *k, int argc, char **argv)
{
	bool printed = false;
	struct ask a;
	int status;

	(void)argv;
	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if (kmsctl_question(k, &a) != STATUS_OK)
		return (STATUS_FAILED);
	status = ask_id(&a, REC_GET_CHECKPOINT, print_text, &printed);
	ask_close(&a);
	if (status == STATUS_OK && !printed) {
		warnx("kmsd answered without a checkpoint; see its log");
		status = STATUS_FAILED;
	}
	return (status);
}

int
audit_accept_rollback(struct kmsctl *k, int argc, char **argv)
{
	struct admin_rollback r;
	struct ipc_writer *w;
	struct ask a;
	char safe[TEXT_SAFE_MAX];
	int status;

	if (argc != 2)
		kmsctl_usage("one reason is needed, in quotes");
	memset(&r, 0, sizeof(r));
	if (strlcpy(r.reason, argv[1], sizeof(r.reason)) >= sizeof(r.reason))
		kmsctl_usage("the reason is longer than %d bytes", REASON_MAX);
	if (!message_text_trimmed(r.reason, strlen(r.reason)))
		kmsctl_usage("the reason is text without control characters, "
			     "and without spaces around it");
	if (kmsctl_change(k, &a) != STATUS_OK)
		return (STATUS_FAILED);
	w = ask_begin(&a, REC_ACCEPT_ROLLBACK, sizeof(r) + 8);
	r.id = a.id;
	admin_put_rollback(w, &r);
	status = ask_end(&a, NULL, NULL);
	if (status == STATUS_OK) {
		text_safe(a.answer.text, strlen(a.answer.text), safe);
		(void)printf("%s\n", safe);
	}
	ask_close(&a);
	return (status);
}

/* The words of the program that has SQLite in it. */
struct verify {
	const char *argv[VERIFY_WORDS_MAX];
	size_t n;
};

static void
add_word(struct verify *v, const char *word)
{
	if (v->n + 2 > VERIFY_WORDS_MAX)
		kmsctl_usage("too many options");
	v->argv[v->n++] = word;
	v->argv[v->n] = NULL;
}

static void
add(struct verify *v, const char *option, const char *value)
{
	add_word(v, option);
	add_word(v, value);
}

static const struct option verify_options[] = {
	{ "grant", required_argument, NULL, 'g' },
	{ "host-key", required_argument, NULL, 's' },
	{ "host-pub", required_argument, NULL, 'p' },
	{ "product", required_argument, NULL, 'd' },
	{ "publisher", required_argument, NULL, 'b' },
	{ NULL, 0, NULL, 0 },
};

/* A key that is a credential is nowhere while the host is stopped. */
static void
add_own_key(struct verify *v, const struct paths *p)
{
	if (access(p->host_key, F_OK) == 0 || errno != ENOENT ||
	    access(p->host_public, F_OK) == -1) {
		add(v, "-s", p->host_key);
		return;
	}
	warnx("%s is not there: with %s alone salts are not checked; name the "
	      "secret key with --host-key",
	    p->host_key, p->host_public);
	add(v, "-p", p->host_public);
}

/* What of this host itself belongs to the database that is verified. */
static void
add_own(
    struct verify *v, const struct kmsctl *k, bool copy, bool anchor, bool key)
{
	const struct paths *p = &k->conf.paths;

	if (!copy) {
		add(v, "-L", p->lock);
		add(v, "-D", p->db);
	}
	if (anchor)
		add(v, "-a", p->anchor);
	if (key)
		add_own_key(v, p);
	add(v, "-u", k->conf.user[ROLE_STORE]);
	if (!k->conf.require[LAYER_FILES])
		add_word(v, "-o");
	if (!k->conf.require[LAYER_SYSCALLS])
		add_word(v, "-c");
}

int
audit_verify(struct kmsctl *k, int argc, char **argv)
{
	static char *const environment[] = { NULL };
	bool copy = false, own = false, anchor = false, key = false;
	struct verify v = { { "kmsd-audit" }, 1 };
	char option[3] = "-";
	int c;

	while ((c = getopt_long(argc, argv, "+:a:D:k", verify_options, NULL)) !=
	       -1) {
		if (c == '?' || c == ':')
			kmsctl_wrong_option(argv, c);
		own |= c == 'k';
		copy |= c == 'D';
		anchor |= c == 'a';
		key |= c == 's' || c == 'p' || c == 'b';
		if (c == 'k')
			continue;
		option[1] = (char)c;
		add(&v, strdup(option), optarg);
	}
	if (optind != argc)
		kmsctl_usage("nothing may follow the options");
	add_own(&v, k, copy, !anchor && (!copy || own), !key && (!copy || own));
	(void)execve(VERIFY, (char *const *)(uintptr_t)v.argv, environment);
	err(STATUS_FAILED, "%s", VERIFY);
}

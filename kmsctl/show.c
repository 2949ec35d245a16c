/* kmsctl show documents, machines, logs: the store's rows as they are. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/codes.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/table.h"
#include "kmsctl/text.h"

static void
add_uuid(struct table *t, const uint8_t uuid[UUID_LEN])
{
	static const uint8_t none[UUID_LEN];
	char text[UUID_STRLEN];

	uuid_print(uuid, text);
	table_text(t, memcmp(uuid, none, UUID_LEN) == 0 ? "-" : text);
}

static void
add_safe(struct table *t, const char *text)
{
	char safe[TEXT_SAFE_MAX];

	text_safe(text, strlen(text), safe);
	table_text(t, safe);
}

static void
add_time(struct table *t, int64_t sec)
{
	char text[KTIME_STRLEN];

	text_time(sec, text);
	table_text(t, text);
}

static void
add_document(void *ctx, const struct answer_row *row)
{
	const struct row_document *d = &row->u.document;
	char key[TEXT_KEY_MAX];
	struct table *t = ctx;

	if (row->record != REC_ROW_DOCUMENT)
		return;
	add_safe(t, d->type);
	text_key(d->publisher, key);
	table_text(t, key);
	add_uuid(t, d->object);
	table_format(t, "%" PRIu64, d->revision);
	table_format(t, "%zu", d->len);
}

static void
add_machine(void *ctx, const struct answer_row *row)
{
	const struct row_machine *m = &row->u.machine;
	char id[BASE64_LEN(MACHINE_ID_LEN) + 1];
	struct table *t = ctx;

	if (row->record != REC_ROW_MACHINE)
		return;
	(void)base64_encode(id, sizeof(id), m->machine, sizeof(m->machine));
	table_text(t, id);
	add_safe(t, m->host_name);
	add_uuid(t, m->product);
	add_time(t, m->seen);
	add_time(t, m->expires);
	table_text(t, m->virtual ? "yes" : "no");
	table_text(t, m->code == CODE_OK ? "granted" : code_name(m->code));
}

static void
add_log(void *ctx, const struct answer_row *row)
{
	struct table *t = ctx;

	if (row->record != REC_ROW_LOG)
		return;
	add_uuid(t, row->u.log.log);
	table_format(t, "%" PRIu64, row->u.log.size);
	table_text(t, row->u.log.current ? "yes" : "no");
}

static int
show_rows(struct kmsctl *k, int argc, enum admin_what what, answer_row *add,
    struct table *t)
{
	struct ask a;
	int status;

	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if ((status = kmsctl_question(k, &a)) == STATUS_OK) {
		status = ask_read(&a, what, NULL, 0, ASK_REST, add, t);
		ask_close(&a);
	}
	if (status == STATUS_OK)
		table_print(t, stdout);
	table_free(t);
	return (status);
}

static void
headers(struct table *t, const char *const names[], size_t n, uint32_t right)
{
	size_t i;

	table_init(t, n, right);
	for (i = 0; i < n; i++)
		table_text(t, names[i]);
}

int
show_documents(struct kmsctl *k, int argc, char **argv)
{
	static const char *const names[] = { "TYPE", "PUBLISHER", "OBJECT",
		"REVISION", "BYTES" };
	struct table t;

	(void)argv;
	headers(&t, names, 5, 0x18);
	return (show_rows(k, argc, READ_DOCUMENTS, add_document, &t));
}

int
show_machines(struct kmsctl *k, int argc, char **argv)
{
	static const char *const names[] = { "MACHINE", "HOST NAME", "PRODUCT",
		"SEEN", "EXPIRES", "VIRTUAL", "RESULT" };
	struct table t;

	(void)argv;
	headers(&t, names, 7, 0);
	return (show_rows(k, argc, READ_MACHINES, add_machine, &t));
}

int
show_logs(struct kmsctl *k, int argc, char **argv)
{
	static const char *const names[] = { "LOG", "ENTRIES", "CURRENT" };
	struct table t;

	(void)argv;
	headers(&t, names, 3, 0x2);
	return (show_rows(k, argc, READ_LOGS, add_log, &t));
}

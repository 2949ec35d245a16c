/*
 * What the store sends.  That a record finds no room, or that the database
 * can't be read, ends the process.
 */

#include "config.h"

#include <string.h>

#include "common/codes.h"
#include "common/log.h"
#include "store/send.h"

#define ENTRIES_PAGE 256 /* entries sent to the activator at a time */
#define DOCUMENTS_PAGE 16
#define DRAIN_MS 10000 /* for the activator to take documents */

static struct ipc_writer *
begin(struct ipc_channel *ch, uint16_t type, size_t max)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(ch, type, max)) == NULL)
		fatalx("no room for an answer to the %s", ipc_name(ch));
	return w;
}

static void
end(struct ipc_channel *ch)
{
	if (ipc_end(ch) == -1)
		fatalx("an answer to the %s is too long", ipc_name(ch));
}

void
store_dies(const struct process *p)
{
	fatalx("the store in %s: %s", p->start.setup.directory,
	    store_error(p->store));
}

static void
check(struct process *p, int r)
{
	if (r != STORE_OK)
		store_dies(p);
}

void
send_answers(struct process *p, uint64_t size)
{
	struct ipc_channel *ch = p->activator;
	size_t i;

	for (i = 0; i < p->nanswers; i++) {
		if (p->answers[i].entered)
			as_put_entered(begin(ch, REC_ENTERED, AS_ENTERED_MAX),
			    &p->answers[i].entry);
		else
			as_put_outcome(begin(ch, REC_OUTCOME, AS_OUTCOME_MAX),
			    &p->answers[i].outcome);
		end(ch);
	}
	p->nanswers = 0;
	ipc_put_u64(begin(ch, REC_COMMITTED, 8), size);
	end(ch);
	ipc_flush(ch);
}

static int
send_document(void *ctx, const void *row)
{
	const struct row_document *d = row;
	struct process *p = ctx;

	ipc_put_blob(
	    begin(p->activator, REC_STORED_DOCUMENT, AS_STORED_DOCUMENT_MAX),
	    d->bytes, d->len);
	end(p->activator);
	p->ndocuments++;
	return 0;
}

static int
send_stored_log(void *ctx, const void *row)
{
	struct process *p = ctx;

	as_put_stored_log(
	    begin(p->activator, REC_STORED_LOG, AS_STORED_LOG_MAX), row);
	end(p->activator);
	return 0;
}

/* There may be more of them than the queue holds: each page is sent first. */
void
send_documents(struct process *p)
{
	uint64_t cursor = 0;
	bool more = true;
	struct ipc_writer *w;

	p->ndocuments = 0;
	while (more) {
		check(p, store_read_documents(p->store, &cursor, DOCUMENTS_PAGE,
			     &more, send_document, p));
		if (ipc_drain(p->activator, DRAIN_MS) == -1)
			fatalx("the activator does not take its documents");
	}
	check(p,
	    store_read_older_logs(p->store, LOGS_MAX - 1, send_stored_log, p));
	w = begin(p->activator, REC_DOCUMENTS_END, 4);
	ipc_put_u32(w, p->ndocuments);
	end(p->activator);
	ipc_flush(p->activator);
}

static int
send_entry(void *ctx, const void *row)
{
	const struct row_entry *e = row;
	struct process *p = ctx;
	struct ipc_writer *w;

	w = begin(p->activator, REC_STORED_ENTRY, AS_STORED_ENTRY_MAX);
	ipc_put_u64(w, e->index);
	ipc_put_blob(w, e->text, e->len);
	end(p->activator);
	return 0;
}

void
send_entries(struct process *p, const uint8_t log[UUID_LEN], uint64_t first)
{
	struct ipc_writer *w;
	bool more;

	check(p, store_read_entries(p->store, log, &first, ENTRIES_PAGE, &more,
		     send_entry, p));
	w = begin(p->activator, REC_ENTRIES_END, 8 + 1);
	ipc_put_u64(w, first);
	ipc_put_bool(w, more);
	end(p->activator);
	ipc_flush(p->activator);
}

struct page {
	struct process *p;
	uint32_t id;
	size_t room; /* bytes of the page's one packet */
};

/* Room for a row of len bytes, in what is left of the packet. */
static struct ipc_writer *
begin_row(struct page *page, uint16_t type, size_t len)
{
	if (len > page->room)
		return NULL;
	page->room -= len;
	return begin(page->p->control, type, len);
}

static int
send_family(void *ctx, const void *row)
{
	struct page *page = ctx;
	struct ipc_writer *w;

	w = begin_row(page, REC_ROW_FAMILY, sizeof(struct row_family) + 8);
	if (w == NULL)
		return -1;
	admin_put_family(w, page->id, row);
	end(page->p->control);
	return 0;
}

static int
send_row_document(void *ctx, const void *row)
{
	const struct row_document *d = row;
	struct page *page = ctx;
	struct ipc_writer *w;

	w = begin_row(page, REC_ROW_DOCUMENT,
	    ADMIN_ROW_DOCUMENT_MAX - DOCUMENT_BYTES_MAX + d->len);
	if (w == NULL)
		return -1;
	admin_put_row_document(w, page->id, d);
	end(page->p->control);
	return 0;
}

static int
send_machine(void *ctx, const void *row)
{
	struct page *page = ctx;
	struct ipc_writer *w;

	w = begin_row(page, REC_ROW_MACHINE, sizeof(struct row_machine) + 8);
	if (w == NULL)
		return -1;
	admin_put_machine(w, page->id, row);
	end(page->p->control);
	return 0;
}

static int
send_row_entry(void *ctx, const void *row)
{
	const struct row_entry *e = row;
	struct page *page = ctx;
	struct ipc_writer *w;

	w = begin_row(
	    page, REC_ROW_ENTRY, ADMIN_ROW_ENTRY_MAX - ENTRY_MAX + e->len);
	if (w == NULL)
		return -1;
	admin_put_entry(w, page->id, e);
	end(page->p->control);
	return 0;
}

static int
send_log(void *ctx, const void *row)
{
	struct page *page = ctx;
	struct ipc_writer *w;

	w = begin_row(page, REC_ROW_LOG, sizeof(struct row_log) + 8);
	if (w == NULL)
		return -1;
	admin_put_log(w, page->id, row);
	end(page->p->control);
	return 0;
}

/* Which function reads and sends which rows; entries need their log. */
static const struct {
	int (*read)(
	    struct store *, uint64_t *, size_t, bool *, store_row *, void *);
	store_row *send;
} pages[] = {
	[READ_FAMILIES] = { store_read_families, send_family },
	[READ_DOCUMENTS] = { store_read_documents, send_row_document },
	[READ_MACHINES] = { store_read_machines, send_machine },
	[READ_LOGS] = { store_read_logs, send_log },
};

void
send_page(struct process *p, const struct admin_read *q)
{
	struct page page = { p, q->id, IPC_PACKET_MAX - IPC_HEADER_LEN };
	struct admin_page_end e = { .id = q->id, .cursor = q->cursor };
	struct admin_done done = { .id = q->id, .code = CODE_OK };
	int r;

	if (q->what == READ_ENTRIES)
		r = store_read_entries(p->store, q->log, &e.cursor, q->rows,
		    &e.more, send_row_entry, &page);
	else
		r = pages[q->what].read(p->store, &e.cursor, q->rows, &e.more,
		    pages[q->what].send, &page);
	check(p, r);
	admin_put_page_end(begin(p->control, REC_PAGE_END, 4 + 8 + 1), &e);
	end(p->control);
	admin_put_done(begin(p->control, REC_DONE, ADMIN_DONE_MAX), &done);
	end(p->control);
	ipc_flush(p->control);
}

/*
 * Every record between the processes: the first byte chooses the decoder.
 * What decodes encodes to the same bytes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/ipc_admin.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define RECORD(type, get, put)                                             \
	static void try_##type(struct ipc_reader *r, struct ipc_writer *w) \
	{                                                                  \
		static struct type x;                                      \
                                                                           \
		memset(&x, 0, sizeof(x));                                  \
		get(r, &x);                                                \
		if (!r->bad)                                               \
			put(w, &x);                                        \
	}

/* A row has the question's id in front. */
#define ROW(type, get, put)                                                \
	static void try_##type(struct ipc_reader *r, struct ipc_writer *w) \
	{                                                                  \
		static struct type x;                                      \
		uint32_t id = 0;                                           \
                                                                           \
		memset(&x, 0, sizeof(x));                                  \
		get(r, &id, &x);                                           \
		if (!r->bad)                                               \
			put(w, id, &x);                                    \
	}

RECORD(setup, parent_get_setup, parent_put_setup)
RECORD(limits, parent_get_limits, parent_put_limits)
RECORD(confinement, parent_get_confinement, parent_put_confinement)
RECORD(host_status, parent_get_host_status, parent_put_host_status)
RECORD(child_counters, parent_get_counters, parent_put_counters)
RECORD(la_certificate, la_get_certificate, la_put_certificate)
RECORD(la_product, la_get_product, la_put_product)
RECORD(la_document, la_get_document, la_put_document)
RECORD(la_request, la_get_request, la_put_request)
RECORD(la_reply, la_get_reply, la_put_reply)
RECORD(la_error, la_get_error, la_put_error)
RECORD(la_events, la_get_events, la_put_events)
RECORD(as_state, as_get_state, as_put_state)
RECORD(as_stored_log, as_get_stored_log, as_put_stored_log)
RECORD(as_batch, as_get_batch, as_put_batch)
RECORD(as_decide, as_get_decide, as_put_decide)
RECORD(as_enter, as_get_enter, as_put_enter)
RECORD(as_document, as_get_document, as_put_document)
RECORD(as_begin_log, as_get_begin_log, as_put_begin_log)
RECORD(as_outcome, as_get_outcome, as_put_outcome)
RECORD(as_entered, as_get_entered, as_put_entered)
RECORD(admin_read, admin_get_read, admin_put_read)
RECORD(admin_install, admin_get_install, admin_put_install)
RECORD(admin_who, admin_get_who, admin_put_who)
RECORD(admin_host_request, admin_get_host_request, admin_put_host_request)
RECORD(admin_rollback, admin_get_rollback, admin_put_rollback)
RECORD(admin_page_end, admin_get_page_end, admin_put_page_end)
RECORD(admin_text, admin_get_text, admin_put_text)
RECORD(admin_done, admin_get_done, admin_put_done)
ROW(row_family, admin_get_family, admin_put_family)
ROW(row_document, admin_get_row_document, admin_put_row_document)
ROW(row_machine, admin_get_machine, admin_put_machine)
ROW(row_entry, admin_get_entry, admin_put_entry)
ROW(row_log, admin_get_log, admin_put_log)

static void (*const records[])(struct ipc_reader *,
    struct ipc_writer *) = { try_setup, try_limits, try_confinement,
	try_host_status, try_child_counters, try_la_certificate, try_la_product,
	try_la_document, try_la_request, try_la_reply, try_la_error,
	try_la_events, try_as_state, try_as_stored_log, try_as_batch,
	try_as_decide, try_as_enter, try_as_document, try_as_begin_log,
	try_as_outcome, try_as_entered, try_admin_read, try_admin_install,
	try_admin_who, try_admin_host_request, try_admin_rollback,
	try_admin_page_end, try_admin_text, try_admin_done, try_row_family,
	try_row_document, try_row_machine, try_row_entry, try_row_log };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[2 * IPC_PACKET_MAX];
	struct ipc_writer w = { .p = again, .end = again + sizeof(again) };
	struct ipc_reader r;
	size_t n;

	if (size == 0 || size > IPC_PACKET_MAX)
		return (0);
	r = (struct ipc_reader){ .p = data + 1, .end = data + size };
	records[data[0] % (sizeof(records) / sizeof(records[0]))](&r, &w);
	if (r.bad)
		return (0);
	n = (size_t)(w.p - again);
	if (w.bad || n != (size_t)(r.p - (data + 1)) ||
	    memcmp(again, data + 1, n) != 0)
		abort();
	return (0);
}

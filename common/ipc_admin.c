/* Records of administrators' questions and answers. */
#include "config.h"

#include <string.h>

#include "common/ipc_admin.h"
#include "common/message_value.h"

void
admin_put_read(struct ipc_writer *w, const struct admin_read *r)
{
	ipc_put_u32(w, r->id);
	ipc_put_u8(w, r->what);
	ipc_put_u64(w, r->cursor);
	ipc_put_u16(w, r->rows);
	ipc_put_bytes(w, r->log, sizeof(r->log));
}

void
admin_get_read(struct ipc_reader *p, struct admin_read *r)
{
	r->id = ipc_get_u32(p);
	r->what = ipc_get_u8(p);
	r->cursor = ipc_get_u64(p);
	r->rows = ipc_get_u16(p);
	ipc_get_bytes(p, r->log, sizeof(r->log));
	if (r->what > READ_LOGS || r->rows < 1 || r->rows > ADMIN_PAGE_MAX)
		p->bad = true;
}

void
admin_put_install(struct ipc_writer *w, const struct admin_install *i)
{
	ipc_put_u32(w, i->id);
	ipc_put_u32(w, i->uid);
	ipc_put_blob(w, i->bytes, i->len);
}

void
admin_get_install(struct ipc_reader *p, struct admin_install *i)
{
	i->id = ipc_get_u32(p);
	i->uid = ipc_get_u32(p);
	i->bytes = (const char *)ipc_get_blob(p, DOCUMENT_BYTES_MAX, &i->len);
}

void
admin_put_who(struct ipc_writer *w, const struct admin_who *a)
{
	ipc_put_u32(w, a->id);
	ipc_put_u32(w, a->uid);
}

void
admin_get_who(struct ipc_reader *p, struct admin_who *a)
{
	a->id = ipc_get_u32(p);
	a->uid = ipc_get_u32(p);
}

void
admin_put_host_request(struct ipc_writer *w, const struct admin_host_request *r)
{
	ipc_put_u32(w, r->id);
	ipc_put_string(w, r->name);
}

void
admin_get_host_request(struct ipc_reader *p, struct admin_host_request *r)
{
	r->id = ipc_get_u32(p);
	ipc_get_string(p, r->name, sizeof(r->name));
}

void
admin_put_rollback(struct ipc_writer *w, const struct admin_rollback *r)
{
	ipc_put_u32(w, r->id);
	ipc_put_u32(w, r->uid);
	ipc_put_string(w, r->reason);
}

void
admin_get_rollback(struct ipc_reader *p, struct admin_rollback *r)
{
	r->id = ipc_get_u32(p);
	r->uid = ipc_get_u32(p);
	ipc_get_string(p, r->reason, sizeof(r->reason));
	/* It becomes a line of an entry, and must not fail there. */
	if (!message_text_trimmed(r->reason, strlen(r->reason)))
		p->bad = true;
}

void
admin_put_family(struct ipc_writer *w, uint32_t id, const struct row_family *r)
{
	ipc_put_u32(w, id);
	ipc_put_bytes(w, r->publisher, sizeof(r->publisher));
	ipc_put_string(w, r->family);
	ipc_put_u64(w, r->physical);
	ipc_put_u64(w, r->virtual);
}

void
admin_get_family(struct ipc_reader *p, uint32_t *id, struct row_family *r)
{
	*id = ipc_get_u32(p);
	ipc_get_bytes(p, r->publisher, sizeof(r->publisher));
	ipc_get_string(p, r->family, sizeof(r->family));
	r->physical = ipc_get_u64(p);
	r->virtual = ipc_get_u64(p);
}

void
admin_put_row_document(
    struct ipc_writer *w, uint32_t id, const struct row_document *r)
{
	ipc_put_u32(w, id);
	ipc_put_string(w, r->type);
	ipc_put_bytes(w, r->publisher, sizeof(r->publisher));
	ipc_put_bytes(w, r->object, sizeof(r->object));
	ipc_put_u64(w, r->revision);
	ipc_put_blob(w, r->bytes, r->len);
}

void
admin_get_row_document(
    struct ipc_reader *p, uint32_t *id, struct row_document *r)
{
	*id = ipc_get_u32(p);
	ipc_get_string(p, r->type, sizeof(r->type));
	ipc_get_bytes(p, r->publisher, sizeof(r->publisher));
	ipc_get_bytes(p, r->object, sizeof(r->object));
	r->revision = ipc_get_u64(p);
	r->bytes = (const char *)ipc_get_blob(p, DOCUMENT_BYTES_MAX, &r->len);
}

void
admin_put_machine(
    struct ipc_writer *w, uint32_t id, const struct row_machine *r)
{
	ipc_put_u32(w, id);
	ipc_put_bytes(w, r->machine, sizeof(r->machine));
	ipc_put_bytes(w, r->publisher, sizeof(r->publisher));
	ipc_put_bytes(w, r->product, sizeof(r->product));
	ipc_put_string(w, r->host_name);
	ipc_put_i64(w, r->seen);
	ipc_put_i64(w, r->expires);
	ipc_put_u64(w, r->serial);
	ipc_put_bool(w, r->virtual);
	ipc_put_u32(w, r->code);
}

void
admin_get_machine(struct ipc_reader *p, uint32_t *id, struct row_machine *r)
{
	*id = ipc_get_u32(p);
	ipc_get_bytes(p, r->machine, sizeof(r->machine));
	ipc_get_bytes(p, r->publisher, sizeof(r->publisher));
	ipc_get_bytes(p, r->product, sizeof(r->product));
	ipc_get_string(p, r->host_name, sizeof(r->host_name));
	r->seen = ipc_get_i64(p);
	r->expires = ipc_get_i64(p);
	r->serial = ipc_get_u64(p);
	r->virtual = ipc_get_bool(p);
	r->code = ipc_get_u32(p);
}

void
admin_put_entry(struct ipc_writer *w, uint32_t id, const struct row_entry *r)
{
	ipc_put_u32(w, id);
	ipc_put_u64(w, r->index);
	ipc_put_blob(w, r->text, r->len);
}

void
admin_get_entry(struct ipc_reader *p, uint32_t *id, struct row_entry *r)
{
	*id = ipc_get_u32(p);
	r->index = ipc_get_u64(p);
	r->text = (const char *)ipc_get_blob(p, ENTRY_MAX, &r->len);
}

void
admin_put_log(struct ipc_writer *w, uint32_t id, const struct row_log *r)
{
	ipc_put_u32(w, id);
	ipc_put_bytes(w, r->log, sizeof(r->log));
	ipc_put_u64(w, r->size);
	ipc_put_bool(w, r->current);
}

void
admin_get_log(struct ipc_reader *p, uint32_t *id, struct row_log *r)
{
	*id = ipc_get_u32(p);
	ipc_get_bytes(p, r->log, sizeof(r->log));
	r->size = ipc_get_u64(p);
	r->current = ipc_get_bool(p);
}

void
admin_put_page_end(struct ipc_writer *w, const struct admin_page_end *e)
{
	ipc_put_u32(w, e->id);
	ipc_put_u64(w, e->cursor);
	ipc_put_bool(w, e->more);
}

void
admin_get_page_end(struct ipc_reader *p, struct admin_page_end *e)
{
	e->id = ipc_get_u32(p);
	e->cursor = ipc_get_u64(p);
	e->more = ipc_get_bool(p);
}

void
admin_put_text(struct ipc_writer *w, const struct admin_text *t)
{
	ipc_put_u32(w, t->id);
	ipc_put_blob(w, t->text, t->len);
}

void
admin_get_text(struct ipc_reader *p, struct admin_text *t)
{
	t->id = ipc_get_u32(p);
	t->text = (const char *)ipc_get_blob(p, DOCUMENT_BYTES_MAX, &t->len);
}

void
admin_put_done(struct ipc_writer *w, const struct admin_done *d)
{
	ipc_put_u32(w, d->id);
	ipc_put_u32(w, d->code);
	ipc_put_string(w, d->text);
}

void
admin_get_done(struct ipc_reader *p, struct admin_done *d)
{
	d->id = ipc_get_u32(p);
	d->code = ipc_get_u32(p);
	ipc_get_string(p, d->text, sizeof(d->text));
}

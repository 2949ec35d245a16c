/* Records between activator and store. */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "common/ipc_activator_store.h"

static void
put_time(struct ipc_writer *w, struct ktime t)
{
	ipc_put_i64(w, t.sec);
}

static struct ktime
get_time(struct ipc_reader *p)
{
	struct ktime t;

	t.sec = ipc_get_i64(p);
	if (t.sec < 0 || t.sec > KTIME_MAX) {
		p->bad = true;
		t.sec = 0;
	}
	return (t);
}

void
as_put_state(struct ipc_writer *w, const struct as_state *s)
{
	ipc_put_bool(w, s->exists);
	ipc_put_bytes(w, s->store, sizeof(s->store));
	ipc_put_bytes(w, s->log, sizeof(s->log));
	ipc_put_u64(w, s->size);
	ipc_put_u64(w, s->checkpoint_size);
	put_time(w, s->newest);
	ipc_put_u32(w, (uint32_t)s->oldest_day);
}

void
as_get_state(struct ipc_reader *p, struct as_state *s)
{
	s->exists = ipc_get_bool(p);
	ipc_get_bytes(p, s->store, sizeof(s->store));
	ipc_get_bytes(p, s->log, sizeof(s->log));
	s->size = ipc_get_u64(p);
	s->checkpoint_size = ipc_get_u64(p);
	s->newest = get_time(p);
	s->oldest_day = (int32_t)ipc_get_u32(p);
	if (s->size >= TREE_SIZE_LIMIT || s->checkpoint_size > s->size)
		p->bad = true;
}

void
as_put_stored_log(struct ipc_writer *w, const struct as_stored_log *l)
{
	ipc_put_bytes(w, l->log, sizeof(l->log));
	ipc_put_blob(w, l->checkpoint, l->checkpoint_len);
}

void
as_get_stored_log(struct ipc_reader *p, struct as_stored_log *l)
{
	ipc_get_bytes(p, l->log, sizeof(l->log));
	l->checkpoint =
	    (const char *)ipc_get_blob(p, CHECKPOINT_MAX, &l->checkpoint_len);
}

void
as_put_batch(struct ipc_writer *w, const struct as_batch *b)
{
	ipc_put_u16(w, b->n);
	put_time(w, b->time);
	ipc_put_u32(w, (uint32_t)b->oldest_day);
	ipc_put_u64(w, b->checkpoint_size);
	ipc_put_blob(w, b->checkpoint, b->checkpoint_len);
}

void
as_get_batch(struct ipc_reader *p, struct as_batch *b)
{
	b->n = ipc_get_u16(p);
	b->time = get_time(p);
	b->oldest_day = (int32_t)ipc_get_u32(p);
	b->checkpoint_size = ipc_get_u64(p);
	b->checkpoint =
	    (const char *)ipc_get_blob(p, CHECKPOINT_MAX, &b->checkpoint_len);
	if (b->n > BATCH_MAX || (b->n == 0 && b->checkpoint_len == 0))
		p->bad = true;
}

/* The lines from publisher to virtual, expires and salt. */
static void
put_entry(struct ipc_writer *w, const struct entry_decision *e)
{
	ipc_put_bytes(w, e->publisher, sizeof(e->publisher));
	ipc_put_bytes(w, e->product, sizeof(e->product));
	ipc_put_bytes(w, e->host, sizeof(e->host));
	ipc_put_bytes(w, e->machine, sizeof(e->machine));
	ipc_put_bytes(w, e->hardware, sizeof(e->hardware));
	ipc_put_string(w, e->host_name);
	put_time(w, e->client_time);
	ipc_put_u8(w, (uint8_t)e->state);
	ipc_put_i64(w, e->left);
	ipc_put_bool(w, e->virtual != 0);
	put_time(w, e->expires);
	ipc_put_bytes(w, e->salt, sizeof(e->salt));
}

static void
get_entry(struct ipc_reader *p, struct entry_decision *e)
{
	memset(e, 0, sizeof(*e));
	ipc_get_bytes(p, e->publisher, sizeof(e->publisher));
	ipc_get_bytes(p, e->product, sizeof(e->product));
	ipc_get_bytes(p, e->host, sizeof(e->host));
	ipc_get_bytes(p, e->machine, sizeof(e->machine));
	ipc_get_bytes(p, e->hardware, sizeof(e->hardware));
	ipc_get_string(p, e->host_name, sizeof(e->host_name));
	e->client_time = get_time(p);
	e->state = ipc_get_u8(p);
	e->left = ipc_get_i64(p);
	e->virtual = ipc_get_bool(p);
	e->expires = get_time(p);
	ipc_get_bytes(p, e->salt, sizeof(e->salt));
	if (e->state > STATE_NOTIFICATION || e->left < 0 || e->left > KTIME_MAX)
		p->bad = true;
}

void
as_put_decide(struct ipc_writer *w, const struct as_decide *d)
{
	ipc_put_u32(w, d->id);
	ipc_put_u8(w, d->verb);
	put_entry(w, &d->entry);
	ipc_put_string(w, d->family);
	ipc_put_u64(w, d->last);
	ipc_put_bytes(w, d->nonce_hash, sizeof(d->nonce_hash));
	ipc_put_bytes(w, d->name_hash, sizeof(d->name_hash));
	ipc_put_bool(w, d->count_virtual);
	ipc_put_u64(w, d->threshold);
	ipc_put_u32(w, d->skew);
	ipc_put_u32(w, d->decisions_per_day);
	ipc_put_u32(w, d->new_machines);
	ipc_put_bytes(w, d->source, sizeof(d->source));
}

void
as_get_decide(struct ipc_reader *p, struct as_decide *d)
{
	d->id = ipc_get_u32(p);
	d->verb = ipc_get_u8(p);
	get_entry(p, &d->entry);
	ipc_get_string(p, d->family, sizeof(d->family));
	d->last = ipc_get_u64(p);
	ipc_get_bytes(p, d->nonce_hash, sizeof(d->nonce_hash));
	ipc_get_bytes(p, d->name_hash, sizeof(d->name_hash));
	d->count_virtual = ipc_get_bool(p);
	d->threshold = ipc_get_u64(p);
	d->skew = ipc_get_u32(p);
	d->decisions_per_day = ipc_get_u32(p);
	d->new_machines = ipc_get_u32(p);
	ipc_get_bytes(p, d->source, sizeof(d->source));
	if ((d->verb != VERB_ACTIVATE && d->verb != VERB_STATUS) ||
	    d->last >= TREE_SIZE_LIMIT)
		p->bad = true;
}

void
as_put_enter(struct ipc_writer *w, const struct as_enter *e)
{
	ipc_put_u32(w, e->id);
	ipc_put_blob(w, e->text, e->len);
}

void
as_get_enter(struct ipc_reader *p, struct as_enter *e)
{
	e->id = ipc_get_u32(p);
	e->text = (const char *)ipc_get_blob(p, ENTRY_MAX, &e->len);
}

void
as_put_document(struct ipc_writer *w, const struct as_document *d)
{
	ipc_put_u32(w, d->id);
	ipc_put_string(w, d->type);
	ipc_put_bytes(w, d->publisher, sizeof(d->publisher));
	ipc_put_bytes(w, d->object, sizeof(d->object));
	ipc_put_u64(w, d->revision);
	ipc_put_blob(w, d->bytes, d->bytes_len);
	ipc_put_blob(w, d->entry, d->entry_len);
}

void
as_get_document(struct ipc_reader *p, struct as_document *d)
{
	d->id = ipc_get_u32(p);
	ipc_get_string(p, d->type, sizeof(d->type));
	ipc_get_bytes(p, d->publisher, sizeof(d->publisher));
	ipc_get_bytes(p, d->object, sizeof(d->object));
	d->revision = ipc_get_u64(p);
	d->bytes =
	    (const char *)ipc_get_blob(p, DOCUMENT_BYTES_MAX, &d->bytes_len);
	d->entry = (const char *)ipc_get_blob(p, ENTRY_MAX, &d->entry_len);
	if (d->revision >= TREE_SIZE_LIMIT)
		p->bad = true;
}

void
as_put_begin_log(struct ipc_writer *w, const struct as_begin_log *b)
{
	ipc_put_u32(w, b->id);
	ipc_put_bytes(w, b->store, sizeof(b->store));
	ipc_put_bytes(w, b->log, sizeof(b->log));
	ipc_put_blob(w, b->entry, b->entry_len);
}

void
as_get_begin_log(struct ipc_reader *p, struct as_begin_log *b)
{
	b->id = ipc_get_u32(p);
	ipc_get_bytes(p, b->store, sizeof(b->store));
	ipc_get_bytes(p, b->log, sizeof(b->log));
	b->entry = (const char *)ipc_get_blob(p, ENTRY_MAX, &b->entry_len);
}

void
as_put_outcome(struct ipc_writer *w, const struct as_outcome *o)
{
	ipc_put_u32(w, o->id);
	ipc_put_u8(w, o->kind);
	ipc_put_u32(w, o->code);
	ipc_put_u64(w, o->count);
	ipc_put_u64(w, o->needed);
	ipc_put_u64(w, o->serial);
	ipc_put_bool(w, o->has_index);
	ipc_put_u64(w, o->index);
	ipc_put_bytes(w, o->hash, sizeof(o->hash));
}

void
as_get_outcome(struct ipc_reader *p, struct as_outcome *o)
{
	o->id = ipc_get_u32(p);
	o->kind = ipc_get_u8(p);
	o->code = ipc_get_u32(p);
	o->count = ipc_get_u64(p);
	o->needed = ipc_get_u64(p);
	o->serial = ipc_get_u64(p);
	o->has_index = ipc_get_bool(p);
	o->index = ipc_get_u64(p);
	ipc_get_bytes(p, o->hash, sizeof(o->hash));
	if (o->kind > OUTCOME_NOTHING || o->count >= TREE_SIZE_LIMIT ||
	    o->needed >= TREE_SIZE_LIMIT || o->serial >= TREE_SIZE_LIMIT)
		p->bad = true;
}

void
as_put_entered(struct ipc_writer *w, const struct as_entered *e)
{
	ipc_put_u32(w, e->id);
	ipc_put_u64(w, e->index);
	ipc_put_bytes(w, e->hash, sizeof(e->hash));
}

void
as_get_entered(struct ipc_reader *p, struct as_entered *e)
{
	e->id = ipc_get_u32(p);
	e->index = ipc_get_u64(p);
	ipc_get_bytes(p, e->hash, sizeof(e->hash));
}

void
entry_hash(const void *text, size_t len, uint8_t hash[ENTRY_HASH_LEN])
{
	uint8_t full[crypto_generichash_BYTES_MIN];

	(void)crypto_generichash(full, sizeof(full), text, len, NULL, 0);
	memcpy(hash, full, ENTRY_HASH_LEN);
}

/* The activator in a test: a store, a parent, a listener and machines. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/codes.h"
#include "tests/unit/activator_fixture.h"

static void
event(struct fixture *f, char c)
{
	if (f->nevents + 1 < sizeof(f->events))
		f->events[f->nevents++] = c;
	f->events[f->nevents] = '\0';
}

static void
out_create(
    void *ctx, const uint8_t store[UUID_LEN], const uint8_t log[UUID_LEN])
{
	struct fixture *f = ctx;

	event(f, 'C');
	memset(&f->state, 0, sizeof(f->state));
	f->state.exists = true;
	memcpy(f->state.store, store, UUID_LEN);
	memcpy(f->state.log, log, UUID_LEN);
}

static void
out_read_documents(void *ctx)
{
	event(ctx, 'p');
}

static void
out_read_entries(void *ctx, const uint8_t log[UUID_LEN], uint64_t first)
{
	struct fixture *f = ctx;

	assert_memory_equal(log, f->state.log, UUID_LEN);
	f->read_first = first;
	event(f, 'q');
}

static void
out_batch(void *ctx, const struct as_batch *b)
{
	struct fixture *f = ctx;

	assert_false(f->complete);
	f->batch = *b;
	f->nsent = 0;
	event(f, 'b');
}

static struct sent *
out_record(
    struct fixture *f, char kind, uint32_t id, const char *text, size_t len)
{
	struct sent *s = &f->sent[f->nsent++];

	assert_true(f->nsent <= BATCH_MAX);
	s->kind = kind;
	s->id = id;
	s->len = len;
	if (text != NULL)
		memcpy(s->text, text, len);
	event(f, kind);
	return (s);
}

static void
out_decide(void *ctx, const struct as_decide *d)
{
	out_record(ctx, 'd', d->id, NULL, 0)->decide = *d;
}

static void
out_enter(void *ctx, const struct as_enter *e)
{
	(void)out_record(ctx, 'e', e->id, e->text, e->len);
}

static void
out_document(void *ctx, const struct as_document *d)
{
	struct fixture *f = ctx;

	(void)out_record(f, 'k', d->id, d->entry, d->entry_len);
	fixture_store(f, d->bytes, d->bytes_len);
}

static void
out_begin_log(void *ctx, const struct as_begin_log *l)
{
	struct fixture *f = ctx;

	(void)out_record(f, 'l', l->id, l->entry, l->entry_len);
	memcpy(f->state.store, l->store, UUID_LEN);
	memcpy(f->state.log, l->log, UUID_LEN);
	f->state.size = 0;
}

static void
out_batch_end(void *ctx)
{
	struct fixture *f = ctx;

	assert_int_equal(f->nsent, f->batch.n);
	f->complete = true;
	event(f, 'E');
}

static void
out_anchor(void *ctx, const char *text, size_t len)
{
	struct fixture *f = ctx;

	memcpy(f->anchor, text, len);
	f->anchor_len = len;
	event(f, 'A');
}

static bool
out_anchor_left(void *ctx)
{
	return (!((struct fixture *)ctx)->anchor_blocked);
}

static void
out_manifest(void *ctx, uint32_t sequence, const char *text, size_t len)
{
	struct fixture *f = ctx;

	memcpy(f->manifest, text, len);
	f->manifest_len = len;
	f->manifest_sequence = sequence;
	event(f, 'M');
}

static void
out_serving(void *ctx)
{
	event(ctx, 'S');
}

static void
out_rollback(void *ctx, const char *why)
{
	struct fixture *f = ctx;

	(void)snprintf(f->why, sizeof(f->why), "%s", why);
	event(f, 'W');
}

static void
out_offer_begin(void *ctx)
{
	struct fixture *f = ctx;

	f->noffered = f->offered_certificates = f->offered_documents = 0;
	f->seal_len = 0;
	event(f, 'O');
}

static void
out_offer_certificate(void *ctx, const struct la_certificate *c)
{
	struct fixture *f = ctx;

	if (f->offered_certificates++ == 0) {
		memcpy(f->seal, c->seal, c->seal_len);
		f->seal_len = c->seal_len;
	}
}

static void
out_offer_product(void *ctx, const struct la_product *p)
{
	struct fixture *f = ctx;

	f->offered[f->noffered++] = *p;
}

static void
out_offer_document(void *ctx, const struct la_document *d)
{
	(void)d;
	((struct fixture *)ctx)->offered_documents++;
}

static void
out_offer_end(void *ctx, bool any)
{
	((struct fixture *)ctx)->any_certificate = any;
}

static struct captured *
capture(struct fixture *f, uint32_t slot, char c)
{
	assert_true(f->ncaptured < FIXTURE_CAPTURED);
	f->captured[f->ncaptured].slot = slot;
	event(f, c);
	return (&f->captured[f->ncaptured++]);
}

static void
out_reply(void *ctx, const struct la_reply *r)
{
	struct captured *c = capture(ctx, r->slot, 'R');

	c->code = 0;
	memcpy(c->nonce, r->reply.nonce, sizeof(c->nonce));
	memcpy(c->box, r->reply.box, r->reply.box_len);
	c->box_len = r->reply.box_len;
}

static void
out_reply_error(void *ctx, const struct la_error *e)
{
	struct captured *c = capture(ctx, e->slot, 'X');

	c->code = e->code;
	c->close = e->close;
}

static void
out_text(void *ctx, const struct admin_text *t)
{
	struct fixture *f = ctx;

	memcpy(f->text, t->text, t->len);
	f->text_len = t->len;
	event(f, 'T');
}

static void
out_done(void *ctx, const struct admin_done *d)
{
	((struct fixture *)ctx)->done = *d;
	event(ctx, 'D');
}

static void
out_restart(void *ctx)
{
	event(ctx, 'Z');
}

static void
out_drained(void *ctx)
{
	event(ctx, 'F');
}

static void
out_replies_end(void *ctx)
{
	(void)ctx;
}

static void
out_say(void *ctx, const char *text)
{
	struct fixture *f = ctx;

	(void)strlcat(f->said, text, sizeof(f->said));
	(void)strlcat(f->said, "\n", sizeof(f->said));
}

static const struct outlets fixture_outlets = {
	.say = out_say,
	.create = out_create,
	.read_documents = out_read_documents,
	.read_entries = out_read_entries,
	.batch = out_batch,
	.decide = out_decide,
	.enter = out_enter,
	.document = out_document,
	.begin_log = out_begin_log,
	.batch_end = out_batch_end,
	.anchor = out_anchor,
	.anchor_left = out_anchor_left,
	.manifest = out_manifest,
	.serving = out_serving,
	.rollback = out_rollback,
	.offer_begin = out_offer_begin,
	.offer_certificate = out_offer_certificate,
	.offer_product = out_offer_product,
	.offer_document = out_offer_document,
	.offer_end = out_offer_end,
	.reply = out_reply,
	.reply_error = out_reply_error,
	.replies_end = out_replies_end,
	.text = out_text,
	.done = out_done,
	.restart = out_restart,
	.drained = out_drained,
};

static size_t
sign(const struct message_type *type, const void *doc, const struct seckey *key,
    char *out)
{
	char text[PRODUCT_MAX + 1], error[MESSAGE_ERROR_MAX], name[64];
	int len;

	len = message_print(type, doc, text, sizeof(text), error);
	if (len == -1)
		fail_msg("%s: %s", type->name, error);
	(void)snprintf(name, sizeof(name), "%s 1", type->name);
	len = signify_sign(key, name, text, (size_t)len, out, SIGNED_MAX);
	assert_true(len > 0);
	return ((size_t)len);
}

size_t
fixture_sign_product(struct fixture *f, const struct doc_product *d,
    const struct seckey *key, char *out)
{
	(void)f;
	return (sign(&doc_product_type, d, key, out));
}

size_t
fixture_sign_host(struct fixture *f, const struct doc_host *d,
    const struct seckey *key, char *out)
{
	(void)f;
	return (sign(&doc_host_type, d, key, out));
}

size_t
fixture_sign_revocation(struct fixture *f, const struct doc_revocation *d,
    const struct seckey *key, char *out)
{
	(void)f;
	return (sign(&doc_revocation_type, d, key, out));
}

void
fixture_store(struct fixture *f, const char *bytes, size_t len)
{
	assert_true(f->ndocuments < REGISTRY_MAX);
	memcpy(f->document[f->ndocuments], bytes, len);
	f->document_len[f->ndocuments++] = len;
}

void
fixture_list(struct fixture *f)
{
	struct manifest m;

	memset(&m, 0, sizeof(m));
	m.ndocuments = 2;
	(void)snprintf(m.document[0].type, sizeof(m.document[0].type), "%s",
	    doc_product_type.name);
	memcpy(m.document[0].publisher, f->product.publisher, PUBKEY_LEN);
	memcpy(m.document[0].object, f->product.product, UUID_LEN);
	m.document[0].revision = f->product.revision;
	(void)snprintf(m.document[1].type, sizeof(m.document[1].type), "%s",
	    doc_host_type.name);
	memcpy(m.document[1].publisher, f->host.publisher, PUBKEY_LEN);
	memcpy(m.document[1].object, f->host.serial, UUID_LEN);
	f->manifest_len = (size_t)manifest_print(&m, f->manifest);
	fixture_restart(f);
}

void
fixture_older(struct fixture *f, const uint8_t log[UUID_LEN],
    const struct seckey *key, uint64_t size)
{
	struct as_stored_log *l = &f->older[f->nolder];
	struct checkpoint c;
	struct pubkey public;

	assert_true(f->nolder < LOGS_MAX);
	signify_public(key, &public);
	memset(&c, 0, sizeof(c));
	origin_make(&c.origin, public.key, log);
	c.size = size;
	memset(c.root.b, (int)f->nolder + 1, HASH_LEN);
	memcpy(l->log, log, UUID_LEN);
	l->checkpoint = f->older_note[f->nolder];
	l->checkpoint_len =
	    (size_t)checkpoint_sign(&c, key, f->older_note[f->nolder]);
	f->nolder++;
}

static void
make_documents(struct fixture *f)
{
	struct doc_product *p = &f->product;
	struct doc_host *h = &f->host;
	struct pubkey host;

	pubkey_to_blob(&f->publisher, p->publisher);
	assert_int_equal(uuid_make(p->product), 0);
	(void)snprintf(p->name, sizeof(p->name), "Drawing 1");
	(void)snprintf(p->family, sizeof(p->family), "drawing");
	p->group = 2;
	p->revision = 7;
	pubkey_to_blob(&f->issuer, p->issuer[0].key);
	p->nissuers = 1;
	p->threshold = 5;
	p->count_virtual = 1;
	p->validity = 180 * KTIME_DAY;
	p->renew = (struct setting){ 7 * KTIME_DAY, KTIME_DAY, 30 * KTIME_DAY };
	p->retry = (struct setting){ 2 * KTIME_HOUR, 900, KTIME_DAY };
	p->grace = 30 * KTIME_DAY;
	p->not_before.sec = FIXTURE_NOW - 100 * KTIME_DAY;
	p->not_after.sec = FIXTURE_NOW + 3000 * KTIME_DAY;
	assert_int_equal(uuid_make(h->serial), 0);
	memcpy(h->publisher, p->publisher, PUBKEY_LEN);
	(void)snprintf(h->family[0].name, sizeof(h->family[0].name), "drawing");
	h->family[0].group = 3;
	h->nfamilies = 1;
	signify_public(&f->host_key, &host);
	pubkey_to_blob(&host, h->host);
	h->not_before.sec = FIXTURE_NOW - 10 * KTIME_DAY;
	h->not_after.sec = FIXTURE_NOW + 360 * KTIME_DAY;
}

static struct fixture *
make(void)
{
	struct fixture *f;
	struct anchor anchor;
	struct pubkey host;

	assert_true(sodium_init() >= 0);
	f = calloc(1, sizeof(*f));
	assert_non_null(f);
	signify_keypair(&f->publisher, &f->publisher_key);
	signify_keypair(&f->issuer, &f->issuer_key);
	signify_keypair(&f->other, &f->other_key);
	signify_keypair(&host, &f->host_key);
	if (arena_init(&f->arena, f->error) == -1)
		fail_msg("%s", f->error);
	arena_set_host_key(&f->arena, &f->host_key);
	f->limits.skew = 4 * KTIME_HOUR;
	f->limits.decisions_per_day = 200;
	f->limits.new_machines = 1000;
	f->now.sec = FIXTURE_NOW;
	f->boot_ms = FIXTURE_BOOT;
	f->count = 5;
	make_documents(f);
	memset(&anchor, 0, sizeof(anchor));
	assert_int_equal(uuid_make(anchor.store), 0);
	assert_int_equal(uuid_make(anchor.origin.log), 0);
	origin_make(&anchor.origin, host.key, anchor.origin.log);
	f->anchor_len = (size_t)anchor_print(&anchor, f->anchor);
	fixture_restart(f);
	return (f);
}

void
fixture_restart(struct fixture *f)
{
	struct outlets out = fixture_outlets;
	char key[256];
	int len;

	activator_free(f->a);
	fixture_clear(f);
	f->complete = false;
	out.ctx = f;
	f->a = activator_new(&f->arena, f->anchor, f->anchor_len,
	    f->manifest_len == 0 ? NULL : f->manifest, f->manifest_len,
	    &f->limits, &out, f->error);
	if (f->a == NULL)
		fail_msg("%s", f->error);
	len = signify_print_pubkey(&f->publisher, "test", key, sizeof(key));
	assert_true(len > 0);
	assert_int_equal(
	    activator_publisher(f->a, key, (size_t)len, f->error), 0);
	activator_time(f->a, f->now, f->boot_ms);
}

static int
answer_documents(struct fixture *f)
{
	size_t i;

	for (i = 0; i < f->ndocuments; i++)
		if (catchup_document(f->a, f->document[i], f->document_len[i],
			f->error) == -1)
			return (-1);
	for (i = 0; i < f->nolder; i++)
		if (catchup_log(f->a, &f->older[i], f->error) == -1)
			return (-1);
	return (catchup_documents_end(f->a, (uint32_t)f->ndocuments, f->error));
}

/* Pages of three. */
static int
answer_entries(struct fixture *f)
{
	uint64_t i = f->read_first;
	size_t n;

	for (n = 0; n < 3 && i < f->state.size; n++, i++)
		if (catchup_entry(
			f->a, i, f->entry[i], f->entry_len[i], f->error) == -1)
			return (-1);
	return (catchup_entries_end(f->a, i, i < f->state.size, f->error));
}

void
fixture_catch_up(struct fixture *f)
{
	int ret = 0;

	if (f->a->catchup.phase == PHASE_STATE)
		ret = catchup_state(f->a, &f->state, f->error);
	while (ret == 0 && f->handled < f->nevents)
		switch (f->events[f->handled++]) {
		case 'C':
			ret = catchup_state(f->a, &f->state, f->error);
			break;
		case 'p':
			ret = answer_documents(f);
			break;
		case 'q':
			ret = answer_entries(f);
			break;
		case 'M':
			if (f->a->admin.awaits_manifest)
				ret = admin_manifest_saved(
				    f->a, f->manifest_sequence, f->error);
			break;
		case 'E':
			if (f->complete)
				ret = fixture_answer(f, LIE_NONE);
			break;
		default:
			break;
		}
	if (ret == -1)
		fail_msg("%s", f->error);
}

int
fixture_fresh(void **state)
{
	*state = make();
	return (0);
}

int
fixture_serving(void **state)
{
	struct fixture *f = make();
	char text[SIGNED_MAX];
	size_t len;

	*state = f;
	len = fixture_sign_product(f, &f->product, &f->publisher_key, text);
	fixture_store(f, text, len);
	len = fixture_sign_host(f, &f->host, &f->issuer_key, text);
	fixture_store(f, text, len);
	fixture_list(f);
	fixture_catch_up(f);
	assert_int_equal(f->a->catchup.phase, PHASE_SERVING);
	fixture_clear(f);
	return (0);
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	activator_free(f->a);
	arena_free(&f->arena);
	free(f);
	return (0);
}

void
fixture_clear(struct fixture *f)
{
	f->nevents = f->handled = f->ncaptured = 0;
	f->events[0] = '\0';
	memset(&f->done, 0, sizeof(f->done));
	f->done.code = UINT32_MAX;
}

void
fixture_pass(struct fixture *f, int64_t seconds)
{
	f->now.sec += seconds;
	f->boot_ms += seconds * 1000;
	activator_time(f->a, f->now, f->boot_ms);
}

/* Prints the entry of a decision as the store does. */
static void
decide(struct fixture *f, struct sent *s, struct as_outcome *o, enum lie lie)
{
	struct entry_decision e = s->decide.entry;
	const struct message_type *type = &entry_grant_type;

	o->kind = f->refuse == CODE_OK ? OUTCOME_GRANT : f->refuse_kind;
	o->code = f->refuse;
	o->count = e.count = lie == LIE_BELOW ? 1 : f->count;
	o->needed = e.needed = lie == LIE_NEEDED ? 1 : s->decide.threshold;
	if (s->decide.verb == VERB_STATUS) {
		o->kind = OUTCOME_NOTHING;
		o->code = CODE_OK;
	}
	o->serial = o->kind == OUTCOME_NOTHING ? 0 : ++f->serial;
	o->has_index = o->kind == OUTCOME_GRANT || o->kind == OUTCOME_REFUSAL;
	if (!o->has_index)
		return;
	if (o->kind == OUTCOME_REFUSAL) {
		type = &entry_refusal_type;
		e.code = f->refuse;
		(void)snprintf(e.code_name, sizeof(e.code_name), "%s",
		    code_name(f->refuse));
	}
	if (lie == LIE_TIME)
		e.time.sec++;
	s->len =
	    (size_t)message_print(type, &e, s->text, sizeof(s->text), NULL);
	assert_true(s->len <= ENTRY_MAX);
}

static void
keep(struct fixture *f, const struct sent *s, uint64_t *index,
    uint8_t hash[ENTRY_HASH_LEN])
{
	assert_true(f->state.size < FIXTURE_ENTRIES);
	*index = f->state.size++;
	memcpy(f->entry[*index], s->text, s->len);
	f->entry_len[*index] = s->len;
	f->state.newest = f->batch.time;
	f->state.oldest_day = f->batch.oldest_day;
	entry_hash(s->text, s->len, hash);
}

static void
apply(struct as_outcome *o, enum lie lie)
{
	if (lie == LIE_HASH)
		o->hash[7] ^= 1;
	else if (lie == LIE_INDEX)
		o->index++;
	else if (lie == LIE_NO_INDEX)
		o->has_index = false;
	else if (lie == LIE_ID)
		o->id++;
	else if (lie == LIE_KIND)
		o->kind = 17;
	else if (lie == LIE_CODE)
		o->code = CODE_BUSY;
	else if (lie == LIE_SERIAL)
		o->serial = o->serial == 0;
}

static int
answer_one(struct fixture *f, struct sent *s, enum lie lie)
{
	struct as_outcome o;
	struct as_entered e;

	memset(&o, 0, sizeof(o));
	o.id = e.id = s->id;
	if (s->kind == 'd') {
		decide(f, s, &o, lie);
		if (o.has_index)
			keep(f, s, &o.index, o.hash);
		apply(&o, lie);
		if (lie != LIE_ENTERED)
			return (batch_outcome(f->a, &o, f->error));
		e.index = o.index;
		memcpy(e.hash, o.hash, sizeof(e.hash));
		return (batch_entered(f->a, &e, f->error));
	}
	keep(f, s, &e.index, e.hash);
	if (lie == LIE_HASH)
		e.hash[0] ^= 1;
	if (lie == LIE_INDEX)
		e.index--;
	if (lie == LIE_ID)
		e.id = 0;
	return (batch_entered(f->a, &e, f->error));
}

int
fixture_answer(struct fixture *f, enum lie lie)
{
	size_t i, n = f->batch.n;
	struct sent last;

	assert_true(f->complete);
	f->complete = false;
	memset(&last, 0, sizeof(last));
	if (n != 0)
		last = f->sent[n - 1];
	if (lie == LIE_FEWER)
		n--;
	for (i = 0; i < n; i++)
		if (answer_one(f, &f->sent[i], i == n - 1 ? lie : LIE_NONE) ==
		    -1)
			return (-1);
	if (lie == LIE_MORE && answer_one(f, &last, LIE_NONE) == -1)
		return (-1);
	return (
	    batch_committed(f->a, f->state.size + (lie == LIE_SIZE), f->error));
}

void
fixture_turn(struct fixture *f)
{
	if (activator_turn(f->a, f->error) == -1)
		fail_msg("%s", f->error);
	while (f->complete)
		if (fixture_answer(f, LIE_NONE) == -1)
			fail_msg("%s", f->error);
}

void
fixture_install(struct fixture *f, const char *bytes, size_t len)
{
	struct admin_install r = { 3, 1000, bytes, len };

	f->done.code = UINT32_MAX;
	if (admin_install(f->a, &r, f->error) == -1)
		fail_msg("%s", f->error);
	fixture_turn(f);
	if (f->a->admin.awaits_manifest &&
	    admin_manifest_saved(f->a, f->manifest_sequence, f->error) == -1)
		fail_msg("%s", f->error);
}

void
machine_make(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	sealbox_keypair(m->public, m->secret);
}

void
machine_fill(struct fixture *f, struct machine *m, int verb)
{
	struct doc_request *q = &m->request;
	struct doc_seal seal;

	memset(q, 0, sizeof(*q));
	if (f->seal_len != 0) {
		assert_int_equal(
		    trust_seal(&f->host, f->seal, f->seal_len, &seal, f->error),
		    0);
		memcpy(q->seal, seal.suite[0].id, SEAL_ID_LEN);
		assert_int_equal(
		    sealbox_shared(m->shared, seal.suite[0].key, m->secret), 0);
	}
	memcpy(q->machine, m->public, MACHINE_KEY_LEN);
	memset(q->challenge, 0x42, CHALLENGE_LEN);
	memcpy(q->product, f->product.product, UUID_LEN);
	q->verb = verb;
	(void)snprintf(q->host_name, sizeof(q->host_name), "pc1.example");
	memset(q->hardware, 7, HARDWARE_LEN);
	q->time = f->now;
	q->state = STATE_LICENSED;
	q->left = 3600;
	memcpy(q->last_store, f->a->log.store, UUID_LEN);
	q->last = 4;
	randombytes_buf(q->nonce, sizeof(q->nonce));
}

void
machine_seal(struct fixture *f, struct machine *m, uint32_t slot,
    struct la_request *r, uint8_t box[MACHINE_BOX_MAX])
{
	char text[REQUEST_MAX + 1];
	uint8_t nonce[SEALBOX_NONCE_LEN];
	int len;

	len = message_print(
	    &doc_request_type, &m->request, text, sizeof(text), f->error);
	if (len == -1)
		fail_msg("%s", f->error);
	memset(r, 0, sizeof(*r));
	r->slot = slot;
	memset(r->challenge, 0x42, CHALLENGE_LEN);
	memcpy(r->sealed.seal, m->request.seal, SEAL_ID_LEN);
	memcpy(r->sealed.machine, m->public, MACHINE_KEY_LEN);
	sealbox_half(text, (size_t)len, m->half);
	memcpy(r->sealed.half, m->half, SEALBOX_HALF_LEN);
	sealbox_request_nonce(m->half, nonce);
	len = sealbox_seal(
	    box, MACHINE_BOX_MAX, text, (size_t)len, nonce, m->shared);
	assert_true(len > 0);
	r->sealed.box = box;
	r->sealed.box_len = (size_t)len;
}

int
machine_send(struct fixture *f, struct machine *m, uint32_t slot)
{
	uint8_t box[MACHINE_BOX_MAX];
	struct la_request r;

	machine_seal(f, m, slot, &r, box);
	return (activator_request(f->a, &r, f->error));
}

int
machine_open(const struct machine *m, const struct captured *c,
    char text[WIRE_BOX_MAX], struct doc_reply *reply)
{
	const char *end;
	size_t n;
	int len;

	if (!sealbox_is_reply_nonce(c->nonce, m->half))
		return (-1);
	len = sealbox_open(
	    text, WIRE_BOX_MAX, c->box, c->box_len, c->nonce, m->shared);
	if (len == -1)
		return (-1);
	text[len] = '\0';
	end = strstr(text, "\n\n");
	n = end == NULL ? (size_t)len : (size_t)(end - text) + 1;
	if (message_parse(&doc_reply_type, text, n, reply, NULL) == -1)
		return (-1);
	return (len);
}

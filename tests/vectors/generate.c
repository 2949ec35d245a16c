/*
 * Writes protocol.json: examples of each step of doc/protocol.md.  Every
 * random byte comes from a fixed stream, so the output never changes unless a
 * format does; a test compares it with the file that is kept.
 *
 * The stream is BLAKE2b-512 over "kmsd vectors" and a counter (u64, little
 * endian from 0), digest after digest.
 */
#include "config.h"

#include <err.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/codes.h"
#include "common/entries.h"
#include "common/salt.h"
#include "common/sealbox.h"
#include "common/trust.h"
#include "common/wire.h"

#define NOW 1795341600 /* 2026-11-22T10:00:00Z */
#define BUFFER_MAX 20000
#define LEAVES 7 /* entries of the example log */

static uint64_t stream_counter;
static uint8_t stream[64];
static size_t stream_used = sizeof(stream);
static uint8_t stream_last[32]; /* what the last caller for 32 bytes got */

static const char *
stream_name(void)
{
	return ("vectors");
}

static void
stream_bytes(void *const buf, const size_t len)
{
	uint8_t *p = buf, in[20] = "kmsd vectors";
	size_t i, j;

	for (i = 0; i < len; i++) {
		if (stream_used == sizeof(stream)) {
			for (j = 0; j < 8; j++)
				in[12 + j] =
				    (uint8_t)(stream_counter >> (8 * j));
			(void)crypto_generichash(
			    stream, sizeof(stream), in, sizeof(in), NULL, 0);
			stream_counter++;
			stream_used = 0;
		}
		p[i] = stream[stream_used++];
	}
	if (len == sizeof(stream_last))
		memcpy(stream_last, buf, len);
}

static uint32_t
stream_random(void)
{
	uint32_t x;

	stream_bytes(&x, sizeof(x));
	return (x);
}

static struct randombytes_implementation stream_source = {
	.implementation_name = stream_name,
	.random = stream_random,
	.buf = stream_bytes,
};

/* Everything that the steps hand on. */
struct example {
	struct pubkey publisher, issuer, host;
	struct seckey publisher_sec, issuer_sec, host_sec;
	struct doc_product product;
	uint8_t product_digest[HASH_LEN]; /* of the signed document */
	struct doc_host certificate;
	struct doc_seal seal;
	struct origin origin;
	uint8_t seal_public[32], seal_secret[32];
	uint8_t machine_public[32], machine_secret[32], shared[32];
	struct doc_request request;
	uint8_t half[SEALBOX_HALF_LEN];
	struct entry_decision entry;
	uint8_t salt_key[SALT_KEY_LEN];
	struct checkpoint checkpoint;
	uint8_t checkpoint_signature[SIGNATURE_LEN];
	char grant[GRANT_MAX + 1];
};

static void
fixed_uuid(uint8_t uuid[UUID_LEN], uint8_t n)
{
	memset(uuid, n, UUID_LEN);
	uuid[6] = (uint8_t)(0x40 | (n & 0xf));
	uuid[8] = (uint8_t)(0x80 | (n & 0x3f));
}

static void
put_text(const char *key, const char *text, size_t len)
{
	size_t i;

	(void)printf("  \"%s\": \"", key);
	for (i = 0; i < len; i++) {
		if (text[i] == '\n')
			(void)printf("\\n");
		else if (text[i] == '"' || text[i] == '\\')
			(void)printf("\\%c", text[i]);
		else
			(void)putchar(text[i]);
	}
	(void)printf("\",\n");
}

static void
put_hex(const char *key, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t i;

	(void)printf("  \"%s\": \"", key);
	for (i = 0; i < len; i++)
		(void)printf("%02x", p[i]);
	(void)printf("\",\n");
}

static int
need(int len, const char *what)
{
	if (len == -1)
		errx(1, "%s does not work", what);
	return (len);
}

/* Prints and signs a document, and shows it. */
static int
put_signed(const char *key, const struct message_type *type,
    const void *message, const struct seckey *sec, char out[BUFFER_MAX])
{
	char text[BUFFER_MAX], name[64];
	int len;

	len = need(message_print(type, message, text, sizeof(text), NULL), key);
	(void)snprintf(name, sizeof(name), "%s %u", type->name, type->version);
	len = need(
	    signify_sign(sec, name, text, (size_t)len, out, BUFFER_MAX), key);
	put_text(key, out, (size_t)len);
	return (len);
}

static void
put_keys(struct example *x)
{
	char text[256];
	int len;

	signify_keypair(&x->publisher, &x->publisher_sec);
	signify_keypair(&x->issuer, &x->issuer_sec);
	signify_keypair(&x->host, &x->host_sec);
	len = need(signify_print_pubkey(
		       &x->publisher, "publisher", text, sizeof(text)),
	    "publisher");
	put_text("publisher_pub", text, (size_t)len);
	put_hex("publisher_seed", x->publisher_sec.key, 32);
	put_hex("issuer_seed", x->issuer_sec.key, 32);
	put_hex("host_seed", x->host_sec.key, 32);
	put_hex("host_key", x->host.key, 32);
	sealbox_keypair(x->seal_public, x->seal_secret);
	sealbox_keypair(x->machine_public, x->machine_secret);
	put_hex("seal_public", x->seal_public, 32);
	put_hex("seal_secret", x->seal_secret, 32);
	put_hex("machine_public", x->machine_public, 32);
	put_hex("machine_secret", x->machine_secret, 32);
	if (sealbox_shared(x->shared, x->seal_public, x->machine_secret) == -1)
		errx(1, "shared");
	put_hex("shared", x->shared, 32);
}

static void
put_product(struct example *x)
{
	struct doc_product *p = &x->product;
	struct doc_revocation r;
	char out[BUFFER_MAX];
	int len;

	pubkey_to_blob(&x->publisher, p->publisher);
	fixed_uuid(p->product, 0x11);
	(void)strlcpy(
	    p->name, "Example Draw \xe2\x80\x93 \xc3\x9c", sizeof(p->name));
	(void)strlcpy(p->family, "draw", sizeof(p->family));
	p->group = 2;
	p->revision = 3;
	pubkey_to_blob(&x->issuer, p->issuer[0].key);
	p->nissuers = 1;
	p->threshold = 5;
	p->count_virtual = 1;
	p->validity = 180 * KTIME_DAY;
	p->renew = (struct setting){ 7 * KTIME_DAY, 900, 30 * KTIME_DAY };
	p->retry = (struct setting){ 2 * KTIME_HOUR, 900, 30 * KTIME_DAY };
	p->grace = 30 * KTIME_DAY;
	(void)strlcpy(p->contact[0].country, "DE", COUNTRY_MAX);
	(void)strlcpy(
	    p->contact[0].how, "+49 30 5550100, weekdays", CONTACT_MAX);
	p->ncontacts = 1;
	p->not_before.sec = NOW - 10 * KTIME_DAY;
	p->not_after.sec = NOW + 3650 * (int64_t)KTIME_DAY;
	(void)strlcpy(p->extensions, "x-shop https://shop.example\n",
	    sizeof(p->extensions));
	len =
	    put_signed("product", &doc_product_type, p, &x->publisher_sec, out);
	(void)crypto_hash_sha256(
	    x->product_digest, (const uint8_t *)out, (unsigned long long)len);
	memset(&r, 0, sizeof(r));
	pubkey_to_blob(&x->publisher, r.publisher);
	r.revision = 1;
	r.time.sec = NOW - KTIME_DAY;
	fixed_uuid(r.host[0].serial, 0x66);
	r.host[0].how = REVOKED_VOID;
	r.nhosts = 1;
	(void)put_signed(
	    "revocation", &doc_revocation_type, &r, &x->publisher_sec, out);
}

static void
put_host(struct example *x)
{
	struct doc_host *h = &x->certificate;
	struct doc_seal *s = &x->seal;
	char out[BUFFER_MAX], hello[BUFFER_MAX];
	uint8_t frame[BUFFER_MAX];
	struct wire_hello_reply w;
	struct wire_hello q;

	fixed_uuid(h->serial, 0x22);
	pubkey_to_blob(&x->publisher, h->publisher);
	(void)strlcpy(h->family[0].name, "draw", FAMILY_MAX);
	h->family[0].group = 2;
	h->nfamilies = 1;
	pubkey_to_blob(&x->host, h->host);
	h->not_before.sec = NOW - KTIME_DAY;
	h->not_after.sec = NOW + 364 * (int64_t)KTIME_DAY;
	w.host = out;
	w.host_len =
	    (size_t)put_signed("host", &doc_host_type, h, &x->issuer_sec, out);
	memcpy(s->serial, h->serial, UUID_LEN);
	fixed_uuid(s->store, 0x33);
	randombytes_buf(s->suite[0].id, SEAL_ID_LEN);
	memcpy(s->suite[0].key, x->seal_public, 32);
	s->nsuites = 1;
	s->not_before.sec = NOW - 5 * KTIME_HOUR;
	s->not_after.sec = NOW + 5 * KTIME_HOUR;
	w.seal = hello;
	w.seal_len =
	    (size_t)put_signed("seal", &doc_seal_type, s, &x->host_sec, hello);
	memcpy(q.keynum, x->publisher.keynum, sizeof(q.keynum));
	memcpy(q.product, x->product.product, sizeof(q.product));
	put_hex("frame_hello", frame,
	    (size_t)need(wire_put_hello(&q, frame, sizeof(frame)), "hello"));
	randombytes_buf(w.challenge, sizeof(w.challenge));
	memcpy(x->request.challenge, w.challenge, sizeof(w.challenge));
	w.product_revision = 3;
	w.revocation_revision = 1;
	put_hex("frame_hello_reply", frame,
	    (size_t)need(
		wire_put_hello_reply(&w, frame, sizeof(frame)), "hello-reply"));
}

static void
put_request(struct example *x)
{
	uint8_t box[WIRE_CLIENT_MAX], frame[WIRE_CLIENT_MAX + 2];
	uint8_t nonce[SEALBOX_NONCE_LEN], id[MACHINE_ID_LEN];
	struct doc_request *r = &x->request;
	struct wire_sealed w;
	char text[REQUEST_MAX + 1];
	int len;

	memcpy(r->seal, x->seal.suite[0].id, SEAL_ID_LEN);
	memcpy(r->machine, x->machine_public, 32);
	memcpy(r->product, x->product.product, UUID_LEN);
	(void)strlcpy(r->host_name, "desk-17.example", sizeof(r->host_name));
	put_text("identity", "0123456789abcdef0123456789abcdef", 32);
	(void)crypto_generichash(r->hardware, HARDWARE_LEN,
	    (const uint8_t *)"0123456789abcdef0123456789abcdef", 32,
	    x->product.product, UUID_LEN);
	r->time.sec = NOW - 3;
	memcpy(r->last_store, x->seal.store, UUID_LEN);
	randombytes_buf(r->nonce, sizeof(r->nonce));
	len =
	    need(message_print(&doc_request_type, r, text, sizeof(text), NULL),
		"request");
	put_text("request", text, (size_t)len);
	sealbox_machine_id(x->machine_public, id);
	put_hex("machine_id", id, sizeof(id));
	sealbox_half(text, (size_t)len, x->half);
	put_hex("request_random", stream_last, sizeof(stream_last));
	sealbox_request_nonce(x->half, nonce);
	put_hex("request_nonce", nonce, sizeof(nonce));
	len = need(
	    sealbox_seal(box, sizeof(box), text, (size_t)len, nonce, x->shared),
	    "box");
	memcpy(w.seal, r->seal, sizeof(w.seal));
	memcpy(w.machine, r->machine, sizeof(w.machine));
	memcpy(w.half, x->half, sizeof(w.half));
	w.box = box;
	w.box_len = (size_t)len;
	put_hex("frame_sealed", frame,
	    (size_t)need(wire_put_sealed(&w, frame, sizeof(frame)), "sealed"));
}

static void
fill_entry(struct example *x)
{
	struct entry_decision *e = &x->entry;

	e->time.sec = NOW;
	pubkey_to_blob(&x->publisher, e->publisher);
	memcpy(e->product, x->product.product, UUID_LEN);
	memcpy(e->host, x->certificate.serial, UUID_LEN);
	sealbox_machine_id(x->machine_public, e->machine);
	memcpy(e->hardware, x->request.hardware, HARDWARE_LEN);
	(void)strlcpy(e->host_name, x->request.host_name, sizeof(e->host_name));
	e->client_time = x->request.time;
	e->count = 6;
	e->needed = 5;
	e->expires.sec = NOW + 180 * KTIME_DAY;
	salt_key(&x->host_sec, x->salt_key);
	put_hex("salt_key", x->salt_key, sizeof(x->salt_key));
	if (salt_make(x->salt_key, &x->origin, &entry_grant_type, e, e->salt) ==
	    -1)
		errx(1, "salt");
}

/* A log of LEAVES entries; the grant is the last but one. */
static void
put_grant(struct example *x)
{
	char text[ENTRY_MAX + 1], note[CHECKPOINT_MAX], other[64];
	char origin[ORIGIN_MAX], proof[PROOF_MAX];
	struct tree_hash leaf, hashes[TREE_PROOF_MAX];
	struct tree_edge edge;
	struct tree_batch *batch;
	struct checkpoint c;
	int len, i, note_len;
	size_t n;

	fixed_uuid(c.origin.log, 0x44);
	origin_make(&x->origin, x->host.key, c.origin.log);
	origin_print(&x->origin, origin);
	put_text("origin", origin, strlen(origin));
	fill_entry(x);
	len = need(message_print(
		       &entry_grant_type, &x->entry, text, sizeof(text), NULL),
	    "entry");
	put_text("entry", text, (size_t)len);
	memset(&edge, 0, sizeof(edge));
	if ((batch = tree_batch_new(LEAVES)) == NULL)
		err(1, NULL);
	tree_batch_begin(batch, &edge);
	for (i = 0; i < LEAVES; i++) {
		(void)snprintf(other, sizeof(other), "another entry %d\n", i);
		if (i == LEAVES - 2)
			tree_leaf(text, (size_t)len, &leaf);
		else
			tree_leaf(other, strlen(other), &leaf);
		(void)tree_batch_add(batch, &leaf);
	}
	tree_batch_end(batch, &edge, &c.root);
	c.origin = x->origin;
	c.size = LEAVES;
	note_len = checkpoint_sign(&c, &x->host_sec, note);
	put_text("checkpoint", note, (size_t)note_len);
	if (checkpoint_verify(note, (size_t)note_len, x->host.key,
		&x->checkpoint, x->checkpoint_signature, NULL) == -1)
		errx(1, "checkpoint");
	n = tree_batch_proof(batch, LEAVES - 2, hashes);
	tree_batch_free(batch);
	i = need(proof_print(LEAVES - 2, hashes, n, note, (size_t)note_len,
		     proof, sizeof(proof)),
	    "proof");
	(void)snprintf(x->grant, sizeof(x->grant), "%s\n%.*s", text, i, proof);
	put_text("grant", x->grant, strlen(x->grant));
}

static void
put_reply(struct example *x)
{
	uint8_t box[WIRE_BOX_MAX], frame[WIRE_BOX_MAX + 64];
	char text[REPLY_MAX + GRANT_MAX + 2];
	struct wire_sealed_reply w;
	struct doc_reply r;
	size_t used;
	int len;

	memset(&r, 0, sizeof(r));
	memcpy(r.nonce, x->request.nonce, sizeof(r.nonce));
	r.result = RESULT_GRANTED;
	r.count = 6;
	r.needed = 5;
	memcpy(r.store, x->seal.store, UUID_LEN);
	r.serial = 1;
	r.has_serial = true;
	r.renew = x->product.renew.value;
	r.retry = x->product.retry.value;
	r.time.sec = NOW;
	len = need(message_print(&doc_reply_type, &r, text, sizeof(text), NULL),
	    "reply");
	used = (size_t)len;
	used += (size_t)snprintf(
	    text + used, sizeof(text) - used, "\n%s", x->grant);
	put_text("reply", text, used);
	sealbox_reply_nonce(x->half, w.nonce);
	put_hex("reply_nonce", w.nonce, sizeof(w.nonce));
	len =
	    need(sealbox_seal(box, sizeof(box), text, used, w.nonce, x->shared),
		"box");
	w.box = box;
	w.box_len = (size_t)len;
	put_hex("frame_sealed_reply", frame,
	    (size_t)need(wire_put_sealed_reply(&w, frame, sizeof(frame)),
		"sealed-reply"));
}

static void
put_error(void)
{
	static const char text[] = "no request slot is free";
	struct wire_error e = { CODE_BUSY, 5, text, sizeof(text) - 1 };
	uint8_t frame[300];

	put_hex("frame_error", frame,
	    (size_t)need(wire_put_error(&e, frame, sizeof(frame)), "error"));
}

static void
put_host_request(struct example *x)
{
	struct doc_host_request r;
	char out[BUFFER_MAX];

	memset(&r, 0, sizeof(r));
	r.has_product_key = true;
	(void)strlcpy(r.product_key, "BCDFG-HJKMP-QRTVW-XY234-67892",
	    sizeof(r.product_key));
	pubkey_to_blob(&x->host, r.host);
	(void)strlcpy(r.name, "kms.example", sizeof(r.name));
	memcpy(r.store, x->seal.store, UUID_LEN);
	memcpy(r.log[0].log, x->origin.log, UUID_LEN);
	r.log[0].size = x->checkpoint.size;
	memcpy(r.log[0].root, x->checkpoint.root.b, HASH_LEN);
	memcpy(r.log[0].signature, x->checkpoint_signature, SIGNATURE_LEN);
	r.nlogs = 1;
	randombytes_buf(r.nonce, sizeof(r.nonce));
	r.time.sec = NOW;
	(void)put_signed(
	    "host_request", &doc_host_request_type, &r, &x->host_sec, out);
}

/* An entry with its salt, which stands at salt. */
static void
put_entry(struct example *x, const char *name, const struct message_type *type,
    const void *entry, uint8_t *salt)
{
	char text[ENTRY_MAX + 1];

	if (salt_make(x->salt_key, &x->origin, type, entry, salt) == -1)
		errx(1, "salt");
	put_text(name, text,
	    (size_t)need(
		message_print(type, entry, text, sizeof(text), NULL), name));
}

static void
put_decisions(struct example *x)
{
	struct entry_decision e = x->entry;
	struct entry_change c;

	e.code = CODE_COUNT_INSUFFICIENT;
	(void)strlcpy(e.code_name, "count-insufficient", sizeof(e.code_name));
	e.virtual = 1;
	e.count = 4;
	put_entry(x, "entry_refusal", &entry_refusal_type, &e, e.salt);
	memset(&c, 0, sizeof(c));
	c.time.sec = NOW;
	c.uid = 1000;
	(void)strlcpy(c.action, "install", sizeof(c.action));
	(void)strlcpy(c.type, "kms-product", sizeof(c.type));
	pubkey_to_blob(&x->publisher, c.publisher);
	memcpy(c.object, x->product.product, UUID_LEN);
	c.revision = x->product.revision;
	memcpy(c.digest, x->product_digest, HASH_LEN);
	put_entry(x, "entry_change", &entry_change_type, &c, c.salt);
}

static void
put_events(struct example *x)
{
	struct entry_start s;
	struct entry_rollback r;
	struct entry_summary m;

	memset(&s, 0, sizeof(s));
	s.time.sec = NOW;
	(void)strlcpy(s.version, "1.0", sizeof(s.version));
	memcpy(s.store, x->seal.store, UUID_LEN);
	s.size = LEAVES;
	put_entry(x, "entry_start", &entry_start_type, &s, s.salt);
	memset(&r, 0, sizeof(r));
	r.time.sec = NOW;
	(void)strlcpy(
	    r.reason, "disk replaced, backup of Sunday", sizeof(r.reason));
	memcpy(r.old_log, x->origin.log, UUID_LEN);
	memcpy(r.old_store, x->seal.store, UUID_LEN);
	fixed_uuid(r.store, 0x77);
	r.found_size = 5;
	r.anchor_size = LEAVES;
	memcpy(r.anchor_root, x->checkpoint.root.b, HASH_LEN);
	put_entry(x, "entry_rollback", &entry_rollback_type, &r, r.salt);
	memset(&m, 0, sizeof(m));
	m.time.sec = NOW;
	m.from.sec = NOW - 60;
	(void)strlcpy(m.kind, "time-skew", sizeof(m.kind));
	m.count = 3;
	put_entry(x, "entry_summary", &entry_summary_type, &m, m.salt);
}

int
main(void)
{
	static struct example x;

	if (randombytes_set_implementation(&stream_source) != 0 ||
	    sodium_init() == -1)
		errx(1, "libsodium does not start");
	(void)printf("{\n");
	put_keys(&x);
	put_product(&x);
	put_host(&x);
	put_request(&x);
	put_grant(&x);
	put_reply(&x);
	put_error();
	put_host_request(&x);
	put_decisions(&x);
	put_events(&x);
	(void)printf("  \"time\": %d\n}\n", NOW);
	return (0);
}

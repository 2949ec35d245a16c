/* A host within the test's own process: its documents, its log, its frames. */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/codes.h"
#include "common/wire.h"
#include "tests/unit/fake_host.h"

#define DEADLINE_MS 20000

/* A fixture that fails has no result. */
static void
must(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "fake host: %s\n", what);
		abort();
	}
}

size_t
fake_sign(const struct seckey *key, const struct message_type *type,
    const void *message, char *out, size_t size)
{
	char text[PRODUCT_MAX + 1], name[64], why[MESSAGE_ERROR_MAX];
	int len;

	len = message_print(type, message, text, sizeof(text), why);
	must(len != -1, why);
	(void)snprintf(name, sizeof(name), "%s %u", type->name, type->version);
	len = signify_sign(key, name, text, (size_t)len, out, size);
	must(len != -1, "sign");
	return ((size_t)len);
}

static void
make_product(struct fake_host *h, struct ktime now)
{
	struct doc_product *p = &h->product;

	pubkey_to_blob(&h->publisher.pub, p->publisher);
	(void)uuid_make(p->product);
	(void)strlcpy(p->name, "Example Writer 3", sizeof(p->name));
	(void)strlcpy(p->family, "writer", sizeof(p->family));
	p->group = 2;
	p->revision = 5;
	pubkey_to_blob(&h->issuer.pub, p->issuer[0].key);
	p->nissuers = 1;
	p->threshold = 5;
	p->count_virtual = 1;
	p->validity = 180 * KTIME_DAY;
	p->renew = (struct setting){ 7 * KTIME_DAY, 15 * KTIME_MINUTE,
		30 * KTIME_DAY };
	p->retry = (struct setting){ 2 * KTIME_HOUR, 15 * KTIME_MINUTE,
		30 * KTIME_DAY };
	p->grace = 30 * KTIME_DAY;
	p->not_before = ktime_add(now, -KTIME_DAY);
	p->not_after = ktime_add(now, 1000 * KTIME_DAY);
}

static void
make_certificate(struct fake_host *h, struct ktime now)
{
	struct doc_host *c = &h->certificate;

	(void)uuid_make(c->serial);
	memcpy(c->publisher, h->product.publisher, PUBKEY_LEN);
	(void)strlcpy(c->family[0].name, "writer", sizeof(c->family[0].name));
	c->family[0].group = 2;
	c->nfamilies = 1;
	pubkey_to_blob(&h->host.pub, c->host);
	c->not_before = ktime_add(now, -10 * KTIME_DAY);
	c->not_after = ktime_add(now, 365 * KTIME_DAY);
}

static void
make_seal(struct fake_host *h, struct ktime now)
{
	struct doc_seal *s = &h->seal;

	memcpy(s->serial, h->certificate.serial, UUID_LEN);
	(void)uuid_make(s->store);
	sealbox_keypair(s->suite[0].key, h->seal_secret);
	randombytes_buf(s->suite[0].id, SEAL_ID_LEN);
	s->nsuites = 1;
	s->not_before = ktime_add(now, -4 * KTIME_HOUR);
	s->not_after = ktime_add(now, 5 * KTIME_HOUR);
}

static void
make_log(struct fake_host *h)
{
	struct tree_hash leaf;
	int i;

	(void)uuid_make(h->log);
	salt_key(&h->host.sec, h->salt_key);
	for (i = 0; i < 11; i++) {
		tree_leaf(&i, sizeof(i), &leaf);
		must(tree_append(&h->edge, &leaf) == 0, "log");
	}
}

void
fake_grant(struct fake_host *h, const struct message_type *type,
    struct entry_decision *e, char *out, size_t size, size_t *out_len)
{
	char entry[ENTRY_MAX + 1], note[CHECKPOINT_MAX], why[256];
	struct tree_hash leaf, hashes[TREE_PROOF_MAX];
	struct tree_batch *batch;
	struct checkpoint c;
	int64_t index = 0;
	int len, note_len, n, i;
	size_t count;

	memset(&c, 0, sizeof(c));
	origin_make(&c.origin, h->log_signer->key + 32, h->log);
	must(salt_make(h->salt_key, &c.origin, type, e, e->salt) == 0, "salt");
	len = message_print(type, e, entry, sizeof(entry), why);
	must(len != -1, why);
	must((batch = tree_batch_new(3)) != NULL, "batch");
	tree_batch_begin(batch, &h->edge);
	for (i = 0; i < 3; i++) {
		tree_leaf(entry, (size_t)(i == 1 ? len : i), &leaf);
		index = i == 1 ? tree_batch_add(batch, &leaf)
			       : (tree_batch_add(batch, &leaf), index);
	}
	tree_batch_end(batch, &h->edge, &c.root);
	c.size = h->edge.size;
	count = tree_batch_proof(batch, 1, hashes);
	tree_batch_free(batch);
	note_len = checkpoint_sign(&c, h->log_signer, note);
	must(note_len > 0, "checkpoint");
	memcpy(out, entry, (size_t)len);
	out[len++] = '\n';
	n = proof_print((uint64_t)index, hashes, count, note, (size_t)note_len,
	    out + len, size - (size_t)len);
	must(n > 0, "proof");
	*out_len = (size_t)(len + n);
}

/* What an honest host answers. */
static void
decide(struct fake_host *h, const struct doc_request *q, struct fake_reply *r)
{
	struct entry_decision *e = &r->entry;

	memcpy(r->reply.nonce, q->nonce, sizeof(q->nonce));
	r->reply.verb = q->verb;
	r->reply.result = RESULT_GRANTED;
	r->reply.count = r->reply.needed = 5;
	memcpy(r->reply.store, h->seal.store, UUID_LEN);
	r->reply.serial = ++h->serial;
	r->reply.has_serial = true;
	r->reply.renew = 7 * KTIME_DAY;
	r->reply.retry = 2 * KTIME_HOUR;
	r->reply.time = e->time = ktime_now();
	r->with_grant = true;
	r->entry_type = &entry_grant_type;
	memcpy(e->publisher, h->product.publisher, PUBKEY_LEN);
	memcpy(e->product, q->product, UUID_LEN);
	memcpy(e->host, h->certificate.serial, UUID_LEN);
	sealbox_machine_id(q->machine, e->machine);
	memcpy(e->hardware, q->hardware, HARDWARE_LEN);
	memcpy(e->host_name, q->host_name, sizeof(e->host_name));
	e->client_time = q->time;
	e->state = q->state;
	e->left = q->left;
	e->virtual = q->virtual;
	e->count = e->needed = 5;
	e->expires = ktime_add(e->time, 180 * KTIME_DAY);
}

static void
send_all(int fd, const void *data, size_t len)
{
	(void)send(fd, data, len, MSG_NOSIGNAL);
}

static void
send_error(int fd, uint32_t code, const char *text)
{
	uint8_t frame[512];
	struct wire_error e = { code, 7, text, strlen(text) };
	int len;

	len = wire_put_error(&e, frame, sizeof(frame));
	must(len != -1, "error frame");
	send_all(fd, frame, (size_t)len);
}

static void
send_reply(struct fake_host *h, int fd, const uint8_t half[12],
    const uint8_t shared[32], struct fake_reply *r)
{
	char text[REPLY_MAX + GRANT_MAX + 256], why[MESSAGE_ERROR_MAX];
	uint8_t frame[2 + WIRE_HOST_MAX];
	struct wire_sealed_reply w;
	int len;

	len =
	    message_print(&doc_reply_type, &r->reply, text, sizeof(text), why);
	must(len != -1, why);
	if (r->with_grant) {
		text[len++] = '\n';
		memcpy(text + len, r->grant, r->grant_len);
		len += (int)r->grant_len;
	}
	sealbox_reply_nonce(half, r->nonce);
	len = sealbox_seal(
	    r->box, sizeof(r->box), text, (size_t)len, r->nonce, shared);
	must(len != -1, "seal");
	r->box_len = (size_t)len;
	if (h->alter_sealed != NULL)
		h->alter_sealed(h, r);
	memcpy(w.nonce, r->nonce, sizeof(w.nonce));
	w.box = r->box;
	w.box_len = r->box_len;
	len = wire_put_sealed_reply(&w, frame, sizeof(frame));
	must(len != -1, "sealed-reply");
	send_all(fd, frame, (size_t)len);
}

/* Returns false if the connection is to be closed. */
static bool
take_sealed(struct fake_host *h, int fd, const uint8_t *payload, size_t len)
{
	char text[WIRE_CLIENT_MAX + 1], why[MESSAGE_ERROR_MAX];
	uint8_t shared[32], nonce[24];
	struct fake_reply r;
	struct doc_request *q;
	struct wire_sealed s;
	int n;

	must(wire_get_sealed(payload, len, &s) == 0, "sealed");
	must(sealbox_shared(shared, s.machine, h->seal_secret) == 0, "key");
	sealbox_request_nonce(s.half, nonce);
	n = sealbox_open(text, sizeof(text), s.box, s.box_len, nonce, shared);
	must(n != -1, "the request's box does not open");
	must(h->nrequests < FAKE_REQUESTS_MAX, "requests");
	q = &h->request[h->nrequests++];
	must(message_parse(&doc_request_type, text, (size_t)n, q, why) == 0,
	    why);
	if (memcmp(q->challenge, h->challenge, CHALLENGE_LEN) != 0)
		h->wrong_challenge = true;
	fake_digest(h->dir, h->before);
	if (h->drop > 0) {
		h->drop--;
		return (false);
	}
	if (h->seal_unknown > 0) {
		h->seal_unknown--;
		send_error(fd, CODE_SEAL_UNKNOWN, "no such seal");
		return (true);
	}
	memset(&r, 0, sizeof(r));
	decide(h, q, &r);
	if (h->alter != NULL)
		h->alter(h, &r);
	if (r.with_grant)
		fake_grant(h, r.entry_type, &r.entry, r.grant, sizeof(r.grant),
		    &r.grant_len);
	if (h->alter_grant != NULL)
		h->alter_grant(h, &r);
	send_reply(h, fd, s.half, shared, &r);
	return (true);
}

static void
take_hello(struct fake_host *h, int fd)
{
	static char host[4096], seal[4096];
	uint8_t frame[2 + WIRE_HOST_MAX];
	struct wire_hello_reply r;
	int len;

	h->hellos++;
	if (h->raw != NULL) {
		send_all(fd, h->raw, h->raw_len);
		return;
	}
	if (h->error != 0) {
		send_error(fd, h->error, h->error_text);
		return;
	}
	randombytes_buf(h->challenge, sizeof(h->challenge));
	memcpy(r.challenge, h->challenge, sizeof(r.challenge));
	r.product_revision = (uint32_t)h->offered_product.revision;
	r.revocation_revision = (uint32_t)h->revocation.revision;
	if (h->claimed != 0)
		r.product_revision = r.revocation_revision = h->claimed;
	r.host = host;
	r.host_len = fake_sign(h->host_signer, &doc_host_type, &h->certificate,
	    host, sizeof(host));
	r.seal = seal;
	r.seal_len = fake_sign(
	    h->seal_signer, &doc_seal_type, &h->seal, seal, sizeof(seal));
	len = wire_put_hello_reply(&r, frame, sizeof(frame));
	must(len != -1, "hello-reply");
	send_all(fd, frame, (size_t)len);
}

static void
take_fetch(struct fake_host *h, int fd, const uint8_t *payload, size_t len)
{
	static char text[PRODUCT_MAX + 256];
	uint8_t frame[2 + WIRE_HOST_MAX];
	enum wire_fetch which;
	size_t text_len;
	int n;

	h->fetches++;
	must(wire_get_fetch(payload, len, &which) == 0, "fetch");
	if (which == FETCH_PRODUCT)
		text_len = fake_sign(h->product_signer, &doc_product_type,
		    &h->offered_product, text, sizeof(text));
	else
		text_len = fake_sign(h->revocation_signer, &doc_revocation_type,
		    &h->revocation, text, sizeof(text));
	n = wire_put_fetched(text, text_len, frame, sizeof(frame));
	must(n != -1, "fetched");
	send_all(fd, frame, (size_t)n);
}

/* One connection, to its end. */
static void
serve(struct fake_host *h, int fd)
{
	uint8_t buf[2 + WIRE_CLIENT_MAX];
	size_t have = 0;
	ssize_t got;
	bool go_on = true;
	int n;

	while (go_on) {
		while ((n = wire_frame(buf, have, WIRE_CLIENT_MAX)) == 0) {
			got = recv(fd, buf + have, sizeof(buf) - have, 0);
			if (got <= 0)
				return;
			have += (size_t)got;
		}
		must(n > 3, "frame");
		if (buf[2] == WIRE_HELLO)
			take_hello(h, fd);
		else if (buf[2] == WIRE_FETCH)
			take_fetch(h, fd, buf + 3, (size_t)n - 3);
		else
			go_on = take_sealed(h, fd, buf + 3, (size_t)n - 3);
		have -= (size_t)n;
		memmove(buf, buf + n, have);
	}
}

static void *
run(void *arg)
{
	struct fake_host *h = arg;
	int fd;

	for (;;) {
		if ((fd = accept(h->listener, NULL, NULL)) == -1)
			return (NULL);
		if (!__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE))
			serve(h, fd);
		(void)close(fd);
		if (__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE))
			return (NULL);
	}
}

static void
start_listener(struct fake_host *h)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(h->listener != -1 &&
		 bind(h->listener, (struct sockaddr *)&sin, len) == 0 &&
		 listen(h->listener, 16) == 0 &&
		 getsockname(h->listener, (struct sockaddr *)&sin, &len) == 0,
	    "listen");
	h->port = ntohs(sin.sin_port);
}

void
fake_start(struct fake_host *h)
{
	struct ktime now = ktime_now();

	must(sodium_init() != -1, "sodium");
	memset(h, 0, sizeof(*h));
	signify_keypair(&h->publisher.pub, &h->publisher.sec);
	signify_keypair(&h->issuer.pub, &h->issuer.sec);
	signify_keypair(&h->host.pub, &h->host.sec);
	signify_keypair(&h->other.pub, &h->other.sec);
	h->product_signer = h->revocation_signer = &h->publisher.sec;
	h->host_signer = &h->issuer.sec;
	h->seal_signer = h->log_signer = &h->host.sec;
	make_product(h, now);
	h->offered_product = h->product;
	pubkey_to_blob(&h->publisher.pub, h->revocation.publisher);
	h->revocation.time = now;
	make_certificate(h, now);
	make_seal(h, now);
	make_log(h);
	(void)strlcpy(h->dir, "/tmp/kmsclient.XXXXXX", sizeof(h->dir));
	must(mkdtemp(h->dir) != NULL, "mkdtemp");
	start_listener(h);
	must(pthread_create(&h->thread, NULL, run, h) == 0, "thread");
}

void
fake_stop(struct fake_host *h)
{
	__atomic_store_n(&h->stop, true, __ATOMIC_RELEASE);
	(void)shutdown(h->listener, SHUT_RDWR);
	(void)pthread_join(h->thread, NULL);
	(void)close(h->listener);
	fake_remove(h->dir);
}

void
fake_address(const struct fake_host *h, char address[32])
{
	(void)snprintf(address, 32, "127.0.0.1:%d", h->port);
}

struct kmsclient *
fake_client(const struct fake_host *h)
{
	char text[PRODUCT_MAX + 256], address[32];
	struct kmsclient *c;
	size_t len;
	int n;

	must((c = kmsclient_open()) != NULL, "open");
	n = signify_print_pubkey(
	    &h->publisher.pub, "publisher", text, sizeof(text));
	must(n > 0 && kmsclient_set_publisher(c, text, (size_t)n) == 0,
	    "publisher");
	len = fake_sign(&h->publisher.sec, &doc_product_type, &h->product, text,
	    sizeof(text));
	must(kmsclient_set_product(c, text, len) == 0, "product");
	must(kmsclient_set_state(c, h->dir) == 0, "state");
	must(kmsclient_set_identity(c, "machine one", 11) == 0, "identity");
	must(kmsclient_set_virtual(c, 0) == 0, "virtual");
	must(kmsclient_set_timeout(c, 10) == 0, "timeout");
	fake_address(h, address);
	must(kmsclient_add_host(c, address) == 0, "host");
	return (c);
}

/* nftw(3) takes no argument, so what it adds up stands here. */
static uint8_t digest_sum[FAKE_DIGEST_LEN];

static int
digest_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	static uint8_t buf[1 << 16];
	uint8_t hash[FAKE_DIGEST_LEN];
	crypto_generichash_state state;
	ssize_t n;
	size_t i;
	int fd;

	(void)st;
	(void)ftw;
	(void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	(void)crypto_generichash_update(
	    &state, (const uint8_t *)path, strlen(path));
	if (flag == FTW_F && (fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			(void)crypto_generichash_update(&state, buf, (size_t)n);
		(void)close(fd);
	}
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	for (i = 0; i < sizeof(hash); i++)
		digest_sum[i] ^= hash[i];
	return (0);
}

void
fake_digest(const char *dir, uint8_t digest[FAKE_DIGEST_LEN])
{
	memset(digest_sum, 0, sizeof(digest_sum));
	(void)nftw(dir, digest_file, 8, FTW_PHYS);
	memcpy(digest, digest_sum, FAKE_DIGEST_LEN);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return (remove(path));
}

void
fake_remove(const char *dir)
{
	(void)nftw(dir, remove_one, 8, FTW_PHYS | FTW_DEPTH);
}

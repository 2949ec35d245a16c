/*
 * Every check of a reply, violated alone: each is refused for its own reason,
 * and the state keeps every byte that it had when the request was sent.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/handle.h"
#include "common/codes.h"
#include "tests/unit/fake_host.h"

struct violation {
	const char *name;
	enum check check; /* that has to fail */
	void (*prepare)(struct fake_host *); /* of what it offers */
	void (*alter)(struct fake_host *, struct fake_reply *);
	void (*alter_grant)(struct fake_host *, struct fake_reply *);
	void (*alter_sealed)(struct fake_host *, struct fake_reply *);
};

/* The offer. */

static void
host_signed_by_other(struct fake_host *h)
{
	h->host_signer = &h->other.sec;
}

static void
host_signed_by_publisher(struct fake_host *h)
{
	h->host_signer = &h->publisher.sec;
}

static void
host_of_other_publisher(struct fake_host *h)
{
	pubkey_to_blob(&h->other.pub, h->certificate.publisher);
}

static void
seal_signed_by_other(struct fake_host *h)
{
	h->seal_signer = &h->other.sec;
}

static void
seal_of_other_serial(struct fake_host *h)
{
	h->seal.serial[3] ^= 1;
}

static void
host_expired(struct fake_host *h)
{
	h->certificate.not_after = ktime_now();
}

static void
host_not_yet(struct fake_host *h)
{
	h->certificate.not_before = ktime_add(ktime_now(), KTIME_HOUR);
}

static void
seal_expired(struct fake_host *h)
{
	h->seal.not_after = ktime_now();
}

static void
seal_not_yet(struct fake_host *h)
{
	h->seal.not_before = ktime_add(ktime_now(), KTIME_HOUR);
}

static void
low_order_key(struct fake_host *h)
{
	memset(h->seal.suite[0].key, 0, SEAL_KEY_LEN);
}

static void
bit_255_key(struct fake_host *h)
{
	h->seal.suite[0].key[31] |= 0x80;
}

/* The sealed frame. */

static void
other_half(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->nonce[11] ^= 1;
}

static void
zero_half(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	memset(r->nonce + 12, 0, 12);
}

static void
other_box(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->box[r->box_len - 1] ^= 1;
}

static void
cut_box(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->box_len--;
}

static void
no_text(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->box_len = SEALBOX_MAC_LEN;
}

/* The reply. */

static void
other_nonce(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.nonce[0] ^= 1;
}

static void
other_verb(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.verb = VERB_STATUS;
}

static void
other_store(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.store[0] ^= 1;
}

static void
granted_without_grant(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->with_grant = false;
}

static void
refused_with_grant(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.result = RESULT_REFUSED;
	r->reply.has_code = true;
	r->reply.code = CODE_BUSY;
	(void)strlcpy(r->reply.code_name, "busy", sizeof(r->reply.code_name));
}

static void
refused_without_code(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.result = RESULT_REFUSED;
	r->with_grant = false;
}

static void
granted_with_code(struct fake_host *h, struct fake_reply *r)
{
	refused_with_grant(h, r);
	r->reply.result = RESULT_GRANTED;
}

static void
done_is_no_grant(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->reply.result = RESULT_DONE;
	r->with_grant = false;
}

static void
time_after_seal(struct fake_host *h, struct fake_reply *r)
{
	r->reply.time = h->seal.not_after;
}

static void
time_before_seal(struct fake_host *h, struct fake_reply *r)
{
	r->reply.time = ktime_add(h->seal.not_before, -1);
}

/* The grant's entry, genuinely in the log. */

static void
is_refusal(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry_type = &entry_refusal_type;
	r->entry.code = CODE_DENIED;
	(void)strlcpy(r->entry.code_name, "denied", sizeof(r->entry.code_name));
}

static void
entry_of_other_publisher(struct fake_host *h, struct fake_reply *r)
{
	pubkey_to_blob(&h->other.pub, r->entry.publisher);
}

static void
entry_of_other_product(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry.product[15] ^= 1;
}

static void
entry_of_other_machine(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry.machine[15] ^= 1;
}

static void
entry_of_other_hardware(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry.hardware[15] ^= 1;
}

static void
entry_of_other_serial(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry.host[15] ^= 1;
}

static void
other_family(struct fake_host *h)
{
	(void)strlcpy(h->certificate.family[0].name, "reader",
	    sizeof(h->certificate.family[0].name));
}

static void
lower_group(struct fake_host *h)
{
	h->certificate.family[0].group = 1;
}

static void
too_long(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry.expires = ktime_add(r->entry.expires, 1);
}

static void
young_certificate(struct fake_host *h)
{
	h->certificate.not_before = ktime_add(ktime_now(), -KTIME_HOUR);
}

static void
before_certificate(struct fake_host *h, struct fake_reply *r)
{
	r->entry.time = ktime_add(h->certificate.not_before, -1);
	r->entry.expires = ktime_add(r->entry.time, KTIME_DAY);
}

static void
short_certificate(struct fake_host *h)
{
	h->certificate.not_after = ktime_add(ktime_now(), 100 * KTIME_DAY);
}

static void
after_certificate(struct fake_host *h, struct fake_reply *r)
{
	r->entry.expires = ktime_add(h->certificate.not_after, 1);
}

static void
revoke(struct fake_host *h, enum revoked how)
{
	h->revocation.revision = 1;
	memcpy(h->revocation.host[0].serial, h->certificate.serial, UUID_LEN);
	h->revocation.host[0].how = (int)how;
	h->revocation.nhosts = 1;
}

static void
is_void(struct fake_host *h)
{
	revoke(h, REVOKED_VOID);
}

static void
is_superseded(struct fake_host *h)
{
	revoke(h, REVOKED_SUPERSEDED);
}

static void
five_hours_old(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry.time = ktime_add(ktime_now(), -5 * KTIME_HOUR);
	r->entry.expires = ktime_add(r->entry.time, KTIME_DAY);
}

static void
five_hours_ahead(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->entry.time = ktime_add(ktime_now(), 5 * KTIME_HOUR);
	r->entry.expires = ktime_add(r->entry.time, KTIME_DAY);
}

/* The proof. */

/* Flips a bit of the first character behind the n-th newline after text. */
static void
flip(struct fake_reply *r, const char *text, int newlines, size_t offset)
{
	char *p = memmem(r->grant, r->grant_len, text, strlen(text));

	if (p == NULL)
		abort();
	while (newlines-- > 0)
		p = strchr(p, '\n') + 1;
	p[offset] ^= 1;
}

#define PROOF "c2sp.org/tlog-proof@v1"

static void
bit_of_entry(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	flip(r, "\ncount ", 0, strlen("\ncount "));
}

static void
bit_of_index(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	flip(r, PROOF, 1, strlen("index 1"));
}

static void
bit_of_hash(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	flip(r, PROOF, 2, 7);
}

static void
bit_of_origin(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	flip(r, "\n\nkmsd/", 0, strlen("\n\nkmsd/") + 5);
}

static void
bit_of_size(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	flip(r, "\n\nkmsd/", 3, 1);
}

static void
bit_of_root(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	flip(r, "\n\nkmsd/", 4, 9);
}

static void
bit_of_signature(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->grant[r->grant_len - 20] ^= 1;
}

static void
log_of_other_key(struct fake_host *h)
{
	h->log_signer = &h->other.sec;
}

static void
grant_with_tail(struct fake_host *h, struct fake_reply *r)
{
	(void)h;
	r->grant[r->grant_len++] = '\n';
}

/* clang-format off */
static const struct violation violations[] = {
#define OFFER(f, check) { #f, check, f, NULL, NULL, NULL }
#define REPLY(f, check) { #f, check, NULL, f, NULL, NULL }
#define GRANT(f, check) { #f, check, NULL, NULL, f, NULL }
#define FRAME(f, check) { #f, check, NULL, NULL, NULL, f }
	OFFER(host_signed_by_other, CHECK_HOST),
	OFFER(host_signed_by_publisher, CHECK_HOST),
	OFFER(host_of_other_publisher, CHECK_HOST),
	OFFER(seal_signed_by_other, CHECK_SEAL),
	OFFER(seal_of_other_serial, CHECK_SEAL),
	OFFER(host_expired, CHECK_HOST_DATES),
	OFFER(host_not_yet, CHECK_HOST_DATES),
	OFFER(seal_expired, CHECK_SEAL_DATES),
	OFFER(seal_not_yet, CHECK_SEAL_DATES),
	OFFER(low_order_key, CHECK_SUITE),
	OFFER(bit_255_key, CHECK_SUITE),
	FRAME(other_half, CHECK_HALF),
	FRAME(zero_half, CHECK_HALF),
	FRAME(other_box, CHECK_BOX),
	FRAME(cut_box, CHECK_BOX),
	FRAME(no_text, CHECK_BOX),
	REPLY(other_nonce, CHECK_NONCE),
	REPLY(other_verb, CHECK_VERB),
	REPLY(other_store, CHECK_STORE),
	REPLY(granted_without_grant, CHECK_RESULT),
	REPLY(refused_with_grant, CHECK_RESULT),
	REPLY(refused_without_code, CHECK_RESULT),
	REPLY(granted_with_code, CHECK_RESULT),
	REPLY(done_is_no_grant, CHECK_RESULT),
	REPLY(time_after_seal, CHECK_HOST_TIME),
	REPLY(time_before_seal, CHECK_HOST_TIME),
	REPLY(is_refusal, CHECK_ENTRY),
	REPLY(entry_of_other_publisher, CHECK_PUBLISHER),
	REPLY(entry_of_other_product, CHECK_PRODUCT),
	REPLY(entry_of_other_machine, CHECK_MACHINE),
	REPLY(entry_of_other_hardware, CHECK_HARDWARE),
	REPLY(entry_of_other_serial, CHECK_SERIAL),
	OFFER(other_family, CHECK_COVERED),
	OFFER(lower_group, CHECK_COVERED),
	REPLY(too_long, CHECK_VALIDITY),
	{ "before_certificate", CHECK_TIME, young_certificate,
	    before_certificate, NULL, NULL },
	{ "after_certificate", CHECK_EXPIRES, short_certificate,
	    after_certificate, NULL, NULL },
	OFFER(is_void, CHECK_VOID),
	OFFER(is_superseded, CHECK_SUPERSEDED),
	REPLY(five_hours_old, CHECK_CLOCK),
	REPLY(five_hours_ahead, CHECK_CLOCK),
	GRANT(bit_of_entry, CHECK_PROOF),
	GRANT(bit_of_index, CHECK_PROOF),
	GRANT(bit_of_hash, CHECK_PROOF),
	GRANT(bit_of_origin, CHECK_PROOF),
	GRANT(bit_of_size, CHECK_PROOF),
	GRANT(bit_of_root, CHECK_PROOF),
	GRANT(bit_of_signature, CHECK_PROOF),
	OFFER(log_of_other_key, CHECK_PROOF),
	GRANT(grant_with_tail, CHECK_PROOF),
};
/* clang-format on */

#define NVIOLATIONS (sizeof(violations) / sizeof(violations[0]))

/* Checks that the host's own offer fails before anything is sent. */
static bool
fails_before_request(enum check check)
{
	return (check <= CHECK_SEAL_DATES);
}

/* With held: over a grant that a genuine answer has left there. */
static void
violate(const struct violation *v, bool held)
{
	uint8_t after[FAKE_DIGEST_LEN];
	struct kmsclient_status st;
	struct fake_host *h;
	struct kmsclient *c;

	assert_non_null(h = malloc(sizeof(*h)));
	fake_start(h);
	c = fake_client(h);
	if (held)
		assert_int_equal(kmsclient_activate(c), 0);
	if (v->prepare != NULL)
		v->prepare(h);
	h->alter = v->alter;
	h->alter_grant = v->alter_grant;
	h->alter_sealed = v->alter_sealed;
	fake_digest(h->dir, h->before);
	if (kmsclient_activate(c) != -1)
		fail_msg("%s: believed", v->name);
	if (c->failure.check != v->check)
		fail_msg("%s: failed as %d, not %d: %s", v->name,
		    (int)c->failure.check, (int)v->check, kmsclient_error(c));
	if (strstr(kmsclient_error(c), checks[v->check].text) == NULL)
		fail_msg("%s: text %s", v->name, kmsclient_error(c));
	fake_digest(h->dir, after);
	if (!(fails_before_request(v->check) && !held) &&
	    memcmp(after, h->before, sizeof(after)) != 0)
		fail_msg("%s: has changed the state", v->name);
	assert_int_equal(kmsclient_status(c, &st, sizeof(st)), 0);
	if (held && v->check == CHECK_VOID)
		assert_int_equal(st.state, KMSCLIENT_NON_GENUINE_GRACE);
	else if (held)
		assert_int_equal(st.state, KMSCLIENT_LICENSED);
	else
		assert_int_not_equal(st.state, KMSCLIENT_LICENSED);
	kmsclient_close(c);
	fake_stop(h);
	free(h);
}

static void
test_violations(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NVIOLATIONS; i++)
		violate(&violations[i], false);
}

static void
test_violations_over_grant(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NVIOLATIONS; i++)
		violate(&violations[i], true);
}

/* Every check has a text of its own, and a case above or below. */
static void
test_texts(void **state)
{
	bool seen[CHECK_COUNT] = { false };
	size_t i, j;

	(void)state;
	for (i = 0; i < CHECK_COUNT; i++) {
		assert_non_null(checks[i].text);
		for (j = 0; j < i; j++)
			assert_string_not_equal(checks[i].text, checks[j].text);
	}
	for (i = 0; i < NVIOLATIONS; i++)
		seen[violations[i].check] = true;
	seen[CHECK_NONE] = seen[CHECK_LATE] = seen[CHECK_OFFER_FORM] =
	    seen[CHECK_REPLY_FORM] = seen[CHECK_REPLY] = true;
	for (i = 0; i < CHECK_COUNT; i++)
		assert_true(seen[i]);
}

/* The reply's age, form and text, which a host of ours does not get wrong. */
static void
test_reply_itself(void **state)
{
	static const char text[] = "kms-reply 1\nno such key\n";
	uint8_t payload[WIRE_BOX_MAX + 64], *box = payload + 24;
	struct question q;
	struct doc_seal seal;
	struct answer *a;
	struct failure f;
	int n;

	(void)state;
	memset(&q, 7, sizeof(q));
	memset(&seal, 0, sizeof(seal));
	assert_non_null(a = malloc(sizeof(*a)));
	assert_int_equal(believe_reply(&q, &seal, 0, payload, 23, a, &f), -1);
	assert_int_equal(f.check, CHECK_REPLY_FORM);
	sealbox_reply_nonce(q.half, payload);
	n = sealbox_seal(box, sizeof(payload) - 24, text, sizeof(text) - 1,
	    payload, q.shared);
	assert_true(n > 0);
	assert_int_equal(believe_reply(&q, &seal, BELIEVE_REPLY_MS + 1, payload,
			     24 + (size_t)n, a, &f),
	    -1);
	assert_int_equal(f.check, CHECK_LATE);
	assert_int_equal(believe_reply(&q, &seal, BELIEVE_REPLY_MS, payload,
			     24 + (size_t)n, a, &f),
	    -1);
	assert_int_equal(f.check, CHECK_REPLY);
	free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_violations),
		cmocka_unit_test(test_violations_over_grant),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_reply_itself),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

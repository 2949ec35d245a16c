/*
 * Tests of activator/request.c and policy.c: what opens, what is compared,
 * and each refusal that the activator decides alone.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/codes.h"
#include "tests/unit/activator_fixture.h"

static void
prepare(struct fixture *f, struct machine *m)
{
	fixture_clear(f);
	machine_make(m);
	machine_fill(f, m, VERB_ACTIVATE);
}

static void
send_it(struct fixture *f, struct machine *m)
{
	if (machine_send(f, m, 9) == -1)
		fail_msg("%s", f->error);
	assert_int_equal(activator_turn(f->a, f->error), 0);
}

/* A sealed refusal, at once: nothing goes to the store. */
static void
check_sealed(struct fixture *f, struct machine *m, uint32_t code)
{
	char text[WIRE_BOX_MAX];
	struct doc_reply reply;

	assert_string_equal(f->events, "R");
	assert_int_equal(f->captured[0].slot, 9);
	assert_true(machine_open(m, &f->captured[0], text, &reply) > 0);
	assert_int_equal(reply.result, RESULT_REFUSED);
	assert_int_equal(reply.code, code);
	assert_false(reply.has_serial);
	assert_int_equal(reply.time.sec, f->now.sec);
	assert_memory_equal(reply.nonce, m->request.nonce, 16);
	assert_int_equal(f->a->slots.under_way, 0);
}

static void
check_error(struct fixture *f, uint32_t code, bool close)
{
	assert_string_equal(f->events, "X");
	assert_int_equal(f->captured[0].slot, 9);
	assert_int_equal(f->captured[0].code, code);
	assert_int_equal(f->captured[0].close, close);
	assert_int_equal(f->a->slots.under_way, 0);
}

static void
test_passed_on(void **state)
{
	struct fixture *f = *state;
	const struct as_decide *d = &f->sent[0].decide;
	struct machine m;
	uint8_t id[MACHINE_ID_LEN], hash[16], in[33];

	prepare(f, &m);
	f->limits.skew = f->a->limits.skew = 3600;
	send_it(f, &m);
	assert_string_equal(f->events, "bdE");
	sealbox_machine_id(m.public, id);
	assert_memory_equal(d->entry.machine, id, sizeof(id));
	assert_memory_equal(
	    d->entry.publisher, f->product.publisher, PUBKEY_LEN);
	assert_memory_equal(d->entry.product, f->product.product, UUID_LEN);
	assert_memory_equal(d->entry.host, f->host.serial, UUID_LEN);
	assert_string_equal(d->entry.host_name, "pc1.example");
	assert_int_equal(d->entry.client_time.sec, m.request.time.sec);
	assert_int_equal(d->entry.time.sec, f->now.sec);
	assert_string_equal(d->family, "drawing");
	assert_int_equal(d->threshold, 5);
	assert_true(d->count_virtual);
	assert_int_equal(d->last, 4);
	assert_int_equal(d->skew, 3600);
	assert_int_equal(d->decisions_per_day, 200);
	assert_int_equal(d->new_machines, 1000);
	memcpy(in, m.request.nonce, 16);
	in[16] = VERB_ACTIVATE;
	memset(in + 17, 7, 16);
	crypto_generichash(hash, 16, in, sizeof(in), NULL, 0);
	assert_memory_equal(d->nonce_hash, hash, 16);
	crypto_generichash(
	    hash, 16, (const uint8_t *)"pc1.example", 11, NULL, 0);
	assert_memory_equal(d->name_hash, hash, 16);
	assert_int_equal(f->batch.oldest_day, ktime_day(f->now) - 30);
}

/* The serial of another store does not count. */
static void
test_last(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	prepare(f, &m);
	m.request.last_store[3] ^= 1;
	send_it(f, &m);
	assert_int_equal(f->sent[0].decide.last, 0);
}

static void
test_skew(void **state)
{
	static const struct {
		int64_t skew;
		uint32_t limit;
		bool refused;
	} cases[] = {
		{ 14400, 14400, false },
		{ 14401, 14400, true },
		{ -14400, 14400, false },
		{ -14401, 14400, true },
		{ 61, 60, true },
		{ 60, 60, false },
		{ 14401, 99999, true },
	};
	struct fixture *f = *state;
	struct machine m;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		prepare(f, &m);
		f->a->limits.skew = cases[i].limit;
		m.request.time = ktime_add(f->now, cases[i].skew);
		send_it(f, &m);
		if (cases[i].refused) {
			check_sealed(f, &m, CODE_TIME_SKEW);
			n++;
		} else {
			assert_string_equal(f->events, "bdE");
			assert_int_equal(fixture_answer(f, LIE_NONE), 0);
		}
	}
	assert_int_equal(f->a->summary.count[SUMMARY_TIME_SKEW], n);
	assert_int_equal(f->a->counter[COUNT_TIME_SKEW], n);
}

static void
test_products(void **state)
{
	struct fixture *f = *state;
	struct doc_product p = f->product;
	char text[SIGNED_MAX];
	struct machine m;

	prepare(f, &m);
	m.request.product[0] ^= 1;
	send_it(f, &m);
	check_sealed(f, &m, CODE_PRODUCT_NOT_COVERED);
	/* Known, but of a higher group than the certificate's. */
	assert_int_equal(uuid_make(p.product), 0);
	p.group = f->host.family[0].group + 1;
	fixture_install(
	    f, text, fixture_sign_product(f, &p, &f->publisher_key, text));
	assert_int_equal(f->done.code, CODE_OK);
	prepare(f, &m);
	memcpy(m.request.product, p.product, UUID_LEN);
	send_it(f, &m);
	check_sealed(f, &m, CODE_PRODUCT_NOT_COVERED);
	/* And its hello gets host-not-activated. */
	assert_int_equal(f->noffered, 2);
	assert_int_equal(f->offered[0].certificate, 0);
	assert_int_equal(f->offered[1].certificate, OFFER_NO_CERTIFICATE);
}

static void
test_certificate_ends(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	prepare(f, &m);
	f->now = f->host.not_after;
	activator_time(f->a, f->now, f->boot_ms);
	m.request.time = f->now;
	send_it(f, &m);
	check_sealed(f, &m, CODE_HOST_NOT_ACTIVATED);
}

static void
test_release(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	prepare(f, &m);
	m.request.verb = VERB_RELEASE;
	send_it(f, &m);
	check_sealed(f, &m, CODE_DENIED);
}

static void
test_in_flight(void **state)
{
	struct fixture *f = *state;
	struct machine m, other;
	char text[WIRE_BOX_MAX];
	struct doc_reply reply;

	prepare(f, &m);
	prepare(f, &other);
	send_it(f, &m);
	assert_string_equal(f->events, "bdE");
	send_it(f, &other);
	send_it(f, &m);
	assert_string_equal(f->events, "bdER");
	assert_true(machine_open(&m, &f->captured[0], text, &reply) > 0);
	assert_int_equal(reply.code, CODE_BUSY);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	/* Answered: the next is taken again. */
	fixture_clear(f);
	send_it(f, &m);
	assert_string_equal(f->events, "bdE");
}

static void
test_seal_unknown(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	prepare(f, &m);
	m.request.seal[0] ^= 1;
	send_it(f, &m);
	check_error(f, CODE_SEAL_UNKNOWN, false);
	/* Rotated an hour and ten minutes later. */
	prepare(f, &m);
	fixture_pass(f, 3600);
	assert_int_equal(activator_tick(f->a, f->error), 0);
	fixture_turn(f);
	fixture_pass(f, 599);
	m.request.time = f->now;
	fixture_clear(f);
	send_it(f, &m);
	assert_string_equal(f->events, "bdE");
	assert_int_equal(fixture_answer(f, LIE_NONE), 0);
	fixture_pass(f, 1);
	fixture_clear(f);
	send_it(f, &m);
	check_error(f, CODE_SEAL_UNKNOWN, false);
}

/* What is inside must be what frame and connection say. */
static void
test_compared(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	prepare(f, &m);
	m.request.machine[5] ^= 1;
	send_it(f, &m);
	check_error(f, CODE_PROTOCOL, true);
	prepare(f, &m);
	m.request.challenge[5] ^= 1;
	send_it(f, &m);
	check_error(f, CODE_PROTOCOL, true);
}

/* Straight: what the frame carries, without a client's help. */
static void
send_raw(struct fixture *f, struct machine *m, const uint8_t *box, size_t len)
{
	struct la_request r;

	memset(&r, 0, sizeof(r));
	r.slot = 9;
	memset(r.challenge, 0x42, CHALLENGE_LEN);
	memcpy(r.sealed.seal, m->request.seal, SEAL_ID_LEN);
	memcpy(r.sealed.machine, m->public, MACHINE_KEY_LEN);
	memcpy(r.sealed.half, m->half, SEALBOX_HALF_LEN);
	r.sealed.box = box;
	r.sealed.box_len = len;
	assert_int_equal(activator_request(f->a, &r, f->error), 0);
	assert_int_equal(activator_turn(f->a, f->error), 0);
}

static size_t
seal_text(struct machine *m, const char *text, size_t len, uint8_t *box)
{
	uint8_t nonce[SEALBOX_NONCE_LEN];
	int n;

	sealbox_half(text, len, m->half);
	sealbox_request_nonce(m->half, nonce);
	n = sealbox_seal(box, 4096, text, len, nonce, m->shared);
	assert_true(n > 0);
	return ((size_t)n);
}

static void
test_boxes(void **state)
{
	struct fixture *f = *state;
	uint8_t box[4096];
	struct machine m;
	size_t len;

	prepare(f, &m);
	len = seal_text(&m, "hello\n", 6, box);
	send_raw(f, &m, box, len);
	check_error(f, CODE_PROTOCOL, true);
	prepare(f, &m);
	len = seal_text(&m, "hello\n", 6, box);
	send_raw(f, &m, box, len - 1);
	check_error(f, CODE_PROTOCOL, true);
	fixture_clear(f);
	send_raw(f, &m, box, 0);
	check_error(f, CODE_PROTOCOL, true);
	fixture_clear(f);
	box[40] ^= 1;
	send_raw(f, &m, box, len);
	check_error(f, CODE_PROTOCOL, true);
}

static void
test_keys(void **state)
{
	struct fixture *f = *state;
	uint8_t box[4096];
	struct machine m;
	size_t len;

	prepare(f, &m);
	len = seal_text(&m, "hello\n", 6, box);
	m.public[31] |= 0x80;
	send_raw(f, &m, box, len);
	check_error(f, CODE_PROTOCOL, true);
	fixture_clear(f);
	memset(m.public, 0, sizeof(m.public));
	send_raw(f, &m, box, len);
	check_error(f, CODE_PROTOCOL, true);
}

/* Each line missing, doubled, and with a character too many. */
static void
test_lines(void **state)
{
	struct fixture *f = *state;
	char good[REQUEST_MAX + 1], bad[2 * REQUEST_MAX];
	uint8_t box[4096];
	struct machine m;
	const char *line, *end;
	size_t n, how;
	int len;

	prepare(f, &m);
	len = message_print(
	    &doc_request_type, &m.request, good, sizeof(good), f->error);
	assert_true(len > 0);
	for (line = good; *line != '\0'; line = end) {
		end = strchr(line, '\n') + 1;
		n = (size_t)(end - line);
		for (how = 0; how < 3; how++) {
			(void)snprintf(bad, sizeof(bad), "%.*s%.*s%.*s%s%s",
			    (int)(line - good), good,
			    how == 0 ? 0 : (int)n - (how == 2), line,
			    how == 1 ? (int)n : 0, line, how == 2 ? "!\n" : "",
			    end);
			fixture_clear(f);
			send_raw(
			    f, &m, box, seal_text(&m, bad, strlen(bad), box));
			check_error(f, CODE_PROTOCOL, true);
		}
	}
	fixture_clear(f);
	send_raw(f, &m, box, seal_text(&m, good, (size_t)len, box));
	assert_string_equal(f->events, "bdE");
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_serving, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_passed_on),
		T(test_last),
		T(test_skew),
		T(test_products),
		T(test_certificate_ends),
		T(test_release),
		T(test_in_flight),
		T(test_seal_unknown),
		T(test_compared),
		T(test_boxes),
		T(test_keys),
		T(test_lines),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

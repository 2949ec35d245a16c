/*
 * The files of the client's state: what parses prints to the same bytes, and
 * a record that was read can be worked with and written again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/grant.h"
#include "client/named_host.h"
#include "client/request.h"
#include "client/stores.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Parses; true if it did, and then it prints again. */
static bool
try_type(
    const struct message_type *type, const char *text, size_t len, void *record)
{
	char error[MESSAGE_ERROR_MAX], again[RECORD_MAX + 1];

	if (record_parse(type, text, len, record, error) == -1) {
		must(memchr(error, '\0', sizeof(error)) != NULL);
		return (false);
	}
	must(message_print(type, record, again, sizeof(again), error) ==
	     (int)len);
	must(memcmp(again, text, len) == 0);
	return (true);
}

/* A request and its answer with every store that a host might name. */
static void
work(struct record_state *r)
{
	static const uint8_t other[UUID_LEN] = { 9 };
	char text[RECORD_MAX + 1], error[MESSAGE_ERROR_MAX];
	uint8_t nonce[REQUEST_NONCE_LEN], again[REQUEST_NONCE_LEN];
	uint8_t store[UUID_LEN];
	struct ktime now = { 1800000000 }, time;
	struct record_state parsed;
	int len;

	memcpy(store, r->nstores == 0 ? other : r->store[r->nstores - 1].store,
	    UUID_LEN);
	time = stores_ask(r, store, now);
	must(ktime_cmp(time, now) >= 0);
	must(memcmp(r->store[0].store, store, UUID_LEN) == 0);
	(void)stores_ask(r, other, now);
	stores_answer(r, store, 7);
	must(stores_last(r, store) == 7);
	must(r->nstores <= RECORD_STORES);
	request_nonce(r, VERB_ACTIVATE, nonce);
	request_nonce(r, VERB_ACTIVATE, again);
	must(memcmp(nonce, again, sizeof(nonce)) == 0);
	len = message_print(&record_state_type, r, text, sizeof(text), error);
	must(len != -1 && record_parse(&record_state_type, text, (size_t)len,
			      &parsed, error) == 0);
	request_ended(r, VERB_ACTIVATE);
	request_nonce(r, VERB_ACTIVATE, again);
	must(memcmp(nonce, again, sizeof(nonce)) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record_state state;
	const char *text = (const char *)data;
	struct record_secret secret;
	struct record_machine machine;
	struct named_host host;
	struct failure failure;
	uint8_t serial[UUID_LEN];
	char name[300];

	if (sodium_init() == -1)
		abort();
	(void)try_type(&record_secret_type, text, size, &secret);
	(void)try_type(&record_machine_type, text, size, &machine);
	if (try_type(&record_state_type, text, size, &state))
		work(&state);
	(void)grant_serial(text, size, serial, &failure);
	if (size < sizeof(name)) {
		memcpy(name, data, size);
		name[size] = '\0';
		(void)named_host_parse(&host, name);
	}
	return (0);
}

/*
 * An opened request: parsed, decided by policy, and, if the store is to decide
 * it, printed as the entry that it would become.
 */
#include "config.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "activator/policy.h"
#include "common/codes.h"

#define NOW INT64_C(1795341600) /* 2026-11-22T10:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct doc_product product;
static struct doc_host host;
static struct document documents[2];
static struct registry registry;
static struct limits limits = { .skew = 14400, .decisions_per_day = 200 };

/* A product and a certificate that covers it; nobody signed them. */
static void
set_up(void)
{
	if (registry.ndocuments != 0)
		return;
	if (sodium_init() == -1)
		abort();
	memset(product.product, 0x11, UUID_LEN);
	memcpy(product.family, "drawing", 8);
	product.threshold = 5;
	product.validity = 180 * KTIME_DAY;
	product.not_after.sec = host.not_after.sec = NOW + 90 * KTIME_DAY;
	memcpy(host.family[0].name, "drawing", 8);
	host.nfamilies = 1;
	documents[0].kind = DOCUMENT_PRODUCT;
	documents[0].product = &product;
	memset(documents[0].object, 0x11, UUID_LEN);
	documents[1].kind = DOCUMENT_HOST;
	documents[1].host = &host;
	documents[1].ours = true;
	documents[1].revoked = -1;
	documents[1].trusted[0] = true;
	registry.document[0] = &documents[0];
	registry.document[1] = &documents[1];
	registry.ndocuments = 2;
}

static void
print_entry(struct slot_request *s)
{
	char text[ENTRY_MAX + 1];

	s->decide.entry.time.sec = NOW;
	s->decide.entry.expires = policy_expires(s, s->decide.entry.time);
	if (ktime_diff(s->decide.entry.expires, s->decide.entry.time) >
	    90 * KTIME_DAY)
		abort();
	if (message_print(&entry_grant_type, &s->decide.entry, text,
		sizeof(text), NULL) == -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t source[SOURCE_LEN];
	struct policy p = { &registry, &limits, { 0 }, { NOW } };
	static struct slot_request slot;
	struct doc_request q;

	set_up();
	if (message_parse(
		&doc_request_type, (const char *)data, size, &q, NULL) == -1)
		return (0);
	if (policy_decide(&p, &documents[1], &q, source, &slot) == CODE_OK)
		print_entry(&slot);
	return (0);
}

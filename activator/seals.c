/*
 * The life of seal keys, from their making to their wiping.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activator/seals.h"

void
seals_init(
    struct seals *s, const struct signer *signer, const uint8_t store[UUID_LEN])
{
	memset(s, 0, sizeof(*s));
	s->signer = signer;
	memcpy(s->store, store, UUID_LEN);
}

size_t
seals_slot(const struct seals *s, const struct seal *seal)
{
	return ((size_t)(seal - s->seal));
}

static void
wipe(struct seals *s, struct seal *seal)
{
	struct secrets *secrets = arena_open(s->signer->arena);

	explicit_bzero(secrets->seal[seals_slot(s, seal)], SEAL_KEY_LEN);
	arena_close(s->signer->arena);
	memset(seal, 0, sizeof(*seal));
}

static void
retire(struct seal *seal, int64_t boot_ms)
{
	int64_t closes = boot_ms + (SEAL_OPENED_MS - SEAL_OFFERED_MS);

	seal->offered = false;
	if (closes < seal->closes_ms)
		seal->closes_ms = closes;
}

/* A free slot; if there is none, that of the retired pair that closes first. */
static struct seal *
find_room(struct seals *s)
{
	struct seal *seal, *first = NULL;
	size_t i;

	for (i = 0; i < ARENA_SEALS; i++) {
		seal = &s->seal[i];
		if (!seal->used)
			return (seal);
		if (!seal->offered &&
		    (first == NULL || seal->closes_ms < first->closes_ms))
			first = seal;
	}
	if (first != NULL)
		wipe(s, first);
	return (first);
}

static int
make(struct seals *s, const struct document *certificate, struct ktime now,
    int64_t boot_ms, char *error)
{
	struct secrets *secrets;
	struct doc_seal doc;
	struct seal *seal;
	int len;

	if ((seal = find_room(s)) == NULL) {
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "no room for another seal key");
		return (-1);
	}
	memset(&doc, 0, sizeof(doc));
	memcpy(doc.serial, certificate->object, UUID_LEN);
	memcpy(doc.store, s->store, UUID_LEN);
	doc.nsuites = 1;
	randombytes_buf(doc.suite[0].id, SEAL_ID_LEN);
	doc.not_before = ktime_add(now, -SEAL_MARGIN);
	doc.not_after = ktime_add(now, SEAL_OPENED_MS / 1000 + SEAL_MARGIN);
	secrets = arena_open(s->signer->arena);
	sealbox_keypair(doc.suite[0].key, secrets->seal[seals_slot(s, seal)]);
	arena_close(s->signer->arena);
	if ((len = sign_seal(s->signer, &doc, seal->text, error)) == -1) {
		wipe(s, seal);
		return (-1);
	}
	seal->len = (size_t)len;
	seal->used = seal->offered = true;
	memcpy(seal->id, doc.suite[0].id, SEAL_ID_LEN);
	memcpy(seal->serial, doc.serial, UUID_LEN);
	seal->made = now;
	seal->made_ms = boot_ms;
	seal->closes_ms = boot_ms + SEAL_OPENED_MS;
	return (0);
}

/* True if its hour is over, or its dates no longer fit the clock. */
static bool
is_stale(const struct seal *seal, struct ktime now, int64_t boot_ms)
{
	int64_t step;

	if (boot_ms - seal->made_ms >= SEAL_OFFERED_MS)
		return (true);
	step = ktime_diff(now, seal->made) - (boot_ms - seal->made_ms) / 1000;
	return (step > SEAL_STEP || step < -SEAL_STEP);
}

static bool
is_wanted(
    const struct seal *seal, const struct document *const *wanted, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(wanted[i]->object, seal->serial, UUID_LEN) == 0)
			return (true);
	return (false);
}

int
seals_update(struct seals *s, const struct document *const *wanted, size_t n,
    struct ktime now, int64_t boot_ms, char *error)
{
	struct seal *seal;
	size_t i;
	int changed = 0;

	for (i = 0; i < ARENA_SEALS; i++) {
		seal = &s->seal[i];
		if (!seal->used)
			continue;
		if (seal->offered && (is_stale(seal, now, boot_ms) ||
					 !is_wanted(seal, wanted, n))) {
			retire(seal, boot_ms);
			changed = 1;
		}
		if (boot_ms >= seal->closes_ms)
			wipe(s, seal);
	}
	for (i = 0; i < n; i++) {
		if (seals_offered(s, wanted[i]->object) != NULL)
			continue;
		if (make(s, wanted[i], now, boot_ms, error) == -1)
			return (-1);
		changed = 1;
	}
	return (changed);
}

void
seals_drop(struct seals *s, const uint8_t serial[UUID_LEN])
{
	size_t i;

	for (i = 0; i < ARENA_SEALS; i++)
		if (s->seal[i].used &&
		    memcmp(s->seal[i].serial, serial, UUID_LEN) == 0)
			wipe(s, &s->seal[i]);
}

const struct seal *
seals_find(
    const struct seals *s, const uint8_t id[SEAL_ID_LEN], int64_t boot_ms)
{
	const struct seal *seal;
	size_t i;

	for (i = 0; i < ARENA_SEALS; i++) {
		seal = &s->seal[i];
		if (seal->used && memcmp(seal->id, id, SEAL_ID_LEN) == 0)
			return (boot_ms < seal->closes_ms ? seal : NULL);
	}
	return (NULL);
}

const struct seal *
seals_offered(const struct seals *s, const uint8_t serial[UUID_LEN])
{
	size_t i;

	for (i = 0; i < ARENA_SEALS; i++)
		if (s->seal[i].used && s->seal[i].offered &&
		    memcmp(s->seal[i].serial, serial, UUID_LEN) == 0)
			return (&s->seal[i]);
	return (NULL);
}

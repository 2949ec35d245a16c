/* Whether a grant holds, online when it is given and offline ever after. */
#include "config.h"

#include <string.h>

#include "client/grant.h"

/* The checkpoint is signed by the host key, the proof leads to its root. */
static int
check_proof(const struct doc_host *host, const char *text, size_t len,
    size_t *entry_len, struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];
	struct pubkey key;
	struct proof proof;
	size_t proof_off;

	if (len > GRANT_MAX ||
	    grant_split(text, len, entry_len, &proof_off) == -1)
		return (failure_check(
		    f, CHECK_PROOF, "it is not an entry and its proof"));
	if (pubkey_from_blob(host->host, &key) == -1)
		return (failure_check(
		    f, CHECK_PROOF, "the certificate names no usable key"));
	if (proof_verify(text, *entry_len, text + proof_off, len - proof_off,
		key.key, &proof, why) == -1)
		return (failure_check(f, CHECK_PROOF, why));
	return (0);
}

/* The entry is a grant, to whom and by whom it should be. */
static int
check_names(const struct grant_terms *t, const char *text, size_t len,
    struct entry_decision *e, struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];

	if (message_parse(&entry_grant_type, text, len, e, why) == -1)
		return (failure_check(f, CHECK_ENTRY, why));
	if (memcmp(e->publisher, t->product->publisher, PUBKEY_LEN) != 0)
		return (failure_check(f, CHECK_PUBLISHER, NULL));
	if (memcmp(e->product, t->product->product, UUID_LEN) != 0)
		return (failure_check(f, CHECK_PRODUCT, NULL));
	if (memcmp(e->machine, t->machine, MACHINE_ID_LEN) != 0)
		return (failure_check(f, CHECK_MACHINE, NULL));
	return (0);
}

/* By a certificate that covers it, and no longer than allowed. */
static int
check_limits(const struct grant_terms *t, const struct entry_decision *e,
    struct failure *f)
{
	const struct doc_host *h = t->host;

	if (memcmp(e->host, h->serial, UUID_LEN) != 0)
		return (failure_check(f, CHECK_SERIAL, NULL));
	if (!trust_covers(h, t->product))
		return (failure_check(f, CHECK_COVERED, NULL));
	if (ktime_diff(e->expires, e->time) > t->product->validity)
		return (failure_check(f, CHECK_VALIDITY, NULL));
	if (!trust_in_dates(e->time, h->not_before, h->not_after))
		return (failure_check(f, CHECK_TIME, NULL));
	if (ktime_cmp(e->expires, h->not_after) > 0)
		return (failure_check(f, CHECK_EXPIRES, NULL));
	return (0);
}

/* How the certificate is revoked, or -1. */
static int
revoked(const struct grant_terms *t)
{
	if (t->revocation == NULL)
		return (-1);
	return (trust_revoked(t->revocation, t->host->serial));
}

static bool
same_hardware(const struct grant_terms *t, const struct entry_decision *e)
{
	return (memcmp(e->hardware, t->hardware, HARDWARE_LEN) == 0);
}

int
grant_accept(const struct grant_terms *t, struct ktime now, const char *text,
    size_t len, struct entry_decision *e, struct failure *f)
{
	int64_t skew;
	size_t entry_len;
	int how;

	if (check_proof(t->host, text, len, &entry_len, f) == -1 ||
	    check_names(t, text, entry_len, e, f) == -1)
		return (-1);
	if (!same_hardware(t, e))
		return (failure_check(f, CHECK_HARDWARE, NULL));
	if (check_limits(t, e, f) == -1)
		return (-1);
	if ((how = revoked(t)) != -1)
		return (failure_check(f,
		    how == REVOKED_VOID ? CHECK_VOID : CHECK_SUPERSEDED, NULL));
	skew = ktime_diff(e->time, now);
	if (skew > GRANT_SKEW_MAX || skew < -GRANT_SKEW_MAX)
		return (failure_check(f, CHECK_CLOCK, NULL));
	return (0);
}

int
grant_hold(const struct grant_terms *t, const char *text, size_t len,
    struct entry_decision *e, enum grant_held *held, struct failure *f)
{
	size_t entry_len;

	if (check_proof(t->host, text, len, &entry_len, f) == -1 ||
	    check_names(t, text, entry_len, e, f) == -1 ||
	    check_limits(t, e, f) == -1)
		return (-1);
	if (revoked(t) == REVOKED_VOID)
		*held = GRANT_VOID;
	else if (!same_hardware(t, e))
		*held = GRANT_OTHER_HARDWARE;
	else
		*held = GRANT_VALID;
	return (0);
}

int
grant_serial(
    const char *text, size_t len, uint8_t serial[UUID_LEN], struct failure *f)
{
	char why[MESSAGE_ERROR_MAX];
	struct entry_decision e;
	size_t entry_len, proof_off;

	if (grant_split(text, len, &entry_len, &proof_off) == -1)
		return (failure_check(
		    f, CHECK_PROOF, "it is not an entry and its proof"));
	if (message_parse(&entry_grant_type, text, entry_len, &e, why) == -1)
		return (failure_check(f, CHECK_ENTRY, why));
	memcpy(serial, e.host, UUID_LEN);
	return (0);
}

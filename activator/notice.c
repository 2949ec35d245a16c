/* Products that are served no more, or soon will not be. */
#include "config.h"

#include <stdio.h>

#include "activator/activator.h"

#define LINE_MAX_BYTES (2 * MESSAGE_ERROR_MAX)
#define RENEWAL                                                          \
	"make a request with kmsctl activate --offline and install the " \
	"kms-host that the publisher makes of it"

/* What to do about it; now: the clock that it was held against. */
static void
print_advice(enum lack lack, const char *now, char out[MESSAGE_ERROR_MAX])
{
	switch (lack) {
	case LACK_EARLY:
	case LACK_PRODUCT_EARLY:
		(void)snprintf(out, MESSAGE_ERROR_MAX,
		    "this host's clock says %s, set it if it is wrong", now);
		break;
	case LACK_LATE:
		(void)snprintf(out, MESSAGE_ERROR_MAX,
		    RENEWAL "; this host's clock says %s", now);
		break;
	case LACK_PRODUCT_LATE:
		(void)snprintf(out, MESSAGE_ERROR_MAX,
		    "install a newer kms-product; this host's clock says %s",
		    now);
		break;
	default:
		(void)snprintf(out, MESSAGE_ERROR_MAX, RENEWAL);
		break;
	}
}

static void
say_lack(struct activator *a, const struct document *product, enum lack lack,
    const struct document *certificate)
{
	char line[LINE_MAX_BYTES], why[LACK_TEXT_MAX];
	char advice[MESSAGE_ERROR_MAX], now[KTIME_STRLEN];
	char uuid[UUID_STRLEN], serial[UUID_STRLEN];

	uuid_print(product->object, uuid);
	(void)ktime_print(a->now, now);
	lack_print(lack, product->product,
	    certificate == NULL ? NULL : certificate->host,
	    certificate == NULL ? -1 : certificate->revoked, why);
	print_advice(lack, now, advice);
	if (certificate != NULL)
		uuid_print(certificate->object, serial);
	(void)snprintf(line, sizeof(line),
	    "product %s is not served: %s%s%s%s: %s", uuid, why,
	    certificate == NULL ? "" : " (serial ",
	    certificate == NULL ? "" : serial, certificate == NULL ? "" : ")",
	    advice);
	a->out.say(a->out.ctx, line);
}

/* Until when it is served, if nothing else changes. */
static struct ktime
end_of(const struct document *product, const struct document *certificate)
{
	if (ktime_cmp(
		product->product->not_after, certificate->host->not_after) < 0)
		return (product->product->not_after);
	return (certificate->host->not_after);
}

static void
say_until(struct activator *a, const struct document *product,
    const struct document *certificate, const char *how)
{
	char line[LINE_MAX_BYTES], uuid[UUID_STRLEN], when[KTIME_STRLEN];
	struct ktime end = end_of(product, certificate);
	const char *advice = "";

	uuid_print(product->object, uuid);
	(void)ktime_print(end, when);
	if (ktime_diff(end, a->now) < NOTICE_SOON)
		advice = ktime_cmp(end, product->product->not_after) == 0
			     ? ": install a newer kms-product"
			     : ": " RENEWAL;
	(void)snprintf(line, sizeof(line), "product %s is served %s %s%s", uuid,
	    how, when, advice);
	a->out.say(a->out.ctx, line);
}

static void
look_at(struct activator *a, size_t i)
{
	struct notices *n = &a->notices;
	const struct document *product = a->registry.document[i];
	const struct document *certificate;
	enum lack before = n->lack[i];
	struct ktime end;

	n->lack[i] = registry_lack(&a->registry, product, a->now, &certificate);
	if (n->lack[i] != LACK_NOTHING) {
		if (n->lack[i] != before)
			say_lack(a, product, n->lack[i], certificate);
		return;
	}
	end = end_of(product, certificate);
	if (before != LACK_NOTHING)
		say_until(a, product, certificate, "until");
	else if (ktime_diff(end, a->now) < NOTICE_SOON &&
		 ktime_cmp(end, n->until[i]) != 0)
		say_until(a, product, certificate, "only until");
	else
		return;
	n->until[i] = end;
}

void
notice_update(struct activator *a)
{
	size_t i;

	for (i = 0; i < a->registry.ndocuments; i++)
		if (a->registry.document[i]->kind == DOCUMENT_PRODUCT)
			look_at(a, i);
}

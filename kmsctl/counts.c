/*
 * kmsctl show count and products: the documents of the host beside what its
 * families count.
 */
#include "config.h"

#include <err.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/lack.h"
#include "common/signify.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/table.h"
#include "kmsctl/text.h"

struct certificate {
	struct doc_host host;
	char *bytes; /* as signed */
	size_t len;
};

/* What the store keeps of products, certificates and families. */
struct picture {
	struct doc_product *product;
	size_t nproducts;
	struct certificate *certificate;
	size_t ncertificates;
	struct doc_revocation *revocation; /* a list of each publisher */
	size_t nrevocations;
	struct row_family *family;
	size_t nfamilies;
};

/* One more element at the end of an array. */
static void *
grow(void *array, size_t n, size_t size)
{
	if ((array = recallocarray(array, n, n + 1, size)) == NULL)
		err(STATUS_FAILED, NULL);
	return (array);
}

static void
keep_certificate(
    struct picture *p, const struct row_document *d, const char *text, size_t n)
{
	struct certificate *c;

	p->certificate =
	    grow(p->certificate, p->ncertificates, sizeof(*p->certificate));
	c = &p->certificate[p->ncertificates];
	if (message_parse(&doc_host_type, text, n, &c->host, NULL) == -1)
		return;
	if ((c->bytes = malloc(d->len)) == NULL)
		err(STATUS_FAILED, NULL);
	memcpy(c->bytes, d->bytes, d->len);
	c->len = d->len;
	p->ncertificates++;
}

/* The activator has verified what the store keeps; here it is only read. */
static void
keep_document(struct picture *p, const struct row_document *d)
{
	const char *text;
	size_t offset, len;

	if (signify_split(d->bytes, d->len, &offset, &len, NULL) == -1)
		return;
	text = d->bytes + offset;
	if (message_is(&doc_product_type, text, len)) {
		p->product =
		    grow(p->product, p->nproducts, sizeof(*p->product));
		if (message_parse(&doc_product_type, text, len,
			&p->product[p->nproducts], NULL) == 0)
			p->nproducts++;
	} else if (message_is(&doc_revocation_type, text, len)) {
		p->revocation = grow(
		    p->revocation, p->nrevocations, sizeof(*p->revocation));
		if (message_parse(&doc_revocation_type, text, len,
			&p->revocation[p->nrevocations], NULL) == 0)
			p->nrevocations++;
	} else if (message_is(&doc_host_type, text, len))
		keep_certificate(p, d, text, len);
}

static void
keep(void *ctx, const struct answer_row *row)
{
	struct picture *p = ctx;

	if (row->record == REC_ROW_DOCUMENT)
		keep_document(p, &row->u.document);
	if (row->record == REC_ROW_FAMILY) {
		p->family = grow(p->family, p->nfamilies, sizeof(*p->family));
		p->family[p->nfamilies++] = row->u.family;
	}
}

static int
read_picture(struct kmsctl *k, struct picture *p)
{
	struct ask a;
	int status;

	memset(p, 0, sizeof(*p));
	if (sodium_init() == -1)
		errx(STATUS_FAILED, "sodium_init failed");
	if ((status = kmsctl_question(k, &a)) != STATUS_OK)
		return (status);
	status = ask_read(&a, READ_DOCUMENTS, NULL, 0, ASK_REST, keep, p);
	if (status == STATUS_OK)
		status =
		    ask_read(&a, READ_FAMILIES, NULL, 0, ASK_REST, keep, p);
	ask_close(&a);
	return (status);
}

static void
free_picture(struct picture *p)
{
	size_t i;

	for (i = 0; i < p->ncertificates; i++)
		free(p->certificate[i].bytes);
	free(p->product);
	free(p->certificate);
	free(p->revocation);
	free(p->family);
}

static int
how_revoked(const struct picture *p, const struct doc_host *h)
{
	size_t i;
	int how;

	for (i = 0; i < p->nrevocations; i++) {
		if (memcmp(p->revocation[i].publisher, h->publisher,
			PUBKEY_LEN) == 0 &&
		    (how = trust_revoked(&p->revocation[i], h->serial)) != -1)
			return (how);
	}
	return (-1);
}

/*
 * What the product lacks to be served, by the activator's rule, and the
 * certificate that serves it or would.
 */
static enum lack
find_lack(const struct picture *p, const struct doc_product *product,
    const struct doc_host **which)
{
	const struct ktime now = ktime_now();
	enum lack least = lack_of_none(product, now), lack;
	const struct certificate *c;
	struct doc_host host;
	size_t i;

	*which = NULL;
	if (least != LACK_COVER)
		return (least);
	for (i = 0; i < p->ncertificates; i++) {
		c = &p->certificate[i];
		lack = lack_of(product, &c->host,
		    trust_host(product, c->bytes, c->len, &host, NULL) == 0,
		    how_revoked(p, &c->host), now);
		if (lack != LACK_COVER &&
		    (*which == NULL ||
			lack_is_better(lack, &c->host, least, *which))) {
			least = lack;
			*which = &c->host;
		}
	}
	return (least);
}

static const struct row_family *
family_of(const struct picture *p, const struct doc_product *product)
{
	size_t i;

	for (i = 0; i < p->nfamilies; i++) {
		if (strcmp(p->family[i].family, product->family) == 0 &&
		    memcmp(p->family[i].publisher, product->publisher,
			PUBKEY_LEN) == 0)
			return (&p->family[i]);
	}
	return (NULL);
}

static uint64_t
count_for(const struct picture *p, const struct doc_product *product)
{
	const struct row_family *f = family_of(p, product);

	if (f == NULL)
		return (0);
	return (f->physical + (product->count_virtual ? f->virtual : 0));
}

static void
table_name(struct table *t, const char *name)
{
	char safe[TEXT_SAFE_MAX];

	text_safe(name, strlen(name), safe);
	table_text(t, safe);
}

static void
print_count(const struct picture *p)
{
	const struct doc_product *product;
	struct table t;
	uint64_t count;
	size_t i;

	table_init(&t, 5, 0x1c);
	table_text(&t, "PRODUCT");
	table_text(&t, "FAMILY");
	table_text(&t, "COUNT");
	table_text(&t, "NEEDED");
	table_text(&t, "MISSING");
	for (i = 0; i < p->nproducts; i++) {
		product = &p->product[i];
		count = count_for(p, product);
		table_name(&t, product->name);
		table_name(&t, product->family);
		table_format(&t, "%" PRIu64, count);
		table_format(&t, "%" PRIu64, product->threshold);
		table_format(&t, "%" PRIu64,
		    count < product->threshold ? product->threshold - count
					       : 0);
	}
	table_print(&t, stdout);
	table_free(&t);
}

static void
print_families(const struct picture *p)
{
	char key[TEXT_KEY_MAX];
	struct table t;
	size_t i;

	table_init(&t, 4, 0xc);
	table_text(&t, "FAMILY");
	table_text(&t, "PUBLISHER");
	table_text(&t, "PHYSICAL");
	table_text(&t, "VIRTUAL");
	for (i = 0; i < p->nfamilies; i++) {
		table_name(&t, p->family[i].family);
		text_key(p->family[i].publisher, key);
		table_text(&t, key);
		table_format(&t, "%" PRIu64, p->family[i].physical);
		table_format(&t, "%" PRIu64, p->family[i].virtual);
	}
	table_print(&t, stdout);
	table_free(&t);
}

static void
print_products(const struct picture *p)
{
	const struct doc_product *product;
	const struct doc_host *host;
	char uuid[UUID_STRLEN], until[KTIME_STRLEN], why[LACK_TEXT_MAX];
	enum lack lack;
	struct table t;
	size_t i;

	table_init(&t, 6, 0x18);
	table_text(&t, "PRODUCT");
	table_text(&t, "UUID");
	table_text(&t, "FAMILY");
	table_text(&t, "GROUP");
	table_text(&t, "REVISION");
	table_text(&t, "CERTIFICATE UNTIL");
	for (i = 0; i < p->nproducts; i++) {
		product = &p->product[i];
		lack = find_lack(p, product, &host);
		uuid_print(product->product, uuid);
		table_name(&t, product->name);
		table_text(&t, uuid);
		table_name(&t, product->family);
		table_format(&t, "%" PRIu64, product->group);
		table_format(&t, "%" PRIu64, product->revision);
		if (lack == LACK_NOTHING) {
			text_time(host->not_after.sec, until);
			table_text(&t, until);
			continue;
		}
		lack_print(lack, product, host,
		    host == NULL ? -1 : how_revoked(p, host), why);
		table_format(&t, "none: %s", why);
	}
	table_print(&t, stdout);
	table_free(&t);
}

int
show_count(struct kmsctl *k, int argc, char **argv)
{
	struct picture p;
	int status;

	(void)argv;
	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if ((status = read_picture(k, &p)) == STATUS_OK) {
		print_count(&p);
		(void)printf("\n");
		print_families(&p);
	}
	free_picture(&p);
	return (status);
}

int
show_products(struct kmsctl *k, int argc, char **argv)
{
	struct picture p;
	int status;

	(void)argv;
	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if ((status = read_picture(k, &p)) == STATUS_OK)
		print_products(&p);
	free_picture(&p);
	return (status);
}

int
show_main(struct kmsctl *k, int argc, char **argv)
{
	struct picture p;
	int status;

	if ((status = show_host(k, argc, argv)) != STATUS_OK)
		return (status);
	if ((status = read_picture(k, &p)) == STATUS_OK) {
		(void)printf("\n");
		print_products(&p);
		(void)printf("\n");
		print_count(&p);
	}
	free_picture(&p);
	return (status);
}

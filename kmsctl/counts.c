/*
 * kmsctl show count and products: the documents of the host beside what its
 * families count.
 */
#include "config.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/signify.h"
#include "common/trust.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/table.h"
#include "kmsctl/text.h"

/* What the store keeps of products, certificates and families. */
struct picture {
	struct doc_product *product;
	size_t nproducts;
	struct doc_host *host;
	size_t nhosts;
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
	} else if (message_is(&doc_host_type, text, len)) {
		p->host = grow(p->host, p->nhosts, sizeof(*p->host));
		if (message_parse(&doc_host_type, text, len,
			&p->host[p->nhosts], NULL) == 0)
			p->nhosts++;
	}
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
	free(p->product);
	free(p->host);
	free(p->family);
}

/* The certificate that covers the product and ends last, or NULL. */
static const struct doc_host *
certificate(const struct picture *p, const struct doc_product *product)
{
	const struct doc_host *best = NULL;
	const struct ktime now = ktime_now();
	size_t i;

	for (i = 0; i < p->nhosts; i++) {
		if (!trust_covers(&p->host[i], product) ||
		    memcmp(p->host[i].publisher, product->publisher,
			PUBKEY_LEN) != 0 ||
		    !trust_in_dates(
			now, p->host[i].not_before, p->host[i].not_after))
			continue;
		if (best == NULL ||
		    ktime_cmp(p->host[i].not_after, best->not_after) > 0)
			best = &p->host[i];
	}
	return (best);
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
	char uuid[UUID_STRLEN], until[KTIME_STRLEN];
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
		host = certificate(p, product);
		uuid_print(product->product, uuid);
		table_name(&t, product->name);
		table_text(&t, uuid);
		table_name(&t, product->family);
		table_format(&t, "%" PRIu64, product->group);
		table_format(&t, "%" PRIu64, product->revision);
		if (host != NULL)
			text_time(host->not_after.sec, until);
		table_text(&t, host != NULL ? until : "none");
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

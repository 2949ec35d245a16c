/*
 * The records of the activator, each decoded and handed to what it is for.
 */
#include "config.h"

#include <string.h>

#include "common/ipc_listener_activator.h"
#include "listener/dispatch.h"
#include "listener/listener.h"

/*
 * What was broken goes to the log.  Takes the reason's address: arguments are
 * evaluated in any order, and another of them sets it.
 */
static int
ended(struct ipc_channel *ch, int result, const char *const *why)
{
	if (result == -1)
		return (ipc_violation(ch, "%s", *why));
	return (0);
}

static int
offer_begins(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct listener *l = arg;
	const char *why = NULL;

	if (ipc_get_u8(r) != 0)
		return (ipc_violation(ch, "an offer that begins with data"));
	return (ended(ch, offer_begin(&l->answers.offers, &why), &why));
}

static int
offer_gets_certificate(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct listener *l = arg;
	struct la_certificate c;
	const char *why = NULL;

	la_get_certificate(r, &c);
	if (r->bad)
		return (ipc_violation(ch, "a certificate of a wrong form"));
	return (
	    ended(ch, offer_certificate(&l->answers.offers, &c, &why), &why));
}

static int
offer_gets_product(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct listener *l = arg;
	struct la_product p;
	const char *why = NULL;

	la_get_product(r, &p);
	if (r->bad)
		return (ipc_violation(ch, "a product of a wrong form"));
	return (ended(ch, offer_product(&l->answers.offers, &p, &why), &why));
}

static int
offer_gets_document(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct listener *l = arg;
	struct la_document d;
	const char *why = NULL;

	la_get_document(r, &d);
	if (r->bad)
		return (ipc_violation(ch, "a document of a wrong form"));
	return (ended(ch, offer_document(&l->answers.offers, &d, &why), &why));
}

static int
offer_ends(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct listener *l = arg;
	const char *why = NULL;
	bool any;

	any = ipc_get_bool(r);
	if (r->bad)
		return (ipc_violation(ch, "an end of offer of a wrong form"));
	return (ended(ch, listener_offered(l, any, &why), &why));
}

static int
reply_comes(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct listener *l = arg;
	struct la_reply reply;
	const char *why = NULL;

	la_get_reply(r, &reply);
	if (r->bad)
		return (ipc_violation(ch, "a reply of a wrong form"));
	return (ended(ch, listener_replied(l, &reply, &why), &why));
}

static int
error_comes(void *arg, struct ipc_channel *ch, struct ipc_reader *r)
{
	struct listener *l = arg;
	struct la_error e;
	const char *why = NULL;

	la_get_error(r, &e);
	if (r->bad)
		return (ipc_violation(ch, "an error of a wrong form"));
	return (ended(ch, listener_refused(l, &e, &why), &why));
}

#define ANY IPC_ANY_STATE
#define CERTIFICATES OFFER_CERTIFICATES_MAX
#define MANY UINT16_MAX

const struct ipc_rule listener_dispatch_activator[] = {
	{ REC_OFFER_BEGIN, "offer begin", ANY, 1, 1, 1, 0, 0, false,
	    offer_begins },
	{ REC_OFFER_CERTIFICATE, "offer certificate", ANY, 6,
	    LA_CERTIFICATE_MAX, CERTIFICATES, 0, 0, false,
	    offer_gets_certificate },
	{ REC_OFFER_PRODUCT, "offer product", ANY, LA_PRODUCT_MAX,
	    LA_PRODUCT_MAX, OFFER_PRODUCTS_MAX, 0, 0, false,
	    offer_gets_product },
	{ REC_OFFER_DOCUMENT, "offer document", ANY, 27, LA_DOCUMENT_MAX,
	    2 * OFFER_PRODUCTS_MAX, 0, 0, false, offer_gets_document },
	{ REC_OFFER_END, "offer end", ANY, 1, 1, 1, 0, 0, false, offer_ends },
	{ REC_REPLY, "reply", ANY, 30, LA_REPLY_MAX, MANY, 0, 0, false,
	    reply_comes },
	{ REC_REPLY_ERROR, "error", ANY, 15, LA_ERROR_MAX, MANY, 0, 0, false,
	    error_comes },
	{ 0, NULL, 0, 0, 0, 0, 0, 0, false, NULL },
};

/* The tables of the documents, requests and replies, line by line. */
#include "config.h"

#include "common/documents.h"
#include "common/fields.h"

const char *const verb_words[] = { "activate", "release", "status", NULL };
const char *const result_words[] = { "granted", "refused", "done", NULL };
const char *const client_state_words[] = { "unlicensed", "licensed",
	"oob-grace", "oot-grace", "non-genuine-grace", "notification", NULL };
const char *const revoked_words[] = { "superseded", "void", NULL };
const char *const yes_no_words[] = { "no", "yes", NULL };

static const char *const suite_words[] = { "x25519-xsalsa20poly1305", NULL };

static const struct message_field product_fields[] = {
	REQUIRED("publisher", BYTES(doc_product, publisher)),
	REQUIRED("product", UUID(doc_product, product)),
	REQUIRED("name", TEXT(doc_product, name)),
	REQUIRED("family", TOKEN(doc_product, family)),
	REQUIRED("group", COUNT(doc_product, group)),
	REQUIRED("revision", COUNT32(doc_product, revision)),
	REPEATED("issuer", doc_product, issuer, nissuers, 1,
	    BYTES(doc_product, issuer[0].key)),
	REQUIRED("threshold", POSITIVE(doc_product, threshold)),
	REQUIRED(
	    "count-virtual", WORD(doc_product, count_virtual, yes_no_words)),
	REQUIRED("validity", DURATION(doc_product, validity)),
	REQUIRED("renew", DURATION(doc_product, renew.value),
	    DURATION(doc_product, renew.min), DURATION(doc_product, renew.max)),
	REQUIRED("retry", DURATION(doc_product, retry.value),
	    DURATION(doc_product, retry.min), DURATION(doc_product, retry.max)),
	REQUIRED("grace", DURATION(doc_product, grace)),
	REPEATED("contact", doc_product, contact, ncontacts, 0,
	    TOKEN(doc_product, contact[0].country),
	    TEXT(doc_product, contact[0].how)),
	REQUIRED("not-before", TIME(doc_product, not_before)),
	REQUIRED("not-after", TIME(doc_product, not_after)),
	EXTENSIONS(doc_product, extensions),
};

static const struct message_field revocation_fields[] = {
	REQUIRED("publisher", BYTES(doc_revocation, publisher)),
	REQUIRED("revision", COUNT32(doc_revocation, revision)),
	REQUIRED("time", TIME(doc_revocation, time)),
	REPEATED("host", doc_revocation, host, nhosts, 0,
	    UUID(doc_revocation, host[0].serial),
	    WORD(doc_revocation, host[0].how, revoked_words)),
	EXTENSIONS(doc_revocation, extensions),
};

static const struct message_field host_fields[] = {
	REQUIRED("serial", UUID(doc_host, serial)),
	REQUIRED("publisher", BYTES(doc_host, publisher)),
	REPEATED("family", doc_host, family, nfamilies, 1,
	    TOKEN(doc_host, family[0].name), COUNT(doc_host, family[0].group)),
	OPTIONAL("product-key", doc_host, has_product_key,
	    COUNT(doc_host, product_key)),
	OPTIONAL("seats", doc_host, has_seats, COUNT(doc_host, seats)),
	REQUIRED("host", BYTES(doc_host, host)),
	REQUIRED("not-before", TIME(doc_host, not_before)),
	REQUIRED("not-after", TIME(doc_host, not_after)),
	EXTENSIONS(doc_host, extensions),
};

static const struct message_field host_request_fields[] = {
	OPTIONAL("product-key", doc_host_request, has_product_key,
	    TOKEN(doc_host_request, product_key)),
	REQUIRED("host", BYTES(doc_host_request, host)),
	REQUIRED("name", HOST(doc_host_request, name)),
	REQUIRED("store", UUID(doc_host_request, store)),
	REPEATED("log", doc_host_request, log, nlogs, 0,
	    UUID(doc_host_request, log[0].log),
	    COUNT(doc_host_request, log[0].size),
	    BYTES(doc_host_request, log[0].root),
	    BYTES(doc_host_request, log[0].signature)),
	REQUIRED("nonce", BYTES(doc_host_request, nonce)),
	REQUIRED("time", TIME(doc_host_request, time)),
	EXTENSIONS(doc_host_request, extensions),
};

static const struct message_field seal_fields[] = {
	REQUIRED("serial", UUID(doc_seal, serial)),
	REQUIRED("store", UUID(doc_seal, store)),
	REPEATED("suite", doc_seal, suite, nsuites, 1,
	    WORD(doc_seal, suite[0].suite, suite_words),
	    BYTES(doc_seal, suite[0].id), BYTES(doc_seal, suite[0].key)),
	REQUIRED("not-before", TIME(doc_seal, not_before)),
	REQUIRED("not-after", TIME(doc_seal, not_after)),
	EXTENSIONS(doc_seal, extensions),
};

static const struct message_field request_fields[] = {
	REQUIRED("seal", BYTES(doc_request, seal)),
	REQUIRED("machine", BYTES(doc_request, machine)),
	REQUIRED("challenge", BYTES(doc_request, challenge)),
	REQUIRED("product", UUID(doc_request, product)),
	REQUIRED("verb", WORD(doc_request, verb, verb_words)),
	REQUIRED("host-name", HOST(doc_request, host_name)),
	REQUIRED("hardware", BYTES(doc_request, hardware)),
	REQUIRED("time", TIME(doc_request, time)),
	REQUIRED("state", WORD(doc_request, state, client_state_words)),
	REQUIRED("left", DURATION(doc_request, left)),
	REQUIRED("virtual", WORD(doc_request, virtual, yes_no_words)),
	REQUIRED(
	    "last", UUID(doc_request, last_store), COUNT(doc_request, last)),
	REQUIRED("nonce", BYTES(doc_request, nonce)),
	OPTIONAL("token", doc_request, has_token, BYTES(doc_request, token)),
	EXTENSIONS(doc_request, extensions),
};

static const struct message_field reply_fields[] = {
	REQUIRED("nonce", BYTES(doc_reply, nonce)),
	REQUIRED("verb", WORD(doc_reply, verb, verb_words)),
	REQUIRED("result", WORD(doc_reply, result, result_words)),
	OPTIONAL("code", doc_reply, has_code, CODE(doc_reply, code),
	    TOKEN(doc_reply, code_name)),
	REQUIRED("count", COUNT(doc_reply, count)),
	REQUIRED("needed", COUNT(doc_reply, needed)),
	REQUIRED("store", UUID(doc_reply, store)),
	OPTIONAL("serial", doc_reply, has_serial, COUNT(doc_reply, serial)),
	REQUIRED("renew", DURATION(doc_reply, renew)),
	REQUIRED("retry", DURATION(doc_reply, retry)),
	REQUIRED("time", TIME(doc_reply, time)),
	OPTIONAL("token", doc_reply, has_token, BYTES(doc_reply, token)),
	OPTIONAL("text", doc_reply, has_text, TEXT(doc_reply, text)),
	EXTENSIONS(doc_reply, extensions),
};

const struct message_type doc_product_type =
    FIELDS_TYPE("kms-product", 1, doc_product, PRODUCT_MAX, product_fields);
const struct message_type doc_revocation_type = FIELDS_TYPE(
    "kms-revocation", 1, doc_revocation, PRODUCT_MAX, revocation_fields);
const struct message_type doc_host_type =
    FIELDS_TYPE("kms-host", 1, doc_host, HOSTDOC_MAX, host_fields);
const struct message_type doc_host_request_type = FIELDS_TYPE(
    "kms-host-request", 1, doc_host_request, HOSTDOC_MAX, host_request_fields);
const struct message_type doc_seal_type =
    FIELDS_TYPE("kms-seal", 1, doc_seal, SEAL_MAX, seal_fields);
const struct message_type doc_request_type =
    FIELDS_TYPE("kms-request", 1, doc_request, REQUEST_MAX, request_fields);
const struct message_type doc_reply_type =
    FIELDS_TYPE("kms-reply", 1, doc_reply, REPLY_MAX, reply_fields);

/*
 * What has to hold before a client believes a host's reply and accepts its
 * grant (doc/protocol.md, "What a client checks"), each with a code and a
 * text of its own.
 */
#ifndef CLIENT_CHECKS_H
#define CLIENT_CHECKS_H

#include <stdint.h>

enum check {
	CHECK_NONE,
	/* what the host offers in its hello-reply */
	CHECK_OFFER_FORM,
	CHECK_HOST,
	CHECK_SEAL,
	CHECK_SUITE,
	CHECK_HOST_DATES,
	CHECK_SEAL_DATES,
	/* its reply */
	CHECK_REPLY_FORM,
	CHECK_HALF,
	CHECK_LATE,
	CHECK_BOX,
	CHECK_REPLY,
	CHECK_NONCE,
	CHECK_VERB,
	CHECK_STORE,
	CHECK_RESULT,
	CHECK_HOST_TIME,
	/* the grant */
	CHECK_PROOF,
	CHECK_ENTRY,
	CHECK_PUBLISHER,
	CHECK_PRODUCT,
	CHECK_MACHINE,
	CHECK_HARDWARE,
	CHECK_SERIAL,
	CHECK_COVERED,
	CHECK_VALIDITY,
	CHECK_TIME,
	CHECK_EXPIRES,
	CHECK_VOID,
	CHECK_SUPERSEDED,
	CHECK_CLOCK,
	CHECK_COUNT
};

extern const struct check_text {
	uint32_t code; /* common/codes.h */
	const char *text;
} checks[CHECK_COUNT];

#endif

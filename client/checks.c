/* The table of checks: code and text of each. */
#include "config.h"

#include <stddef.h>

#include "client/checks.h"
#include "common/codes.h"

const struct check_text checks[CHECK_COUNT] = {
	[CHECK_NONE] = { CODE_OK, "nothing failed" },
	[CHECK_OFFER_FORM] = { CODE_PROTOCOL,
	    "the answer to hello is malformed" },
	[CHECK_HOST] = { CODE_HOST_NOT_ACTIVATED,
	    "the host's certificate is not one of this product's publisher" },
	[CHECK_SEAL] = { CODE_HOST_NOT_ACTIVATED,
	    "the host's seal is not signed by the key that its certificate "
	    "names" },
	[CHECK_SUITE] = { CODE_PROTOCOL,
	    "the seal key in the host's seal can't be used" },
	[CHECK_HOST_DATES] = { CODE_TIME_SKEW,
	    "the host's certificate does not hold at this machine's time "
	    "(unverified: one of the clocks may be wrong)" },
	[CHECK_SEAL_DATES] = { CODE_TIME_SKEW,
	    "the host's seal does not hold at this machine's time "
	    "(unverified: one of the clocks may be wrong)" },
	[CHECK_REPLY_FORM] = { CODE_PROTOCOL,
	    "the frame of the reply is malformed" },
	[CHECK_HALF] = { CODE_PROTOCOL,
	    "the reply's nonce does not belong to this request" },
	[CHECK_LATE] = { CODE_PROTOCOL,
	    "the reply came more than 60 seconds after the request" },
	[CHECK_BOX] = { CODE_PROTOCOL, "the reply does not open" },
	[CHECK_REPLY] = { CODE_PROTOCOL, "the sealed reply is malformed" },
	[CHECK_NONCE] = { CODE_PROTOCOL,
	    "the reply names another request's nonce" },
	[CHECK_VERB] = { CODE_PROTOCOL, "the reply is to another verb" },
	[CHECK_STORE] = { CODE_PROTOCOL,
	    "the reply names another store than the host's seal" },
	[CHECK_RESULT] = { CODE_PROTOCOL,
	    "the parts of the reply do not go together" },
	[CHECK_HOST_TIME] = { CODE_PROTOCOL,
	    "the host's time in the reply is outside the dates of its seal" },
	[CHECK_PROOF] = { CODE_DENIED,
	    "the grant's place in the host's log is not proven" },
	[CHECK_ENTRY] = { CODE_DENIED, "the log's entry is not a grant" },
	[CHECK_PUBLISHER] = { CODE_DENIED,
	    "the grant is of another publisher" },
	[CHECK_PRODUCT] = { CODE_DENIED, "the grant is for another product" },
	[CHECK_MACHINE] = { CODE_DENIED, "the grant is for another machine" },
	[CHECK_HARDWARE] = { CODE_DENIED, "the grant is for other hardware" },
	[CHECK_SERIAL] = { CODE_DENIED,
	    "the grant names another certificate than the host's" },
	[CHECK_COVERED] = { CODE_PRODUCT_NOT_COVERED,
	    "the host's certificate does not cover the product's family and "
	    "group" },
	[CHECK_VALIDITY] = { CODE_DENIED,
	    "the grant runs longer than the publisher allows" },
	[CHECK_TIME] = { CODE_DENIED,
	    "the grant's time is outside the dates of the host's "
	    "certificate" },
	[CHECK_EXPIRES] = { CODE_DENIED,
	    "the grant runs longer than the host's certificate" },
	[CHECK_VOID] = { CODE_PRODUCT_KEY_BLOCKED,
	    "the publisher has declared the host's certificate void" },
	[CHECK_SUPERSEDED] = { CODE_PRODUCT_KEY_BLOCKED,
	    "the publisher has replaced the host's certificate" },
	[CHECK_CLOCK] = { CODE_TIME_SKEW,
	    "the grant's time is more than 4 hours off this machine's time" },
};

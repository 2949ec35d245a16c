/* The table of result codes: number, name, meaning, advice. */
#include "config.h"

#include <string.h>

#include "common/codes.h"

static const struct code codes[] = {
	{ CODE_OK, "ok", "The operation succeeded.", "Nothing needs doing." },
	{ CODE_COUNT_INSUFFICIENT, "count-insufficient",
	    "The host has not yet counted as many machines as the product "
	    "needs.",
	    "Let more machines ask this host, or see the count with kmsctl "
	    "show count." },
	{ CODE_HOST_NOT_ACTIVATED, "host-not-activated",
	    "The host has no valid certificate of the publisher.",
	    "On the host, run kmsctl activate --offline and install the "
	    "answer." },
	{ CODE_PRODUCT_NOT_COVERED, "product-not-covered",
	    "The host does not know the product, or its certificate does not "
	    "cover the product's family and group.",
	    "Install the product's document and a certificate that covers it "
	    "on "
	    "the host." },
	{ CODE_PRODUCT_KEY_INVALID, "product-key-invalid",
	    "The product key is mistyped or not one of this publisher's.",
	    "Compare the product key with the one that the publisher sent." },
	{ CODE_PRODUCT_KEY_BLOCKED, "product-key-blocked",
	    "The publisher has revoked the product key or the certificate.",
	    "Ask the publisher for a new product key or certificate." },
	{ CODE_TIME_SKEW, "time-skew",
	    "The clocks of client and host differ by more than is allowed.",
	    "Set both clocks, for example with NTP, and ask again." },
	{ CODE_NO_HOST, "no-host", "No activation host answered.",
	    "Check the name of the host, the network and that kmsd is "
	    "running." },
	{ CODE_GRACE_EXPIRED, "grace-expired",
	    "The time in which the product runs without a grant is over.",
	    "Activate the product with kms activate." },
	{ CODE_OFFLINE_DATA, "offline-data",
	    "The typed confirmation or the file is malformed.",
	    "Compare it with the original, or ask for a new one." },
	{ CODE_KEY_LIMIT, "key-limit",
	    "The product key was used on as many hosts as it allows.",
	    "Ask the publisher to free a host or to raise the limit." },
	{ CODE_ACCESS_DENIED, "access-denied",
	    "The caller has not the rights that the operation needs.",
	    "Run the command as the administrator, or check the file's mode." },
	{ CODE_NO_DNS_RECORD, "no-dns-record",
	    "DNS has no SRV record of an activation host.",
	    "Publish a _kmsd._tcp record, or name the host on the command "
	    "line." },
	{ CODE_SEATS_EXHAUSTED, "seats-exhausted",
	    "All seats of the product's family are taken.",
	    "Release a machine that no longer needs its seat, or buy seats." },
	{ CODE_CLONE, "clone",
	    "Another machine asks with the same machine key.",
	    "The client makes a new machine key by itself and asks again." },
	{ CODE_DENIED, "denied",
	    "The host's administrator or its configuration forbids it.",
	    "Ask the administrator of the host." },
	{ CODE_TOKEN_NEEDED, "token-needed",
	    "The host enrols new machines only with a token.",
	    "Ask the administrator of the host for an enrolment token." },
	{ CODE_BUSY, "busy", "The host cannot take the request now.",
	    "Ask again after the pause that the host names." },
	{ CODE_PROTOCOL, "protocol",
	    "The request breaks the protocol or repeats an older one.",
	    "Update the older of client and host, and ask again." },
	{ CODE_SEAL_UNKNOWN, "seal-unknown",
	    "The host no longer opens requests under this seal key.",
	    "Say hello again and repeat the request under the new seal key." },
};

#define NCODES (sizeof(codes) / sizeof(codes[0]))

const struct code *
code_find(uint32_t code)
{
	size_t i;

	for (i = 0; i < NCODES; i++) {
		if (codes[i].code == code)
			return (&codes[i]);
	}
	return (NULL);
}

const struct code *
code_find_name(const char *name)
{
	size_t i;

	for (i = 0; i < NCODES; i++) {
		if (strcmp(codes[i].name, name) == 0)
			return (&codes[i]);
	}
	return (NULL);
}

const char *
code_name(uint32_t code)
{
	const struct code *c = code_find(code);

	return (c == NULL ? "unknown" : c->name);
}

const struct code *
code_at(size_t i)
{
	return (i < NCODES ? &codes[i] : NULL);
}

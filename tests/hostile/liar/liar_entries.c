/*
 * At the start: entries behind the anchor that were altered in one field.  The
 * store has the salt of each, and not the key to make another.
 */
#include "config.h"

#include "common/ktime.h"
#include "tests/hostile/liar/liar.h"

#define SALT "its salt is not of this host's key"
#define BELOW "a grant below the threshold"

#define ALTER(name, change)              \
	static void name(union entry *e) \
	{                                \
		change;                  \
	}

ALTER(alter_time, e->decision.time.sec++)
ALTER(alter_publisher, e->decision.publisher[12] ^= 1)
ALTER(alter_product, e->decision.product[0] ^= 1)
ALTER(alter_host, e->decision.host[0] ^= 1)
ALTER(alter_machine, e->decision.machine[0] ^= 1)
ALTER(alter_hardware, e->decision.hardware[0] ^= 1)
ALTER(alter_host_name, e->decision.host_name[0] = 'z')
ALTER(alter_client_time, e->decision.client_time.sec--)
ALTER(alter_state, e->decision.state = !e->decision.state)
ALTER(alter_left, e->decision.left++)
ALTER(alter_virtual, e->decision.virtual = !e->decision.virtual)
ALTER(alter_salt, e->decision.salt[0] ^= 1)
ALTER(alter_expires, e->decision.expires.sec += 400 * (int64_t)KTIME_DAY)
ALTER(alter_count, e->decision.count = e->decision.needed - 1)
ALTER(alter_needed, e->decision.needed = e->decision.count + 1)

ALTER(alter_version, e->start.version[0] = '9')
ALTER(alter_start_store, e->start.store[0] ^= 1)
ALTER(alter_size, e->start.size++)

ALTER(alter_uid, e->change.uid++)
ALTER(alter_action, e->change.action[0] = 'u')
ALTER(alter_object, e->change.object[0] ^= 1)
ALTER(alter_revision, e->change.revision--)
ALTER(alter_digest, e->change.digest[0] ^= 1)

#define LIE(what, entry, function, text)                                       \
	{                                                                      \
		.name = what, .end = "rollback", .ask = "start", .said = text, \
		.type = &entry_##entry##_type, .alter = function               \
	}

const struct lie lies_entries[] = {
	LIE("the time of a grant", grant, alter_time, SALT),
	LIE("the publisher of a grant", grant, alter_publisher, SALT),
	LIE("the product of a grant", grant, alter_product, SALT),
	LIE("the kms-host of a grant", grant, alter_host, SALT),
	LIE("the machine of a grant", grant, alter_machine, SALT),
	LIE("the hardware of a grant", grant, alter_hardware, SALT),
	LIE("the host name of a grant", grant, alter_host_name, SALT),
	LIE("the client's time of a grant", grant, alter_client_time, SALT),
	LIE("the state of a grant", grant, alter_state, SALT),
	LIE("the time left of a grant", grant, alter_left, SALT),
	LIE("virtual of a grant", grant, alter_virtual, SALT),
	LIE("the salt of a grant", grant, alter_salt, SALT),
	LIE("a grant that expires behind the kms-host", grant, alter_expires,
	    "a grant that outlives its kms-host"),
	LIE("a grant with a count below what it needs", grant, alter_count,
	    BELOW),
	LIE("a grant that needs more than its count", grant, alter_needed,
	    BELOW),
	LIE("the machine of a refusal", refusal, alter_machine, SALT),
	LIE("the host name of a refusal", refusal, alter_host_name, SALT),
	LIE("the salt of a refusal", refusal, alter_salt, SALT),
	LIE("the version of a start", start, alter_version, SALT),
	LIE("the store of a start", start, alter_start_store, SALT),
	LIE("the size of a start", start, alter_size, SALT),
	LIE("who installed a document", change, alter_uid, SALT),
	LIE("what was done to a document", change, alter_action, SALT),
	LIE("which document was installed", change, alter_object, SALT),
	LIE("the revision that was installed", change, alter_revision, SALT),
	LIE("the digest of a document", change, alter_digest, SALT),
};
const size_t lies_nentries = sizeof(lies_entries) / sizeof(lies_entries[0]);

/* While it serves: an outcome with something in it that is not so. */
#include "config.h"

#include "common/codes.h"
#include "common/ktime.h"
#include "tests/hostile/liar/liar.h"

#define OUTCOME(name, change)                                  \
	static void name(struct liar *l, struct as_outcome *o) \
	{                                                      \
		(void)l;                                       \
		change;                                        \
	}

OUTCOME(id, o->id++)
OUTCOME(no_index, o->has_index = false)
OUTCOME(index_too_high, o->index++)
OUTCOME(index_too_low, o->index--)
OUTCOME(index_far, o->index += UINT64_C(1) << 52)
OUTCOME(hash, o->hash[0] ^= 1)
OUTCOME(below, o->count = o->needed - 1)
OUTCOME(needed_less, o->needed = 1)
OUTCOME(needed_more, o->needed++)
OUTCOME(no_serial, o->serial = 0)
OUTCOME(grant_with_code, o->code = CODE_COUNT_INSUFFICIENT)
OUTCOME(refusal_without_code, o->kind = OUTCOME_REFUSAL)
OUTCOME(refusal_busy, o->kind = OUTCOME_REFUSAL; o->code = CODE_BUSY)
OUTCOME(refusal_of_activator, o->kind = OUTCOME_REFUSAL;
	o->code = CODE_TIME_SKEW)
OUTCOME(repeated_with_index, o->kind = OUTCOME_REPEATED;
	o->code = CODE_COUNT_INSUFFICIENT)
OUTCOME(nothing_with_index, o->kind = OUTCOME_NOTHING; o->code = CODE_BUSY;
	o->serial = 0)
OUTCOME(nothing_with_serial, o->kind = OUTCOME_NOTHING; o->code = CODE_BUSY;
	o->has_index = false)
OUTCOME(nothing_done, o->kind = OUTCOME_NOTHING; o->has_index = false;
	o->serial = 0)
OUTCOME(status_granted, o->kind = OUTCOME_GRANT; o->has_index = true;
	o->serial = 1)
OUTCOME(status_with_index, o->has_index = true)
OUTCOME(status_with_serial, o->serial = 7)
OUTCOME(count_absurd, o->count = TREE_SIZE_LIMIT)
OUTCOME(needed_absurd, o->needed = UINT64_MAX)
OUTCOME(serial_absurd, o->serial = TREE_SIZE_LIMIT)
OUTCOME(released, o->kind = OUTCOME_NOTHING + 1)
OUTCOME(refusal_as_grant, o->kind = OUTCOME_GRANT; o->code = CODE_OK)
OUTCOME(refusal_repeated, o->kind = OUTCOME_REPEATED; o->has_index = false)

/* The hash of an entry that the store would rather have. */
#define HASHED(name, change)                                   \
	static void name(struct liar *l, struct as_outcome *o) \
	{                                                      \
		char text[ENTRY_MAX + 1];                      \
		struct entry_decision e;                       \
                                                               \
		liar_decision(l, o, &e);                       \
		change;                                        \
		(void)liar_rehash(&e, o, text);                \
	}

HASHED(hash_expires, e.expires.sec += KTIME_DAY)
HASHED(hash_time, e.time.sec--)
HASHED(hash_machine, e.machine[0] ^= 1)
HASHED(hash_hardware, e.hardware[0] ^= 1)
HASHED(hash_host_name, e.host_name[0] = 'z')
HASHED(hash_count, e.count++)
/* The grant's hash, for an outcome that says it was refused. */
static void
hash_of_grant(struct liar *l, struct as_outcome *o)
{
	char text[ENTRY_MAX + 1];
	struct entry_decision e;

	liar_decision(l, o, &e);
	(void)liar_rehash(&e, o, text);
	o->kind = OUTCOME_REFUSAL;
	o->code = CODE_COUNT_INSUFFICIENT;
}

static void
entered_id(struct as_entered *e)
{
	e->id++;
}

static void
entered_index(struct as_entered *e)
{
	e->index++;
}

static void
entered_hash(struct as_entered *e)
{
	e->hash[0] ^= 1;
}

#define ANOTHER_TEXT "has another text than ours"
#define LIE(what, asks, function, text)                                 \
	{                                                               \
		.name = what, .end = "rule", .ask = asks, .said = text, \
		.outcome = function                                     \
	}
#define ENTERED(what, function, text)                                        \
	{                                                                    \
		.name = what, .end = "rule", .ask = "install", .said = text, \
		.entered = function                                          \
	}

const struct lie lies_outcome[] = {
	LIE("an outcome for another record", "activate", id,
	    "an outcome for id"),
	LIE("a grant without an index", "activate", no_index,
	    "a grant without an index"),
	LIE("an index behind the tree's", "activate", index_too_high,
	    "an entry with index"),
	LIE("an index that was given before", "activate", index_too_low,
	    "an entry with index"),
	LIE("an index that no tree has", "activate", index_far,
	    "an entry with index"),
	LIE("another hash", "activate", hash, ANOTHER_TEXT),
	LIE("the hash of a longer grant", "activate", hash_expires,
	    ANOTHER_TEXT),
	LIE("the hash of an earlier grant", "activate", hash_time,
	    ANOTHER_TEXT),
	LIE("the hash of another machine's grant", "activate", hash_machine,
	    ANOTHER_TEXT),
	LIE("the hash of a grant for other hardware", "activate", hash_hardware,
	    ANOTHER_TEXT),
	LIE("the hash of a grant with another host name", "activate",
	    hash_host_name, ANOTHER_TEXT),
	LIE("the hash of a grant with another count", "activate", hash_count,
	    ANOTHER_TEXT),
	LIE("a refusal with the hash of a grant", "activate", hash_of_grant,
	    ANOTHER_TEXT),
	LIE("a grant below the threshold", "activate", below,
	    "a grant below the threshold"),
	LIE("a lower threshold than the product's", "activate", needed_less,
	    "a threshold of 1 where the product has 2"),
	LIE("a higher threshold than the product's", "activate", needed_more,
	    "a threshold of 3 where the product has 2"),
	LIE("a grant without a serial", "activate", no_serial,
	    "a grant without a serial"),
	LIE("a grant with a refusal's code", "activate", grant_with_code,
	    "a grant with the code 0xC004F038"),
	LIE("a refusal without a code", "activate", refusal_without_code,
	    "a refusal with the code 0x00000000"),
	LIE("a refusal that has no entry", "activate", refusal_busy,
	    "a refusal with the code 0xE0040005"),
	LIE("a refusal that the activator decides", "activate",
	    refusal_of_activator, "a refusal with the code 0xC004F06C"),
	LIE("a repeated refusal with an index", "activate", repeated_with_index,
	    "a repeated refusal with an index"),
	LIE("busy with an index", "activate", nothing_with_index,
	    "a refusal without a row with an index"),
	LIE("busy with a serial", "activate", nothing_with_serial,
	    "a refusal without a row with a serial"),
	LIE("done without a grant", "activate", nothing_done,
	    "a refusal without a row with the code 0x00000000"),
	LIE("a count that no number is", "activate", count_absurd,
	    "an outcome of another form"),
	LIE("a threshold that no number is", "activate", needed_absurd,
	    "an outcome of another form"),
	LIE("a serial that no number is", "activate", serial_absurd,
	    "an outcome of another form"),
	LIE("a release that nobody asked for", "activate", released,
	    "an outcome of another form"),
	LIE("a status request is granted", "status", status_granted,
	    "an outcome with a row for a status request"),
	LIE("a status with an index", "status", status_with_index,
	    "a status with an index"),
	LIE("a status with a serial", "status", status_with_serial,
	    "a status with a serial"),
	LIE("a refusal told as a grant", "refuse", refusal_as_grant,
	    "a grant below the threshold"),
	LIE("a refusal with its entry as repeated", "refuse", refusal_repeated,
	    "the log has size"),
	LIE("a refusal without an index", "refuse", no_index,
	    "a refusal without an index"),
	LIE("a refusal without a serial", "refuse", no_serial,
	    "a refusal without a serial"),
	LIE("a refusal with a lower threshold", "refuse", needed_less,
	    "a threshold of 1 where the product has 9"),
	ENTERED("an install answered for another record", entered_id,
	    "an outcome for id"),
	ENTERED("an install with another index", entered_index,
	    "an entry with index"),
	ENTERED("an install with another text", entered_hash, ANOTHER_TEXT),
};
const size_t lies_noutcome = sizeof(lies_outcome) / sizeof(lies_outcome[0]);

/*
 * One request decided: who asked before and how (the rules on retries and
 * replays), how many machines count, and whether that is enough.
 */

#include "config.h"

#include <string.h>

#include "common/codes.h"
#include "store/private.h"
#include "store/sources.h"

/* No serial reaches this; the records between the processes hold no larger. */
#define SERIAL_LIMIT TREE_SIZE_LIMIT

/* What the database holds of the machine with this product. */
struct row {
	int64_t id; /* 0: none yet */
	bool current; /* base, cur, time and nonce are of this store */
	uint64_t base, cur;
	struct ktime time;
	uint8_t nonce[16];
	int64_t expires;
	int32_t decided_day, refusal_day;
	uint32_t decisions, refusals;
	uint32_t refusal_code;
};

/* Where the machine's one unit in the buckets stands. */
struct unit {
	int64_t row; /* 0: nowhere, the machine is new */
	int32_t day;
	bool is_virtual;
};

struct decision {
	struct store *s;
	const struct as_decide *in;
	struct as_outcome *out;
	struct family *family;
	int64_t product;
	struct row row;
	struct unit unit;
	int32_t today;
};

static int
read_row(struct decision *d)
{
	struct db *db = &d->s->db;
	struct row *r = &d->row;
	enum sql id = SQL_MACHINE_FIND;

	r->id = sql_get_int(db, id, 0);
	r->current = sql_get_int(db, id, 4) == d->s->epoch;
	if (r->current) {
		r->base = (uint64_t)sql_get_int(db, id, 5);
		r->cur = (uint64_t)sql_get_int(db, id, 6);
		r->time.sec = sql_get_int(db, id, 7);
		if (sql_get_bytes(db, id, 8, r->nonce, sizeof(r->nonce)) == -1)
			return -1;
	}
	r->expires = sql_get_int(db, id, 9);
	r->decided_day = (int32_t)sql_get_int(db, id, 10);
	r->decisions = (uint32_t)sql_get_int(db, id, 11);
	r->refusal_code = (uint32_t)sql_get_int(db, id, 12);
	r->refusal_day = (int32_t)sql_get_int(db, id, 13);
	r->refusals = (uint32_t)sql_get_int(db, id, 14);
	return 0;
}

/* Reads all the machine's rows: this product's, and the one with the unit. */
static int
find_machine(struct decision *d)
{
	struct db *db = &d->s->db;
	enum sql id = SQL_MACHINE_FIND;
	int r;

	sql_int(db, id, 1, d->family->id);
	sql_blob(db, id, 2, d->in->entry.machine, MACHINE_ID_LEN);
	while ((r = sql_step(db, id)) == 1) {
		if (!sql_is_null(db, id, 2)) {
			d->unit.row = sql_get_int(db, id, 0);
			d->unit.day = (int32_t)sql_get_int(db, id, 2);
			d->unit.is_virtual = sql_get_int(db, id, 3) != 0;
		}
		if (sql_get_int(db, id, 1) == d->product && read_row(d) == -1) {
			sql_reset(db, id);
			return -1;
		}
	}
	return r;
}

static int
nothing(struct decision *d, uint32_t code)
{
	d->out->kind = OUTCOME_NOTHING;
	d->out->code = code;
	d->s->counters[code == CODE_BUSY ? STORE_BUSY : STORE_REPLAYS]++;
	return STORE_OK;
}

static bool
over_limit(struct decision *d)
{
	const struct row *r = &d->row;
	const struct as_decide *in = d->in;

	if (r->id != 0 && r->decided_day == d->today &&
	    r->decisions >= in->decisions_per_day)
		return true;
	return d->unit.row == 0 && !sources_take(d->s->sources, in->source,
				       d->s->batch.head.time, in->new_machines);
}

/*
 * Rule 1; a stored time too far ahead is the host's own error, and passes.  A
 * machine that drove its serial to the end gets no further ones.
 */
static bool
is_replay(const struct decision *d)
{
	const struct row *r = &d->row;

	if (d->in->last >= SERIAL_LIMIT - 1 || r->cur >= SERIAL_LIMIT - 1)
		return true;
	return r->id != 0 && r->current &&
	       ktime_cmp(d->in->entry.client_time, r->time) <= 0 &&
	       ktime_diff(r->time, d->s->batch.head.time) <=
		   (int64_t)d->in->skew;
}

/* Rules 2, 3 and 5: base and cur afterwards. */
static void
set_serial(struct decision *d)
{
	uint64_t *counters = d->s->counters;
	struct row *r = &d->row;
	uint64_t last = d->in->last;

	if (r->id != 0 && r->current &&
	    memcmp(r->nonce, d->in->nonce_hash, sizeof(r->nonce)) == 0) {
		counters[STORE_RETRIES]++;
		return;
	}
	counters[r->current && last == r->cur ? STORE_ADVANCES
					      : STORE_OTHERS]++;
	if (last > r->cur)
		counters[STORE_AHEAD]++;
	r->base = last;
	r->cur = 1 + (last > r->cur ? last : r->cur);
}

/* The machine's unit goes to today's bucket. */
static int
count_machine(struct decision *d)
{
	struct unit *u = &d->unit;
	struct db *db = &d->s->db;
	bool is_virtual = d->in->entry.virtual != 0;

	if (u->row == 0)
		d->s->counters[STORE_NEW_MACHINES]++;
	else if (u->row != d->row.id) {
		sql_int(db, SQL_MACHINE_UNCOUNT, 1, u->row);
		if (sql_run(db, SQL_MACHINE_UNCOUNT) == -1)
			return -1;
	}
	if (u->row != 0 && u->day == d->today && u->is_virtual == is_virtual)
		return 0;
	if (u->row != 0 &&
	    count_move(d->s, d->family, u->day, u->is_virtual, -1) == -1)
		return -1;
	return count_move(d->s, d->family, d->today, is_virtual, 1);
}

static int
add_entry(struct decision *d, const struct message_type *type)
{
	struct entry_decision e = d->in->entry;
	char text[ENTRY_MAX + 1], error[MESSAGE_ERROR_MAX];
	int len;

	e.time = d->s->batch.head.time;
	e.count = d->out->count;
	e.needed = d->out->needed;
	e.code = d->out->code;
	(void)strlcpy(e.code_name, code_name(e.code), sizeof(e.code_name));
	if ((len = message_print(type, &e, text, sizeof(text), error)) == -1)
		return store_violation(
		    d->s, "a decision can't be printed: %s", error);
	d->out->has_index = true;
	if (store_append(
		d->s, text, (size_t)len, &d->out->index, d->out->hash) == -1)
		return STORE_FAILED;
	return STORE_OK;
}

static int
grant(struct decision *d)
{
	d->out->kind = OUTCOME_GRANT;
	d->out->code = CODE_OK;
	d->row.expires = d->in->entry.expires.sec;
	d->s->counters[STORE_GRANTS]++;
	return add_entry(d, &entry_grant_type);
}

/* The same refusal is an entry once a day. */
static int
refuse(struct decision *d, uint32_t code)
{
	struct row *r = &d->row;

	d->out->code = code;
	if (r->refusal_code == code && r->refusal_day == d->today) {
		d->out->kind = OUTCOME_REPEATED;
		r->refusals++;
		d->s->counters[STORE_REPEATED]++;
		return STORE_OK;
	}
	d->out->kind = OUTCOME_REFUSAL;
	r->refusal_code = code;
	r->refusal_day = d->today;
	r->refusals = 1;
	d->s->counters[STORE_REFUSALS]++;
	return add_entry(d, &entry_refusal_type);
}

/* Parameters 1 to 18 of the statements that write a row. */
static void
bind_row(struct decision *d, enum sql id)
{
	const struct as_decide *in = d->in;
	const struct entry_decision *e = &in->entry;
	const struct row *r = &d->row;
	struct db *db = &d->s->db;

	sql_int(db, id, 1, d->today);
	sql_int(db, id, 2, e->virtual != 0);
	sql_int(db, id, 3, d->s->epoch);
	sql_int(db, id, 4, (int64_t)r->base);
	sql_int(db, id, 5, (int64_t)r->cur);
	sql_int(db, id, 6, e->client_time.sec);
	sql_blob(db, id, 7, in->nonce_hash, sizeof(in->nonce_hash));
	sql_blob(db, id, 8, in->name_hash, sizeof(in->name_hash));
	sql_string(db, id, 9, e->host_name);
	sql_blob(db, id, 10, e->hardware, sizeof(e->hardware));
	sql_int(db, id, 11, d->s->batch.head.time.sec);
	sql_int(db, id, 12, r->expires);
	sql_int(db, id, 13, d->out->code);
	sql_int(db, id, 14, d->today);
	sql_int(db, id, 15, r->decisions);
	sql_int(db, id, 16, r->refusal_code);
	sql_int(db, id, 17, r->refusal_day);
	sql_int(db, id, 18, r->refusals);
}

static int
save(struct decision *d)
{
	struct db *db = &d->s->db;
	struct row *r = &d->row;
	enum sql id = r->id != 0 ? SQL_MACHINE_PUT : SQL_MACHINE_ADD;

	r->decisions = r->decided_day == d->today ? r->decisions + 1 : 1;
	bind_row(d, id);
	if (r->id != 0)
		sql_int(db, id, 19, r->id);
	else {
		sql_int(db, id, 19, d->family->id);
		sql_blob(db, id, 20, d->in->entry.machine, MACHINE_ID_LEN);
		sql_int(db, id, 21, d->product);
	}
	return sql_run(db, id);
}

/* Count and need, for who only asks; leaves no row. */
static int
status(struct decision *d)
{
	int found;

	d->out->kind = OUTCOME_NOTHING;
	d->out->code = CODE_OK;
	d->family = names_family(
	    d->s, d->in->entry.publisher, d->in->family, false, &found);
	if (found == -1 || (found == 1 && count_family(d->s, d->family) == -1))
		return store_failed(d->s);
	if (found == 1)
		d->out->count = count_of(d->family, d->in->count_virtual);
	return STORE_OK;
}

/* Family, product, count and the machine's rows. */
static int
look_up(struct decision *d)
{
	const struct as_decide *in = d->in;
	int found;

	d->family =
	    names_family(d->s, in->entry.publisher, in->family, true, &found);
	if (d->family == NULL ||
	    names_product(d->s, in->entry.publisher, in->entry.product,
		&d->product) == -1 ||
	    count_family(d->s, d->family) == -1 || find_machine(d) == -1)
		return -1;
	d->out->count = count_of(d->family, in->count_virtual);
	return 0;
}

static int
activate(struct decision *d)
{
	struct as_outcome *out = d->out;
	int r;

	if (look_up(d) == -1)
		return store_failed(d->s);
	if (over_limit(d))
		return nothing(d, CODE_BUSY);
	if (is_replay(d))
		return nothing(d, CODE_PROTOCOL);
	set_serial(d);
	if (count_machine(d) == -1)
		return store_failed(d->s);
	out->serial = d->row.cur;
	out->count = count_of(d->family, d->in->count_virtual);
	if (out->count >= out->needed)
		r = grant(d);
	else
		r = refuse(d, CODE_COUNT_INSUFFICIENT);
	if (r == STORE_VIOLATION)
		return r;
	if (r == STORE_FAILED || save(d) == -1)
		return store_failed(d->s);
	return STORE_OK;
}

int
store_decide(
    struct store *s, const struct as_decide *in, struct as_outcome *out)
{
	struct decision d;

	memset(&d, 0, sizeof(d));
	memset(out, 0, sizeof(*out));
	if (store_take_record(s) != STORE_OK)
		return STORE_VIOLATION;
	d.s = s;
	d.in = in;
	d.out = out;
	d.today = ktime_day(s->batch.head.time);
	out->id = in->id;
	out->needed = in->threshold;
	if (in->verb == VERB_STATUS)
		return status(&d);
	if (in->verb != VERB_ACTIVATE)
		return store_violation(s,
		    "verb %u is none that the store "
		    "decides",
		    in->verb);
	return activate(&d);
}

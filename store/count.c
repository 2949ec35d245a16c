/*
 * Counting: the count of a family is the sum of its day buckets.  The sums
 * are kept between batches, and what a batch changes goes to the buckets once,
 * at its end.
 */

#include "config.h"

#include "store/private.h"

/* Reads the family's sums, unless they are known for the batch's day. */
int
count_family(struct store *s, struct family *f)
{
	struct db *db = &s->db;

	if (f->summed && f->oldest_day == s->batch.head.oldest_day)
		return 0;
	sql_int(db, SQL_BUCKET_SUM, 1, f->id);
	sql_int(db, SQL_BUCKET_SUM, 2, s->batch.head.oldest_day);
	if (sql_step(db, SQL_BUCKET_SUM) != 1)
		return -1;
	f->physical = sql_get_int(db, SQL_BUCKET_SUM, 0);
	f->virtual = sql_get_int(db, SQL_BUCKET_SUM, 1);
	f->oldest_day = s->batch.head.oldest_day;
	f->summed = true;
	sql_reset(db, SQL_BUCKET_SUM);
	return 0;
}

uint64_t
count_of(const struct family *f, bool count_virtual)
{
	return (uint64_t)(f->physical + (count_virtual ? f->virtual : 0));
}

/* Adds n (1 or -1) to the bucket of a day; count_family() came before. */
int
count_move(
    struct store *s, struct family *f, int32_t day, bool is_virtual, int n)
{
	struct batch *b = &s->batch;
	struct move *m;
	size_t i;

	if (day >= f->oldest_day)
		*(is_virtual ? &f->virtual : &f->physical) += n;
	for (i = 0; i < b->nmoves; i++)
		if (b->move[i].family == f->id && b->move[i].day == day)
			break;
	if (i == sizeof(b->move) / sizeof(b->move[0]))
		return db_fail(&s->db, "too many buckets in a batch");
	m = &b->move[i];
	if (i == b->nmoves) {
		m->family = f->id;
		m->day = day;
		m->physical = m->virtual = 0;
		b->nmoves++;
	}
	*(is_virtual ? &m->virtual : &m->physical) += n;
	return 0;
}

static int
write_move(struct db *db, const struct move *m, enum sql id)
{
	sql_int(db, id, 1, m->family);
	sql_int(db, id, 2, m->day);
	sql_int(db, id, 3, m->physical);
	sql_int(db, id, 4, m->virtual);
	return sql_run(db, id);
}

int
count_flush(struct store *s)
{
	struct db *db = &s->db;
	const struct move *m;
	size_t i;

	for (i = 0; i < s->batch.nmoves; i++) {
		m = &s->batch.move[i];
		if (m->physical == 0 && m->virtual == 0)
			continue;
		if (write_move(db, m, SQL_BUCKET_MOVE) == -1)
			return -1;
		if (sqlite3_changes(db->handle) == 1)
			continue;
		if (write_move(db, m, SQL_BUCKET_ADD) == -1)
			return -1;
	}
	s->batch.nmoves = 0;
	return 0;
}

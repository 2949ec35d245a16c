/*
 * Publishers, families and products have numbers in the database; those that
 * were met are kept, since they never change.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "store/private.h"

/* Room for one more element; grows by doubling. */
static int
grow(void **array, size_t n, size_t *room, size_t size)
{
	size_t more;
	void *p;

	if (n < *room)
		return 0;
	more = *room == 0 ? 16 : *room * 2;
	if ((p = reallocarray(*array, more, size)) == NULL)
		return -1;
	*array = p;
	*room = more;
	return 0;
}

/* The number of a row that one of two statements finds: 1, 0 or -1. */
static int
find_id(struct db *db, enum sql find, int64_t *id)
{
	int r;

	if ((r = sql_step(db, find)) != 1)
		return r;
	*id = sql_get_int(db, find, 0);
	sql_reset(db, find);
	return 1;
}

static int
publisher_id(struct db *db, const uint8_t key[PUBKEY_LEN], int64_t *id)
{
	int r;

	sql_blob(db, SQL_PUBLISHER_FIND, 1, key, PUBKEY_LEN);
	if ((r = find_id(db, SQL_PUBLISHER_FIND, id)) != 0)
		return r == 1 ? 0 : -1;
	sql_blob(db, SQL_PUBLISHER_ADD, 1, key, PUBKEY_LEN);
	if (sql_run(db, SQL_PUBLISHER_ADD) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

static int
family_id(struct db *db, const uint8_t key[PUBKEY_LEN], const char *name,
    bool create, int64_t *id)
{
	int64_t publisher;
	int r;

	sql_blob(db, SQL_FAMILY_FIND, 1, key, PUBKEY_LEN);
	sql_string(db, SQL_FAMILY_FIND, 2, name);
	if ((r = find_id(db, SQL_FAMILY_FIND, id)) != 0 || !create)
		return r;
	if (publisher_id(db, key, &publisher) == -1)
		return -1;
	sql_int(db, SQL_FAMILY_ADD, 1, publisher);
	sql_string(db, SQL_FAMILY_ADD, 2, name);
	if (sql_run(db, SQL_FAMILY_ADD) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(db->handle);
	return 1;
}

struct family *
names_family(struct store *s, const uint8_t key[PUBKEY_LEN], const char *name,
    bool create, int *found)
{
	struct names *n = &s->names;
	struct family *f;
	int64_t id;
	size_t i;

	*found = 1;
	for (i = 0; i < n->nfamilies; i++) {
		f = &n->families[i];
		if (strcmp(f->name, name) == 0 &&
		    memcmp(f->publisher, key, PUBKEY_LEN) == 0)
			return f;
	}
	if ((*found = family_id(&s->db, key, name, create, &id)) != 1)
		return NULL;
	if (grow((void **)&n->families, n->nfamilies, &n->families_room,
		sizeof(*f)) == -1) {
		*found = db_fail(&s->db, "out of memory");
		return NULL;
	}
	f = &n->families[n->nfamilies++];
	memset(f, 0, sizeof(*f));
	f->id = id;
	memcpy(f->publisher, key, PUBKEY_LEN);
	(void)strlcpy(f->name, name, sizeof(f->name));
	return f;
}

static int
product_id(struct db *db, const uint8_t key[PUBKEY_LEN],
    const uint8_t uuid[UUID_LEN], int64_t *id)
{
	int64_t publisher;
	int r;

	sql_blob(db, SQL_PRODUCT_FIND, 1, key, PUBKEY_LEN);
	sql_blob(db, SQL_PRODUCT_FIND, 2, uuid, UUID_LEN);
	if ((r = find_id(db, SQL_PRODUCT_FIND, id)) != 0)
		return r == 1 ? 0 : -1;
	if (publisher_id(db, key, &publisher) == -1)
		return -1;
	sql_int(db, SQL_PRODUCT_ADD, 1, publisher);
	sql_blob(db, SQL_PRODUCT_ADD, 2, uuid, UUID_LEN);
	if (sql_run(db, SQL_PRODUCT_ADD) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

int
names_product(struct store *s, const uint8_t key[PUBKEY_LEN],
    const uint8_t uuid[UUID_LEN], int64_t *id)
{
	struct names *n = &s->names;
	struct product *p;
	size_t i;

	for (i = 0; i < n->nproducts; i++) {
		p = &n->products[i];
		if (memcmp(p->uuid, uuid, UUID_LEN) == 0 &&
		    memcmp(p->publisher, key, PUBKEY_LEN) == 0) {
			*id = p->id;
			return 0;
		}
	}
	if (product_id(&s->db, key, uuid, id) == -1)
		return -1;
	if (grow((void **)&n->products, n->nproducts, &n->products_room,
		sizeof(*p)) == -1)
		return db_fail(&s->db, "out of memory");
	p = &n->products[n->nproducts++];
	p->id = *id;
	memcpy(p->publisher, key, PUBKEY_LEN);
	memcpy(p->uuid, uuid, UUID_LEN);
	return 0;
}

void
names_free(struct names *n)
{
	free(n->families);
	free(n->products);
	memset(n, 0, sizeof(*n));
}

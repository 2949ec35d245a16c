/* The disk in memory; see disk.h.  It has no shared memory: nor do we. */

#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/durability/disk.h"
#include "tests/unit/store_fixture.h"

#define FILES_MAX 4
#define SECTOR 512

struct image {
	uint8_t *bytes;
	size_t len;
};

/* A write, or with bytes NULL a truncation to the offset. */
struct change {
	uint8_t *bytes;
	size_t offset, len;
};

struct disk_file {
	char name[600];
	bool exists, durable_name;
	struct image now, durable;
	struct change *changes; /* since the last sync */
	size_t nchanges, room;
};

struct disk {
	sqlite3_vfs vfs;
	struct disk_file files[FILES_MAX];
	unsigned int events, cut, calls[DISK_CALLS], fail;
	enum disk_call fail_call;
	int fail_code;
	bool dead, read_only, failed;
};

struct handle {
	sqlite3_file base;
	struct disk *disk;
	struct disk_file *file;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
image_resize(struct image *i, size_t len)
{
	i->bytes = realloc(i->bytes, len + 1);
	must(i->bytes != NULL);
	if (len > i->len)
		memset(i->bytes + i->len, 0, len - i->len);
	i->len = len;
}

static void
image_write(struct image *i, const void *p, size_t len, size_t offset)
{
	if (offset + len > i->len)
		image_resize(i, offset + len);
	memcpy(i->bytes + offset, p, len);
}

static void
image_copy(struct image *to, const struct image *from)
{
	image_resize(to, from->len);
	if (from->len > 0)
		memcpy(to->bytes, from->bytes, from->len);
}

static void
forget_changes(struct disk_file *f)
{
	while (f->nchanges > 0)
		free(f->changes[--f->nchanges].bytes);
}

static void
apply_changes(struct disk_file *f)
{
	const struct change *c;
	size_t i;

	for (i = 0; i < f->nchanges; i++) {
		c = &f->changes[i];
		if (c->bytes == NULL)
			image_resize(&f->durable, c->offset);
		else
			image_write(&f->durable, c->bytes, c->len, c->offset);
	}
	forget_changes(f);
}

static void
add_change(struct disk_file *f, const void *p, size_t len, size_t offset)
{
	struct change *c;

	if (f->nchanges == f->room) {
		f->room = f->room * 2 + 16;
		f->changes = reallocarray(f->changes, f->room, sizeof(*c));
		must(f->changes != NULL);
	}
	c = &f->changes[f->nchanges++];
	memset(c, 0, sizeof(*c));
	c->offset = offset;
	c->len = len;
	if (p == NULL)
		return;
	c->bytes = malloc(len);
	must(c->bytes != NULL);
	memcpy(c->bytes, p, len);
}

void
disk_event(struct disk *d)
{
	d->events++;
	if (d->cut != 0 && d->events == d->cut)
		d->dead = true;
}

/* Counts a call; true if it is the one that fails. */
static bool
fails(struct disk *d, enum disk_call call)
{
	d->calls[call]++;
	if (d->fail == 0 || call != d->fail_call || --d->fail != 0)
		return false;
	d->failed = true;
	return true;
}

static int
disk_close(sqlite3_file *file)
{
	(void)file;
	return SQLITE_OK;
}

static int
disk_read(sqlite3_file *file, void *p, int n, sqlite3_int64 offset)
{
	struct handle *h = (struct handle *)file;
	size_t at = (size_t)offset, len = (size_t)n, have;

	if (h->disk->dead)
		return SQLITE_IOERR_READ;
	if (fails(h->disk, DISK_READ))
		return h->disk->fail_code;
	have = at >= h->file->now.len ? 0 : h->file->now.len - at;
	if (have > len)
		have = len;
	memset(p, 0, len);
	if (have > 0)
		memcpy(p, h->file->now.bytes + at, have);
	return have == len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
disk_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 offset)
{
	struct handle *h = (struct handle *)file;

	if (h->disk->dead)
		return SQLITE_IOERR_WRITE;
	if (fails(h->disk, DISK_WRITE))
		return h->disk->fail_code;
	image_write(&h->file->now, p, (size_t)n, (size_t)offset);
	add_change(h->file, p, (size_t)n, (size_t)offset);
	return SQLITE_OK;
}

static int
disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct handle *h = (struct handle *)file;

	if (h->disk->dead)
		return SQLITE_IOERR_TRUNCATE;
	if (fails(h->disk, DISK_TRUNCATE))
		return h->disk->fail_code;
	image_resize(&h->file->now, (size_t)size);
	add_change(h->file, NULL, 0, (size_t)size);
	return SQLITE_OK;
}

static int
disk_sync(sqlite3_file *file, int flags)
{
	struct handle *h = (struct handle *)file;

	(void)flags;
	disk_event(h->disk);
	if (h->disk->dead)
		return SQLITE_IOERR_FSYNC;
	if (fails(h->disk, DISK_SYNC)) {
		forget_changes(h->file);
		return h->disk->fail_code;
	}
	apply_changes(h->file);
	h->file->durable_name = true;
	disk_event(h->disk);
	return h->disk->dead ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int
disk_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct handle *h = (struct handle *)file;

	if (fails(h->disk, DISK_SIZE))
		return h->disk->fail_code;
	*size = (sqlite3_int64)h->file->now.len;
	return SQLITE_OK;
}

static int
disk_lock(sqlite3_file *file, int level)
{
	(void)file;
	(void)level;
	return SQLITE_OK;
}

static int
disk_reserved(sqlite3_file *file, int *taken)
{
	(void)file;
	*taken = 0;
	return SQLITE_OK;
}

static int
disk_control(sqlite3_file *file, int op, void *arg)
{
	(void)file;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
disk_sector(sqlite3_file *file)
{
	(void)file;
	return SECTOR;
}

static int
disk_characteristics(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = disk_close,
	.xRead = disk_read,
	.xWrite = disk_write,
	.xTruncate = disk_truncate,
	.xSync = disk_sync,
	.xFileSize = disk_size,
	.xLock = disk_lock,
	.xUnlock = disk_lock,
	.xCheckReservedLock = disk_reserved,
	.xFileControl = disk_control,
	.xSectorSize = disk_sector,
	.xDeviceCharacteristics = disk_characteristics,
};

static struct disk_file *
find(struct disk *d, const char *name)
{
	size_t i;

	for (i = 0; i < FILES_MAX; i++)
		if (strcmp(d->files[i].name, name) == 0)
			return &d->files[i];
	return NULL;
}

static int
disk_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
	struct disk *d = vfs->pAppData;
	struct handle *h = (struct handle *)file;
	struct disk_file *f;

	h->base.pMethods = NULL;
	must(name != NULL); /* a temporary file */
	if (d->dead)
		return SQLITE_CANTOPEN;
	if (fails(d, DISK_OPEN))
		return d->fail_code;
	if ((f = find(d, name)) == NULL) {
		f = find(d, "");
		must(f != NULL);
		(void)strlcpy(f->name, name, sizeof(f->name));
	}
	if (!f->exists) {
		if ((flags & SQLITE_OPEN_CREATE) == 0)
			return SQLITE_CANTOPEN;
		f->exists = true;
		f->now.len = 0;
		forget_changes(f);
		add_change(f, NULL, 0, 0);
	}
	h->base.pMethods = &methods;
	h->disk = d;
	h->file = f;
	if (d->read_only)
		flags = (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY;
	if (got != NULL)
		*got = flags;
	return SQLITE_OK;
}

/* A removed file may be there again after a cut, unless SQLite syncs that. */
static int
disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	struct disk *d = vfs->pAppData;
	struct disk_file *f;

	if (d->dead)
		return SQLITE_IOERR_DELETE;
	if (fails(d, DISK_DELETE))
		return d->fail_code;
	if ((f = find(d, name)) == NULL || !f->exists)
		return SQLITE_IOERR_DELETE_NOENT;
	f->exists = false;
	if (sync != 0)
		f->durable_name = false;
	return SQLITE_OK;
}

static int
disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
	struct disk_file *f;

	(void)flags;
	f = find(vfs->pAppData, name);
	*result = f != NULL && f->exists;
	return SQLITE_OK;
}

static int
disk_path(sqlite3_vfs *vfs, const char *name, int n, char *full)
{
	(void)vfs;
	(void)strlcpy(full, name, (size_t)n);
	return SQLITE_OK;
}

struct disk *
disk_new(void)
{
	struct disk *d;
	sqlite3_vfs *v;

	d = calloc(1, sizeof(*d));
	must(d != NULL && sqlite3_initialize() == SQLITE_OK);
	v = &d->vfs;
	*v = *sqlite3_vfs_find(NULL);
	v->iVersion = 1;
	v->szOsFile = sizeof(struct handle);
	v->mxPathname = 512;
	v->zName = DISK_VFS;
	v->pNext = NULL;
	v->pAppData = d;
	v->xOpen = disk_open;
	v->xDelete = disk_delete;
	v->xAccess = disk_access;
	v->xFullPathname = disk_path;
	must(sqlite3_vfs_register(v, 0) == SQLITE_OK);
	return d;
}

void
disk_free(struct disk *d)
{
	size_t i;

	(void)sqlite3_vfs_unregister(&d->vfs);
	for (i = 0; i < FILES_MAX; i++) {
		forget_changes(&d->files[i]);
		free(d->files[i].changes);
		free(d->files[i].now.bytes);
		free(d->files[i].durable.bytes);
	}
	free(d);
}

void
disk_cut_at(struct disk *d, unsigned int event)
{
	d->cut = event;
}

unsigned int
disk_events(const struct disk *d)
{
	return d->events;
}

bool
disk_dead(const struct disk *d)
{
	return d->dead;
}

void
disk_fail(struct disk *d, enum disk_call call, unsigned int n, int code)
{
	d->fail_call = call;
	d->fail = n;
	d->fail_code = code;
	d->failed = false;
}

bool
disk_failed(const struct disk *d)
{
	return d->failed;
}

void
disk_read_only(struct disk *d)
{
	d->read_only = true;
}

unsigned int
disk_calls(const struct disk *d, enum disk_call call)
{
	return d->calls[call];
}

/* Any of the sectors that were written, and any truncation. */
static void
tear(struct disk_file *f, uint64_t *seed)
{
	const struct change *c;
	size_t i, at, n;

	for (i = 0; i < f->nchanges; i++) {
		c = &f->changes[i];
		if (c->bytes == NULL && test_random(seed, 2) == 0)
			image_resize(&f->durable, c->offset);
		for (at = 0; at < c->len; at += n) {
			n = SECTOR - (c->offset + at) % SECTOR;
			if (n > c->len - at)
				n = c->len - at;
			if (test_random(seed, 2) == 0)
				image_write(&f->durable, c->bytes + at, n,
				    c->offset + at);
		}
	}
}

void
disk_power_on(struct disk *d, enum disk_mode mode, uint64_t *seed)
{
	struct disk_file *f;
	size_t i;

	for (i = 0; i < FILES_MAX; i++) {
		f = &d->files[i];
		if (mode == DISK_TEAR)
			tear(f, seed);
		if (mode != DISK_KEEP) {
			image_copy(&f->now, &f->durable);
			f->exists = f->durable_name;
		}
		image_copy(&f->durable, &f->now);
		f->durable_name = f->exists;
		forget_changes(f);
	}
	d->dead = false;
	d->cut = d->fail = 0;
}

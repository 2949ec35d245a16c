/* The state of a machine for one product of one publisher, in files. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "client/state.h"
#include "common/codes.h"
#include "common/sealbox.h"

#define NAME_STATE "state"
#define NAME_GRANT "grant"
#define NAME_SECRET "machine.key"
#define NAME_MACHINE "machine"
#define HOST_PREFIX "host-"
#define HOST_NAME_LEN (sizeof(HOST_PREFIX) - 1 + UUID_STRLEN)

/* Reads a record; 1, 0 if there is no file, -1. */
static int
read_record(const struct folder *d, const char *name,
    const struct message_type *type, bool secret, void *record,
    struct failure *f)
{
	char text[RECORD_MAX + 1], why[MESSAGE_ERROR_MAX];
	size_t len;
	int found;

	found = folder_read(d, name, secret, text, sizeof(text), &len, f);
	if (found != 1)
		return (found);
	if (record_parse(type, text, len, record, why) == -1)
		found =
		    failure_set(f, CODE_OK, "%s/%s: %s", d->path, name, why);
	explicit_bzero(text, sizeof(text));
	return (found);
}

static int
write_record(const struct folder *d, const char *name,
    const struct message_type *type, mode_t mode, const void *record,
    struct failure *f)
{
	char text[RECORD_MAX + 1], why[MESSAGE_ERROR_MAX];
	int len, ret;

	len = message_print(type, record, text, sizeof(text), why);
	if (len == -1)
		return (
		    failure_set(f, CODE_OK, "%s/%s: %s", d->path, name, why));
	ret = folder_write(d, name, mode, text, (size_t)len, f);
	explicit_bzero(text, sizeof(text));
	return (ret);
}

/* A file of another publisher, product or machine is left alone. */
static int
foreign(const struct folder *d, const char *name, const char *what,
    struct failure *f)
{
	return (failure_set(f, CODE_OK,
	    "%s/%s: belongs to another %s; move it away to begin anew", d->path,
	    name, what));
}

static int
open_folders(struct state *s, const char *dir, const struct pubkey *publisher,
    const uint8_t product[UUID_LEN], bool create, struct failure *f)
{
	char name[33], uuid[UUID_STRLEN];
	uint8_t hash[16];
	struct folder base;
	int ret;

	(void)crypto_generichash(hash, sizeof(hash), publisher->key,
	    sizeof(publisher->key), NULL, 0);
	(void)sodium_bin2hex(name, sizeof(name), hash, sizeof(hash));
	uuid_print(product, uuid);
	if (folder_open(&base, dir, create, f) == -1)
		return (-1);
	ret = folder_enter(&s->publisher, &base, name, create, f);
	folder_close(&base);
	if (ret == -1)
		return (-1);
	if (create && (s->lock = folder_lock(&s->publisher, f)) == -1)
		return (-1);
	return (folder_enter(&s->product, &s->publisher, uuid, create, f));
}

/* The public half, for everybody who reads. */
static int
load_machine(
    struct state *s, const uint8_t publisher[PUBKEY_LEN], struct failure *f)
{
	struct record_machine m;
	int found;

	found = read_record(
	    &s->publisher, NAME_MACHINE, &record_machine_type, false, &m, f);
	if (found != 1)
		return (found);
	if (memcmp(m.publisher, publisher, PUBKEY_LEN) != 0)
		return (foreign(&s->publisher, NAME_MACHINE, "publisher", f));
	memcpy(s->key, m.key, sizeof(s->key));
	sealbox_machine_id(s->key, s->machine);
	s->has_machine = true;
	return (1);
}

/* A new key, written before anything names it. */
static int
make_secret(struct state *s, struct record_secret *k, struct failure *f)
{
	uint8_t key[MACHINE_KEY_LEN];

	if (s->has_machine)
		return (failure_set(f, CODE_OK,
		    "%s: %s is there but %s is not; restore it, or move %s "
		    "and the folders beside it away to be a new machine",
		    s->publisher.path, NAME_MACHINE, NAME_SECRET,
		    NAME_MACHINE));
	sealbox_keypair(key, k->secret);
	return (write_record(
	    &s->publisher, NAME_SECRET, &record_secret_type, 0600, k, f));
}

/* The secret half; the public one is made again from it if it is missing. */
static int
load_secret(
    struct state *s, const uint8_t publisher[PUBKEY_LEN], struct failure *f)
{
	struct record_secret k;
	struct record_machine m;
	int found;

	memset(&k, 0, sizeof(k));
	found = read_record(
	    &s->publisher, NAME_SECRET, &record_secret_type, true, &k, f);
	if (found == 1 && memcmp(k.publisher, publisher, PUBKEY_LEN) != 0)
		found = foreign(&s->publisher, NAME_SECRET, "publisher", f);
	if (found == 0) {
		memcpy(k.publisher, publisher, PUBKEY_LEN);
		found = make_secret(s, &k, f);
	}
	memcpy(s->secret, k.secret, sizeof(s->secret));
	explicit_bzero(&k, sizeof(k));
	if (found == -1)
		return (-1);
	memset(&m, 0, sizeof(m));
	memcpy(m.publisher, publisher, PUBKEY_LEN);
	if (crypto_scalarmult_base(m.key, s->secret) == -1)
		return (failure_set(f, CODE_OK, "%s/%s: not a usable key",
		    s->publisher.path, NAME_SECRET));
	if (s->has_machine) {
		if (memcmp(m.key, s->key, sizeof(s->key)) != 0)
			return (foreign(&s->publisher, NAME_MACHINE,
			    "machine than machine.key", f));
		return (0);
	}
	if (write_record(&s->publisher, NAME_MACHINE, &record_machine_type,
		0644, &m, f) == -1)
		return (-1);
	return (load_machine(s, publisher, f) == 1 ? 0 : -1);
}

static int
load_record(struct state *s, const uint8_t publisher[PUBKEY_LEN],
    const uint8_t product[UUID_LEN], struct failure *f)
{
	struct record_state *r = &s->record;
	int found;

	found = read_record(
	    &s->product, NAME_STATE, &record_state_type, false, r, f);
	if (found != 1)
		return (found);
	if (memcmp(r->publisher, publisher, PUBKEY_LEN) != 0)
		return (foreign(&s->product, NAME_STATE, "publisher", f));
	if (memcmp(r->product, product, UUID_LEN) != 0)
		return (foreign(&s->product, NAME_STATE, "product", f));
	if (!s->has_machine ||
	    memcmp(r->machine, s->machine, sizeof(s->machine)) != 0)
		return (foreign(
		    &s->product, NAME_STATE, "machine than its key", f));
	s->found = true;
	return (1);
}

/* What a state begins as. */
static void
begin_record(struct state *s, const uint8_t publisher[PUBKEY_LEN],
    const uint8_t product[UUID_LEN], struct ktime now)
{
	struct record_state *r = &s->record;

	memset(r, 0, sizeof(*r));
	memcpy(r->publisher, publisher, PUBKEY_LEN);
	memcpy(r->product, product, UUID_LEN);
	memcpy(r->machine, s->machine, sizeof(r->machine));
	r->begun = now;
	r->clock = now;
}

int
state_open(struct state *s, const char *dir, const struct pubkey *publisher,
    const uint8_t product[UUID_LEN], enum state_mode mode, struct ktime now,
    struct failure *f)
{
	bool write = mode == STATE_WRITE;
	uint8_t blob[PUBKEY_LEN];
	int found;

	memset(s, 0, sizeof(*s));
	s->publisher.fd = s->product.fd = s->lock = -1;
	pubkey_to_blob(publisher, blob);
	if (open_folders(s, dir, publisher, product, write, f) == -1)
		goto fail;
	if (load_machine(s, blob, f) == -1)
		goto fail;
	if (write && load_secret(s, blob, f) == -1)
		goto fail;
	if ((found = load_record(s, blob, product, f)) == -1)
		goto fail;
	if (found == 0 && write)
		begin_record(s, blob, product, now);
	return (0);
fail:
	state_close(s);
	return (-1);
}

void
state_close(struct state *s)
{
	folder_close(&s->product);
	folder_close(&s->publisher);
	if (s->lock != -1)
		(void)close(s->lock);
	s->lock = -1;
	explicit_bzero(s->secret, sizeof(s->secret));
}

int
state_save(struct state *s, struct failure *f)
{
	if (write_record(&s->product, NAME_STATE, &record_state_type, 0644,
		&s->record, f) == -1)
		return (-1);
	s->found = true;
	return (0);
}

static const struct folder *
place_folder(const struct state *s, enum state_place place)
{
	return (place == STATE_PUBLISHER ? &s->publisher : &s->product);
}

int
state_read(const struct state *s, enum state_place place, const char *name,
    char *buf, size_t *len, struct failure *f)
{
	return (folder_read(place_folder(s, place), name, false, buf,
	    STATE_DOCUMENT_MAX, len, f));
}

int
state_write(const struct state *s, enum state_place place, const char *name,
    const char *text, size_t len, struct failure *f)
{
	return (folder_write(place_folder(s, place), name, 0644, text, len, f));
}

int
state_read_grant(
    const struct state *s, char *buf, size_t *len, struct failure *f)
{
	return (state_read(s, STATE_PRODUCT, NAME_GRANT, buf, len, f));
}

static void
host_file(const uint8_t serial[UUID_LEN], char name[HOST_NAME_LEN])
{
	memcpy(name, HOST_PREFIX, sizeof(HOST_PREFIX) - 1);
	uuid_print(serial, name + sizeof(HOST_PREFIX) - 1);
}

int
state_read_host(const struct state *s, const uint8_t serial[UUID_LEN],
    char *buf, size_t *len, struct failure *f)
{
	char name[HOST_NAME_LEN];

	host_file(serial, name);
	return (state_read(s, STATE_PRODUCT, name, buf, len, f));
}

int
state_write_grant(const struct state *s, const uint8_t serial[UUID_LEN],
    const char *host, size_t host_len, const char *grant, size_t grant_len,
    struct failure *f)
{
	char name[HOST_NAME_LEN];

	host_file(serial, name);
	if (folder_write(&s->product, name, 0644, host, host_len, f) == -1 ||
	    folder_write(&s->product, NAME_GRANT, 0644, grant, grant_len, f) ==
		-1)
		return (-1);
	return (folder_prune(&s->product, HOST_PREFIX, name, f));
}

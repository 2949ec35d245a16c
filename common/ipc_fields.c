/*
 * The fields of records between processes: fixed-size numbers, big endian,
 * and byte strings with a u16 before them.
 */
#include "config.h"

#include <string.h>

#include "common/ipc.h"

static const uint8_t *
take(struct ipc_reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return (NULL);
	}
	r->p += n;
	return (p);
}

static uint64_t
take_number(struct ipc_reader *r, size_t n)
{
	const uint8_t *p;
	uint64_t v = 0;
	size_t i;

	if ((p = take(r, n)) == NULL)
		return (0);
	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (v);
}

uint8_t
ipc_get_u8(struct ipc_reader *r)
{
	return ((uint8_t)take_number(r, 1));
}

uint16_t
ipc_get_u16(struct ipc_reader *r)
{
	return ((uint16_t)take_number(r, 2));
}

uint32_t
ipc_get_u32(struct ipc_reader *r)
{
	return ((uint32_t)take_number(r, 4));
}

uint64_t
ipc_get_u64(struct ipc_reader *r)
{
	return (take_number(r, 8));
}

int64_t
ipc_get_i64(struct ipc_reader *r)
{
	return ((int64_t)take_number(r, 8));
}

bool
ipc_get_bool(struct ipc_reader *r)
{
	uint8_t v = ipc_get_u8(r);

	if (v > 1)
		r->bad = true;
	return (v == 1);
}

void
ipc_get_bytes(struct ipc_reader *r, void *to, size_t n)
{
	const uint8_t *p;

	if ((p = take(r, n)) == NULL)
		memset(to, 0, n);
	else
		memcpy(to, p, n);
}

const uint8_t *
ipc_get_blob(struct ipc_reader *r, size_t max, size_t *len)
{
	const uint8_t *p;
	size_t n;

	*len = 0;
	if ((n = ipc_get_u16(r)) > max)
		r->bad = true;
	if ((p = take(r, n)) != NULL)
		*len = n;
	return (p);
}

void
ipc_get_string(struct ipc_reader *r, char *to, size_t size)
{
	const uint8_t *p;
	size_t len;

	to[0] = '\0';
	if ((p = ipc_get_blob(r, size - 1, &len)) == NULL)
		return;
	if (memchr(p, '\0', len) != NULL) {
		r->bad = true;
		return;
	}
	memcpy(to, p, len);
	to[len] = '\0';
}

static uint8_t *
room(struct ipc_writer *w, size_t n)
{
	uint8_t *p = w->p;

	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return (NULL);
	}
	w->p += n;
	return (p);
}

static void
put_number(struct ipc_writer *w, uint64_t v, size_t n)
{
	uint8_t *p;

	if ((p = room(w, n)) == NULL)
		return;
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

void
ipc_put_u8(struct ipc_writer *w, uint8_t v)
{
	put_number(w, v, 1);
}

void
ipc_put_u16(struct ipc_writer *w, uint16_t v)
{
	put_number(w, v, 2);
}

void
ipc_put_u32(struct ipc_writer *w, uint32_t v)
{
	put_number(w, v, 4);
}

void
ipc_put_u64(struct ipc_writer *w, uint64_t v)
{
	put_number(w, v, 8);
}

void
ipc_put_i64(struct ipc_writer *w, int64_t v)
{
	put_number(w, (uint64_t)v, 8);
}

void
ipc_put_bool(struct ipc_writer *w, bool v)
{
	put_number(w, v, 1);
}

void
ipc_put_bytes(struct ipc_writer *w, const void *from, size_t n)
{
	uint8_t *p;

	if ((p = room(w, n)) != NULL && n > 0)
		memcpy(p, from, n);
}

void
ipc_put_blob(struct ipc_writer *w, const void *from, size_t n)
{
	if (n > UINT16_MAX) {
		w->bad = true;
		return;
	}
	ipc_put_u16(w, (uint16_t)n);
	ipc_put_bytes(w, from, n);
}

void
ipc_put_string(struct ipc_writer *w, const char *s)
{
	ipc_put_blob(w, s, strlen(s));
}

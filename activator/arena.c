/*
 * The key arena: one guarded allocation with fixed slots, locked in memory and
 * without access between turns.
 */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "activator/arena.h"

int
arena_init(struct arena *a, char *error)
{
	memset(a, 0, sizeof(*a));
	if ((a->secrets = sodium_malloc(sizeof(*a->secrets))) == NULL) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "no memory for the keys: %s", strerror(errno));
		return (-1);
	}
	/* sodium_malloc() passes over a failing mlock(); we do not. */
	if (mlock(a->secrets, sizeof(*a->secrets)) == -1) {
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "memory for the keys can't be locked: %s; raise the limit "
		    "of locked memory (ulimit -l)",
		    strerror(errno));
		sodium_free(a->secrets);
		a->secrets = NULL;
		return (-1);
	}
	memset(a->secrets, 0, sizeof(*a->secrets));
	(void)sodium_mprotect_noaccess(a->secrets);
	return (0);
}

void
arena_free(struct arena *a)
{
	if (a->secrets != NULL)
		sodium_free(a->secrets);
	memset(a, 0, sizeof(*a));
}

struct secrets *
arena_open(struct arena *a)
{
	if (a->depth++ == 0)
		(void)sodium_mprotect_readwrite(a->secrets);
	return (a->secrets);
}

void
arena_close(struct arena *a)
{
	if (--a->depth == 0)
		(void)sodium_mprotect_noaccess(a->secrets);
}

void
arena_set_host_key(struct arena *a, const struct seckey *key)
{
	struct secrets *s = arena_open(a);

	if (&s->host != key)
		s->host = *key;
	salt_key(&s->host, s->salt);
	signify_public(&s->host, &a->host);
	arena_close(a);
}

static ssize_t
read_text(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		if ((n = read(fd, buf + len, size - len)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return ((ssize_t)len);
}

int
arena_read_host_key(struct arena *a, int fd, char *error)
{
	struct secrets *s = arena_open(a);
	char why[MESSAGE_ERROR_MAX];
	ssize_t len;
	int ret = -1;

	if ((len = read_text(fd, s->text, sizeof(s->text))) == -1)
		(void)snprintf(
		    error, MESSAGE_ERROR_MAX, "host.key: %s", strerror(errno));
	else if (signify_parse_seckey(s->text, (size_t)len, &s->host, why) ==
		 -1)
		(void)snprintf(error, MESSAGE_ERROR_MAX,
		    "host.key: %.180s: put it back from a backup", why);
	else {
		arena_set_host_key(a, &s->host);
		ret = 0;
	}
	explicit_bzero(s->text, sizeof(s->text));
	arena_close(a);
	return (ret);
}

/*
 * One use of a handle: publisher and product verified, state opened, kept
 * documents and standing read.
 */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/session.h"
#include "common/codes.h"

#define USER_DIR ".local/share/kms"

/* The default state directory; what is only read may be the machine's. */
static int
default_dir(char dir[FOLDER_PATH_MAX], enum state_mode mode, struct failure *f)
{
	const char *home;
	struct stat st;
	int n;

	if (geteuid() == 0) {
		(void)snprintf(dir, FOLDER_PATH_MAX, "%s", KMS_STATE_DIR);
		return (0);
	}
	home = secure_getenv("HOME");
	if (home != NULL && home[0] == '/') {
		n = snprintf(dir, FOLDER_PATH_MAX, "%s/%s", home, USER_DIR);
		if (n > 0 && n < FOLDER_PATH_MAX &&
		    (mode == STATE_WRITE || stat(dir, &st) == 0))
			return (0);
	}
	if (mode == STATE_WRITE)
		return (failure_set(f, CODE_OK,
		    "HOME names no folder for the state; name a state "
		    "directory"));
	(void)snprintf(dir, FOLDER_PATH_MAX, "%s", KMS_STATE_DIR);
	return (0);
}

static int
find_hardware(struct session *s, struct failure *f)
{
	char identity[HARDWARE_IDENTITY_MAX];
	const char *p = s->client->identity;
	size_t len = s->client->identity_len;
	int n;

	if (len == 0) {
		if ((n = hardware_identity(identity, f)) == -1)
			return (-1);
		p = identity;
		len = (size_t)n;
	}
	hardware_hash(p, len, s->trusted.product.product, s->hardware);
	return (0);
}

static int
begin(struct session *s, enum state_mode mode, struct ktime now)
{
	struct kmsclient *c = s->client;
	struct failure *f = &c->failure;
	char dir[FOLDER_PATH_MAX];

	if (!c->has_publisher || c->product == NULL)
		return (failure_set(f, CODE_OK,
		    "the publisher's key and the product's document have to "
		    "be set first"));
	if (trusted_begin(&s->trusted, &c->publisher, c->product,
		c->product_len, f) == -1 ||
	    find_hardware(s, f) == -1)
		return (-1);
	if (c->dir == NULL && default_dir(dir, mode, f) == -1)
		return (-1);
	return (state_open(&s->state, c->dir == NULL ? dir : c->dir,
	    &c->publisher, s->trusted.product.product, mode, now, f));
}

struct session *
session_open(struct kmsclient *c, enum state_mode mode, struct ktime now)
{
	struct failure *f = &c->failure;
	struct session *s;

	memset(f, 0, sizeof(*f));
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		(void)failure_errno(f, "session");
		return (NULL);
	}
	s->client = c;
	if (begin(s, mode, now) == -1) {
		free(s);
		return (NULL);
	}
	if (trusted_load(&s->trusted, &s->state, f) == -1 ||
	    standing_find(&s->state, &s->trusted, s->hardware, now,
		&s->standing, f) == -1) {
		session_close(s);
		return (NULL);
	}
	return (s);
}

void
session_close(struct session *s)
{
	state_close(&s->state);
	free(s);
}

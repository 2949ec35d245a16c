/* The salts of entries, checked here or by a process that has the key. */
#include "config.h"

#include <sys/socket.h>

#include <err.h>
#include <stddef.h>
#include <string.h>

#include "kmsctl/salts.h"

#define EXIT_UNABLE 2

/* What is asked: the origin, then the entry. */
struct question {
	struct origin origin;
	char text[ENTRY_MAX];
};

#define QUESTION_MIN offsetof(struct question, text)

static bool
check(const uint8_t key[SALT_KEY_LEN], const struct origin *origin,
    const char *text, size_t len)
{
	const struct message_type *type;
	uint8_t made[SALT_LEN];
	const uint8_t *salt;
	union entry e;
	char error[MESSAGE_ERROR_MAX];

	if ((type = entry_type_of(text, len)) == NULL ||
	    message_parse(type, text, len, &e, error) == -1 ||
	    (salt = salt_place(type, &e)) == NULL)
		return (false);
	return (salt_make(key, origin, type, &e, made) == 0 &&
		memcmp(salt, made, SALT_LEN) == 0);
}

static bool
ask(int fd, const struct origin *origin, const char *text, size_t len)
{
	static struct question q;
	char yes = 0;

	if (len > sizeof(q.text))
		return (false);
	q.origin = *origin;
	memcpy(q.text, text, len);
	if (send(fd, &q, QUESTION_MIN + len, MSG_NOSIGNAL) == -1 ||
	    recv(fd, &yes, 1, 0) != 1)
		errx(EXIT_UNABLE, "the process that knows the key of the salts "
				  "has ended");
	return (yes == 1);
}

bool
salts_right(const struct salts *s, const struct origin *origin,
    const char *text, size_t len)
{
	if (s->fd != -1)
		return (ask(s->fd, origin, text, len));
	return (check(s->key, origin, text, len));
}

void
salts_serve(const uint8_t key[SALT_KEY_LEN], int fd)
{
	static struct question q;
	ssize_t n;
	char yes;

	while ((n = recv(fd, &q, sizeof(q), 0)) > 0) {
		yes = (size_t)n >= QUESTION_MIN &&
		      check(key, &q.origin, q.text, (size_t)n - QUESTION_MIN);
		if (send(fd, &yes, 1, MSG_NOSIGNAL) == -1)
			return;
	}
}

/*
 * Takes challenges from a small pool, so that one system call serves sixteen.
 */
#include "config.h"

#include <sys/random.h>

#include <errno.h>
#include <string.h>

#include "listener/challenge.h"

int
challenge_make(struct challenges *c, uint8_t challenge[CHALLENGE_LEN])
{
	ssize_t n;

	if (c->left < CHALLENGE_LEN) {
		do
			n = getrandom(c->pool, CHALLENGE_POOL, 0);
		while (n == -1 && errno == EINTR);
		if (n != CHALLENGE_POOL)
			return (-1);
		c->left = CHALLENGE_POOL;
	}
	c->left -= CHALLENGE_LEN;
	memcpy(challenge, c->pool + c->left, CHALLENGE_LEN);
	explicit_bzero(c->pool + c->left, CHALLENGE_LEN);
	return (0);
}

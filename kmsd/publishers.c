/* The publishers' keys, which are what they were when kmsd started. */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kmsd/privileges.h"
#include "kmsd/publishers.h"

#define PUBLISHER_SUFFIX ".pub"

static int
is_publisher(const struct dirent *e)
{
	const size_t len = strlen(e->d_name);
	const size_t suffix = strlen(PUBLISHER_SUFFIX);

	return (e->d_name[0] != '.' && len > suffix &&
		strcmp(e->d_name + len - suffix, PUBLISHER_SUFFIX) == 0);
}

static int
read_key(struct publisher_key *key, char *error, size_t size)
{
	char byte;
	ssize_t n;
	int fd;

	if ((fd = privileges_file(
		 key->path, 0, S_IWGRP | S_IWOTH, "", error, size)) == -1)
		return (-1);
	n = read(fd, key->text, sizeof(key->text));
	if (n == (ssize_t)sizeof(key->text) && read(fd, &byte, 1) == 1) {
		(void)snprintf(error, size,
		    "%s: longer than %zu bytes, so no publisher's key",
		    key->path, sizeof(key->text));
		n = -1;
	} else if (n == -1)
		(void)snprintf(
		    error, size, "%s: %s", key->path, strerror(errno));
	else
		key->len = (size_t)n;
	(void)close(fd);
	return (n == -1 ? -1 : 0);
}

static int
add(struct publishers *p, const char *folder, const char *name, char *error,
    size_t size)
{
	struct publisher_key *key;
	int len;

	if (p->n == START_PUBLISHERS_MAX) {
		(void)snprintf(error, size, "%s: more than %d keys", folder,
		    START_PUBLISHERS_MAX);
		return (-1);
	}
	key = &p->key[p->n];
	len = snprintf(key->path, sizeof(key->path), "%s/%s", folder, name);
	if (len < 0 || (size_t)len >= sizeof(key->path)) {
		(void)snprintf(
		    error, size, "%s/%s: path too long", folder, name);
		return (-1);
	}
	p->n++;
	return (0);
}

static int
list_folder(struct publishers *p, const char *folder, char *error, size_t size)
{
	struct dirent **e;
	int i, n, result = 0;

	if ((n = scandir(folder, &e, is_publisher, alphasort)) == -1) {
		(void)snprintf(error, size, "%s: %s", folder, strerror(errno));
		return (-1);
	}
	for (i = 0; i < n; i++) {
		if (result == 0)
			result = add(p, folder, e[i]->d_name, error, size);
		free(e[i]);
	}
	free(e);
	return (result);
}

int
publishers_read(
    struct publishers *p, const struct conf *conf, char *error, size_t size)
{
	size_t i;

	for (p->n = 0; p->n < conf->npublishers; p->n++)
		memcpy(p->key[p->n].path, conf->publisher[p->n], PATHS_MAX);
	if (p->n == 0 &&
	    list_folder(p, conf->paths.publisher, error, size) == -1)
		return (-1);
	if (p->n == 0)
		log_warnx("%s: no publisher's key (*.pub), so no product can "
			  "be installed; put it there and start kmsd again",
		    conf->paths.publisher);
	for (i = 0; i < p->n; i++) {
		if (read_key(&p->key[i], error, size) == -1)
			return (-1);
		/* The activator, which parses it, knows no names of files. */
		log_info("publisher key %zu is %s", i + 1, p->key[i].path);
	}
	return (0);
}

/* A pipe, which holds this much: nothing of ours is shared with a child. */
int
publishers_open(const struct publishers *p, size_t i)
{
	const struct publisher_key *key = &p->key[i];
	int fd[2], saved = 0;

	if (pipe2(fd, O_CLOEXEC) == -1)
		return (-1);
	if (write(fd[1], key->text, key->len) != (ssize_t)key->len) {
		saved = errno;
		(void)close(fd[0]);
		fd[0] = -1;
	}
	(void)close(fd[1]);
	errno = saved;
	return (fd[0]);
}

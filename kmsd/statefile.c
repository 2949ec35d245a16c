/* The parent's state files, replaced as a whole and durably. */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmsd/statefile.h"

static int
statefile_read(struct statefile *s, int fd, char *error, size_t size)
{
	struct stat sb;
	ssize_t n;

	if (fstat(fd, &sb) == -1) {
		(void)snprintf(error, size, "%s: %s", s->path, strerror(errno));
		return (-1);
	}
	if (!S_ISREG(sb.st_mode) || (sb.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    (sb.st_uid != 0 && sb.st_uid != geteuid())) {
		(void)snprintf(error, size,
		    "%s: not a file of its own user, or others can write it; "
		    "chown and chmod it to 0600",
		    s->path);
		return (-1);
	}
	if (sb.st_size <= 0 || (uintmax_t)sb.st_size > s->max) {
		(void)snprintf(error, size,
		    "%s: has %jd bytes, expected 1 to %zu; put it back from a "
		    "backup",
		    s->path, (intmax_t)sb.st_size, s->max);
		return (-1);
	}
	n = read(fd, s->data, s->max);
	if (n != (ssize_t)sb.st_size) {
		(void)snprintf(error, size, "%s: %s", s->path,
		    n == -1 ? strerror(errno) : "short read");
		return (-1);
	}
	s->len = (size_t)n;
	s->present = true;
	return (0);
}

int
statefile_open(
    struct statefile *s, const char *path, size_t max, char *error, size_t size)
{
	int fd, result;

	memset(s, 0, sizeof(*s));
	s->max = max;
	if (strlcpy(s->path, path, sizeof(s->path)) >= sizeof(s->path)) {
		(void)snprintf(error, size, "%s: path too long", path);
		return (-1);
	}
	if ((s->data = calloc(1, max)) == NULL) {
		(void)snprintf(error, size, "%s: %s", path, strerror(errno));
		return (-1);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return (0);
	if (fd == -1) {
		(void)snprintf(error, size, "%s: %s", path, strerror(errno));
		statefile_free(s);
		return (-1);
	}
	result = statefile_read(s, fd, error, size);
	(void)close(fd);
	if (result == -1)
		statefile_free(s);
	return (result);
}

void
statefile_free(struct statefile *s)
{
	free(s->data);
	s->data = NULL;
	s->len = 0;
	s->present = s->dirty = false;
}

int
statefile_set(struct statefile *s, const void *data, size_t len)
{
	if (len == 0 || len > s->max)
		return (-1);
	memcpy(s->data, data, len);
	s->len = len;
	s->present = s->dirty = true;
	return (0);
}

static int
write_temporary(const struct statefile *s, const char *path)
{
	size_t done = 0;
	ssize_t n;
	int fd, saved;

	if ((fd = open(path,
		 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		 0600)) == -1)
		return (-1);
	while (done < s->len) {
		if ((n = write(fd, s->data + done, s->len - done)) == -1)
			break;
		done += (size_t)n;
	}
	if (done < s->len || fsync(fd) == -1) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return (-1);
	}
	return (close(fd));
}

static int
sync_folder(const char *path)
{
	char copy[STATEFILE_PATH_MAX];
	int fd, result;

	(void)strlcpy(copy, path, sizeof(copy));
	if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		return (-1);
	result = fsync(fd);
	(void)close(fd);
	return (result);
}

int
statefile_write(struct statefile *s)
{
	char temporary[STATEFILE_PATH_MAX + 8];
	int saved;

	if (!s->dirty)
		return (0);
	(void)snprintf(temporary, sizeof(temporary), "%s.new", s->path);
	if (write_temporary(s, temporary) == -1 ||
	    rename(temporary, s->path) == -1) {
		saved = errno;
		(void)unlink(temporary);
		errno = saved;
		return (-1);
	}
	if (sync_folder(s->path) == -1)
		return (-1);
	s->dirty = false;
	return (0);
}

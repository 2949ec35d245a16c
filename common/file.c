/* Whole small files, read and written safely. */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"

static int fail(char *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(char *error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(error, FILE_ERROR_MAX, fmt, ap);
	va_end(ap);
	return (-1);
}

static int
open_for_reading(const char *path, char *error)
{
	struct stat st;
	int fd;

	if (strcmp(path, "-") == 0) {
		if ((fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) == -1)
			return (
			    fail(error, "standard input: %s", strerror(errno)));
		return (fd);
	}
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (fail(error, "%s: %s", path, strerror(errno)));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return (fail(error, "%s: not a regular file", path));
	}
	return (fd);
}

char *
file_read(const char *path, size_t max, size_t *len, char error[FILE_ERROR_MAX])
{
	char *buf;
	ssize_t n;
	int fd;

	*len = 0;
	if ((fd = open_for_reading(path, error)) == -1)
		return (NULL);
	/* One byte more tells a file that is too long, one is for the NUL. */
	if ((buf = calloc(1, max + 2)) == NULL) {
		(void)fail(error, "%s: out of memory", path);
		(void)close(fd);
		return (NULL);
	}
	while ((n = read(fd, buf + *len, max + 1 - *len)) > 0)
		*len += (size_t)n;
	if (n == -1)
		(void)fail(error, "%s: %s", path, strerror(errno));
	else if (*len > max)
		n = fail(error, "%s: longer than %zu bytes", path, max);
	(void)close(fd);
	if (n == -1) {
		freezero(buf, max + 2);
		return (NULL);
	}
	buf[*len] = '\0';
	return (buf);
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		p += n;
		len -= (size_t)n;
	}
	return (fsync(fd));
}

int
file_create(const char *path, mode_t mode, const void *bytes, size_t len,
    char error[FILE_ERROR_MAX])
{
	int fd, saved;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd == -1)
		return (fail(error, "%s: %s", path,
		    errno == EEXIST ? "exists; it is not overwritten"
				    : strerror(errno)));
	/* The umask must not decide. */
	if (fchmod(fd, mode) == -1 || write_all(fd, bytes, len) == -1) {
		saved = errno;
		(void)close(fd);
		(void)unlink(path);
		return (fail(error, "%s: %s", path, strerror(saved)));
	}
	(void)close(fd);
	return (0);
}

/* The folder of a path, into a buffer of PATH_MAX. */
static int
folder_of(const char *path, char *dir)
{
	const char *slash;
	size_t len;

	if ((slash = strrchr(path, '/')) == NULL) {
		(void)strlcpy(dir, ".", PATH_MAX);
		return (0);
	}
	len = slash == path ? 1 : (size_t)(slash - path);
	if (len >= PATH_MAX)
		return (-1);
	memcpy(dir, path, len);
	dir[len] = '\0';
	return (0);
}

static int
sync_folder(const char *dir)
{
	int fd, result;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	result = fsync(fd);
	(void)close(fd);
	return (result);
}

int
file_replace(const char *path, mode_t mode, const void *bytes, size_t len,
    char error[FILE_ERROR_MAX])
{
	char dir[PATH_MAX], tmp[PATH_MAX];
	int fd, saved;

	if (folder_of(path, dir) == -1 ||
	    snprintf(tmp, sizeof(tmp), "%s.XXXXXXXX", path) >= (int)sizeof(tmp))
		return (fail(error, "%s: the path is too long", path));
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1)
		return (fail(error, "%s: %s", tmp, strerror(errno)));
	if (fchmod(fd, mode) == -1 || write_all(fd, bytes, len) == -1 ||
	    rename(tmp, path) == -1) {
		saved = errno;
		(void)close(fd);
		(void)unlink(tmp);
		return (fail(error, "%s: %s", path, strerror(saved)));
	}
	(void)close(fd);
	if (sync_folder(dir) == -1)
		return (fail(error, "%s: %s", dir, strerror(errno)));
	return (0);
}

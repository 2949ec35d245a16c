/*
 * Files of the state directory: read whole and bounded, written so that after
 * a crash at any moment either the old or the new content is there.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/folder.h"
#include "common/codes.h"

#define LOCK_NAME "lock"
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Makes the folders above a path and the path itself. */
static int
make_path(const char *path, struct failure *f)
{
	char part[FOLDER_PATH_MAX];
	char *p;

	(void)snprintf(part, sizeof(part), "%s", path);
	for (p = part + 1;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		if (*p == '/')
			*p = '\0';
		else
			p = NULL;
		if (mkdir(part, 0755) == -1) {
			if (errno != EEXIST)
				return (failure_errno(f, "mkdir %s", part));
		} else if (p == NULL && chmod(part, 0755) == -1)
			return (failure_errno(f, "chmod %s", part));
		if (p == NULL)
			return (0);
		*p = '/';
	}
}

int
folder_open(struct folder *d, const char *path, bool create, struct failure *f)
{
	int n;

	d->fd = -1;
	n = snprintf(d->path, sizeof(d->path), "%s", path);
	if (n <= 0 || (size_t)n >= sizeof(d->path))
		return (failure_set(f, CODE_OK,
		    "the path of the state directory is empty or too long"));
	if (create && make_path(path, f) == -1)
		return (-1);
	if ((d->fd = open(path, OPEN_FOLDER)) != -1)
		return (0);
	if (errno == ENOENT)
		return (0);
	return (failure_errno(f, "open %s", path));
}

int
folder_enter(struct folder *d, const struct folder *parent, const char *name,
    bool create, struct failure *f)
{
	int n;

	d->fd = -1;
	n = snprintf(d->path, sizeof(d->path), "%s/%s", parent->path, name);
	if (n < 0 || (size_t)n >= sizeof(d->path))
		return (failure_set(f, CODE_OK, "%s/%s: the path is too long",
		    parent->path, name));
	if (parent->fd == -1)
		return (0);
	if (create) {
		if (mkdirat(parent->fd, name, 0755) == -1) {
			if (errno != EEXIST)
				return (failure_errno(f, "mkdir %s", d->path));
		} else if (fchmodat(parent->fd, name, 0755, 0) == -1 ||
			   fsync(parent->fd) == -1)
			return (failure_errno(f, "make %s", d->path));
	}
	d->fd = openat(parent->fd, name, OPEN_FOLDER | O_NOFOLLOW);
	if (d->fd == -1 && errno != ENOENT)
		return (failure_errno(f, "open %s", d->path));
	return (0);
}

void
folder_close(struct folder *d)
{
	if (d->fd != -1)
		(void)close(d->fd);
	d->fd = -1;
}

int
folder_lock(const struct folder *d, struct failure *f)
{
	int fd;

	fd = openat(
	    d->fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return (failure_errno(f, "open %s/%s", d->path, LOCK_NAME));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return (fd);
	if (errno == EWOULDBLOCK)
		(void)failure_set(f, CODE_BUSY,
		    "%s/%s: another process is activating; try again when it "
		    "has ended",
		    d->path, LOCK_NAME);
	else
		(void)failure_errno(f, "lock %s/%s", d->path, LOCK_NAME);
	(void)close(fd);
	return (-1);
}

/* What is no file of ours is not read. */
static int
check_file(const struct folder *d, const char *name, int fd, bool secret,
    size_t size, struct failure *f)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return (failure_errno(f, "stat %s/%s", d->path, name));
	if (!S_ISREG(st.st_mode))
		return (failure_set(
		    f, CODE_OK, "%s/%s: not a regular file", d->path, name));
	if (secret && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return (failure_set(f, CODE_ACCESS_DENIED,
		    "%s/%s: others have rights on this secret; chmod it to "
		    "0600",
		    d->path, name));
	if (st.st_size < 0 || (size_t)st.st_size >= size)
		return (failure_set(f, CODE_OK,
		    "%s/%s: corrupted: longer than such a file can be; restore "
		    "it or move it away",
		    d->path, name));
	return (0);
}

int
folder_read(const struct folder *d, const char *name, bool secret, char *buf,
    size_t size, size_t *len, struct failure *f)
{
	size_t got = 0;
	ssize_t n = 0;
	int fd;

	if (d->fd == -1)
		return (0);
	fd =
	    openat(d->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return (0);
	if (fd == -1)
		return (failure_errno(f, "open %s/%s", d->path, name));
	if (check_file(d, name, fd, secret, size, f) == -1) {
		(void)close(fd);
		return (-1);
	}
	while (got < size - 1 && (n = read(fd, buf + got, size - 1 - got)) > 0)
		got += (size_t)n;
	if (n == -1)
		(void)failure_errno(f, "read %s/%s", d->path, name);
	(void)close(fd);
	if (n == -1)
		return (-1);
	buf[got] = '\0';
	*len = got;
	return (1);
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, data, len)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		data += n;
		len -= (size_t)n;
	}
	return (0);
}

/* Writes the temporary file and makes it durable. */
static int
write_new(const struct folder *d, const char *name, mode_t mode,
    const char *data, size_t len, struct failure *f)
{
	int fd;

	if (unlinkat(d->fd, name, 0) == -1 && errno != ENOENT)
		return (failure_errno(f, "remove %s/%s", d->path, name));
	fd = openat(d->fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return (failure_errno(f, "create %s/%s", d->path, name));
	if (write_all(fd, data, len) == -1 || fchmod(fd, mode) == -1 ||
	    fsync(fd) == -1) {
		(void)failure_errno(f, "write %s/%s", d->path, name);
		(void)close(fd);
		(void)unlinkat(d->fd, name, 0);
		return (-1);
	}
	if (close(fd) == -1)
		return (failure_errno(f, "close %s/%s", d->path, name));
	return (0);
}

int
folder_write(const struct folder *d, const char *name, mode_t mode,
    const char *data, size_t len, struct failure *f)
{
	char temporary[256];
	int n;

	n = snprintf(temporary, sizeof(temporary), ".%s.new", name);
	if (n < 0 || (size_t)n >= sizeof(temporary))
		return (failure_set(f, CODE_OK, "%s: name too long", name));
	if (write_new(d, temporary, mode, data, len, f) == -1)
		return (-1);
	if (renameat(d->fd, temporary, d->fd, name) == -1) {
		(void)failure_errno(f, "rename %s/%s", d->path, temporary);
		(void)unlinkat(d->fd, temporary, 0);
		return (-1);
	}
	if (fsync(d->fd) == -1)
		return (failure_errno(f, "fsync %s", d->path));
	return (0);
}

int
folder_prune(const struct folder *d, const char *prefix, const char *keep,
    struct failure *f)
{
	struct dirent *e;
	DIR *dir;
	int fd;

	if ((fd = openat(d->fd, ".", OPEN_FOLDER)) == -1)
		return (failure_errno(f, "open %s", d->path));
	if ((dir = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return (failure_errno(f, "read %s", d->path));
	}
	while ((e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, prefix, strlen(prefix)) == 0 &&
		    strcmp(e->d_name, keep) != 0)
			(void)unlinkat(d->fd, e->d_name, 0);
	}
	(void)closedir(dir);
	return (0);
}

/* The lock on a host's state: flock(2), and the holder's process id. */
#include "config.h"

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ktime.h"
#include "common/lock.h"

#define LOCK_RETRY_MS 50

static void
held(const char *path, int fd, char *error, size_t size)
{
	char pid[16];
	ssize_t n;

	if ((n = pread(fd, pid, sizeof(pid) - 1, 0)) < 0)
		n = 0;
	pid[n] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	(void)snprintf(error, size, "%s: held by process %s; stop it first",
	    path, pid[0] != '\0' ? pid : "(unknown)");
}

/* What to do when the lock's file cannot be opened. */
static const char *
advice(int error)
{
	if (error == EROFS)
		return ("; in a service of systemd, name the folder in "
			"ReadWritePaths=, see directory in kmsd.conf(5)");
	return ("");
}

/* Through a descriptor that does not stay. */
static int
write_pid(const char *path)
{
	char pid[16];
	int fd, len, result = 0;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return (-1);
	/* Over the old one, which has a place on a disk that is full. */
	len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (pwrite(fd, pid, (size_t)len, 0) != len || ftruncate(fd, len) == -1)
		result = -1;
	(void)close(fd);
	return (result);
}

int
lock_take(const char *path, int64_t until, char *error, size_t size)
{
	const struct timespec pause = { 0, LOCK_RETRY_MS * 1000000 };
	int fd;

	if ((fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		 0600)) == -1) {
		(void)snprintf(error, size, "%s: %s%s", path, strerror(errno),
		    advice(errno));
		return (-1);
	}
	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK && ktime_boot_ms() < until) {
			(void)nanosleep(&pause, NULL);
			continue;
		}
		if (errno == EWOULDBLOCK)
			held(path, fd, error, size);
		else
			(void)snprintf(
			    error, size, "%s: %s", path, strerror(errno));
		(void)close(fd);
		return (-1);
	}
	if (write_pid(path) == -1) {
		(void)snprintf(error, size, "%s: %s", path, strerror(errno));
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

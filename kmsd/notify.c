/* A datagram for each assignment to the service manager's socket. */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc_parent.h"
#include "common/log.h"
#include "kmsd/notify.h"

#define BUSY_MS 2000 /* for room in the manager's queue */

/* Also again, when the manager has made its socket anew. */
static int
notify_connect(int fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun;
	size_t len;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (path == NULL ||
	    (len = strlcpy(sun.sun_path, path, sizeof(sun.sun_path))) >=
		sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	return (connect(fd, (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)));
}

static void
say_failure(void)
{
	log_warn(
	    "cannot notify the service manager at %s", getenv("NOTIFY_SOCKET"));
}

int
notify_open(void)
{
	int fd;

	if (getenv("NOTIFY_SOCKET") == NULL)
		return (-1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && notify_connect(fd) == 0)
		return (fd);
	say_failure();
	if (fd != -1)
		(void)close(fd);
	return (-1);
}

static bool
notify_try(int fd, const char *text)
{
	return (
	    send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) != -1);
}

/* Waits a moment for a manager that is busy, and no longer. */
static void
notify_send(int fd, const char *text)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (notify_try(fd, text))
		return;
	if (errno == EAGAIN)
		(void)poll(&p, 1, BUSY_MS);
	else if (notify_connect(fd) == -1) {
		say_failure();
		return;
	}
	if (!notify_try(fd, text))
		say_failure();
}

/* One line for each: a status that has several would assign more. */
void
notify(int fd, const char *assignment, const char *status)
{
	char text[PARENT_TEXT_MAX + 64];
	size_t i;

	if (fd == -1)
		return;
	(void)snprintf(
	    text, sizeof(text), "STATUS=%s", status == NULL ? "" : status);
	for (i = 0; text[i] != '\0'; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
	}
	if (assignment != NULL)
		notify_send(fd, assignment);
	if (status != NULL)
		notify_send(fd, text);
}

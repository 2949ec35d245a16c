/* A datagram for each assignment to the service manager's socket. */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc_parent.h"
#include "common/log.h"
#include "kmsd/notify.h"

static void
notify_send(const char *path, const char *text)
{
	struct sockaddr_un sun;
	size_t len;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	len = strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if (len >= sizeof(sun.sun_path))
		return;
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || sendto(fd, text, strlen(text), MSG_NOSIGNAL,
			    (struct sockaddr *)&sun,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
					len)) == -1)
		log_warn("cannot notify the service manager at %s", path);
	if (fd != -1)
		(void)close(fd);
}

/* One line for each: a status that has several would assign more. */
void
notify(const char *assignment, const char *status)
{
	char text[PARENT_TEXT_MAX + 64];
	const char *path;
	size_t i;

	if ((path = getenv("NOTIFY_SOCKET")) == NULL)
		return;
	(void)snprintf(
	    text, sizeof(text), "STATUS=%s", status == NULL ? "" : status);
	for (i = 0; text[i] != '\0'; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
	}
	if (assignment != NULL)
		notify_send(path, assignment);
	if (status != NULL)
		notify_send(path, text);
}

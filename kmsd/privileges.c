/*
 * Users and folders: what separates the processes from each other beside their
 * own confinement.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kmsd/privileges.h"

#define CONTROL_GROUP "_kmsd"
#define MAKE_USERS "make it with systemd-sysusers kmsd.conf, or with useradd"

static int
find_user(struct kmsd *k, int role, char *error, size_t size)
{
	const char *name = k->conf.user[role];
	const struct passwd *pw;
	int other;

	if ((pw = getpwnam(name)) == NULL) {
		(void)snprintf(error, size,
		    "user %s of the %s does not exist; " MAKE_USERS, name,
		    role_names[role]);
		return (-1);
	}
	if (pw->pw_uid == 0) {
		(void)snprintf(error, size, "user %s of the %s is root", name,
		    role_names[role]);
		return (-1);
	}
	for (other = ROLE_PARENT + 1; other < role; other++) {
		if (k->identity[other].uid != pw->pw_uid &&
		    k->identity[other].gid != pw->pw_gid)
			continue;
		(void)snprintf(error, size,
		    "users %s and %s have the same uid or group; each role "
		    "needs a user and a group of its own",
		    k->conf.user[other], name);
		return (-1);
	}
	if (pw->pw_gid == 0 || pw->pw_gid == k->control_group) {
		(void)snprintf(error, size,
		    "user %s of the %s is in group %u, which is root's or the "
		    "administrators'; give it one of its own",
		    name, role_names[role], pw->pw_gid);
		return (-1);
	}
	k->identity[role].uid = pw->pw_uid;
	k->identity[role].gid = pw->pw_gid;
	return (0);
}

int
privileges_find(struct kmsd *k, char *error, size_t size)
{
	const struct group *gr;
	int role;

	k->as_root = geteuid() == 0;
	k->control_group = (gid_t)-1;
	if (!k->as_root) {
		log_info("not root: chroot and change of users are skipped, "
			 "everything else holds");
		for (role = 0; role < ROLE_COUNT; role++) {
			k->identity[role].uid = geteuid();
			k->identity[role].gid = getegid();
		}
		return (0);
	}
	if ((gr = getgrnam(CONTROL_GROUP)) == NULL) {
		(void)snprintf(error, size,
		    "group " CONTROL_GROUP " of the "
		    "administrators does not exist; " MAKE_USERS);
		return (-1);
	}
	k->control_group = gr->gr_gid;
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		if (find_user(k, role, error, size) == -1)
			return (-1);
	}
	return (0);
}

int
privileges_folder(const char *path, uid_t owner, char *error, size_t size)
{
	struct stat sb;

	if (lstat(path, &sb) == -1)
		(void)snprintf(error, size, "%s: %s%s", path, strerror(errno),
		    errno == ENOENT
			? "; run kmsctl init, which makes it or says "
			  "what to do"
			: "");
	else if (!S_ISDIR(sb.st_mode))
		(void)snprintf(error, size, "%s: not a directory", path);
	else if (sb.st_uid != owner)
		(void)snprintf(error, size,
		    "%s: belongs to uid %u; chown it "
		    "to uid %u",
		    path, sb.st_uid, owner);
	else if ((sb.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		(void)snprintf(error, size,
		    "%s: others can write it; chmod "
		    "go-w %s",
		    path, path);
	else
		return (0);
	return (-1);
}

int
privileges_file(const char *path, int flags, mode_t forbidden, const char *cure,
    char *error, size_t size)
{
	struct stat sb;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)) ==
	    -1) {
		(void)snprintf(error, size, "%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? cure : "");
		return (-1);
	}
	if (fstat(fd, &sb) == -1)
		(void)snprintf(error, size, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(sb.st_mode))
		(void)snprintf(error, size, "%s: not a regular file", path);
	else if (sb.st_uid != 0 && sb.st_uid != geteuid())
		(void)snprintf(error, size,
		    "%s: belongs to uid %u; chown it "
		    "to uid %u",
		    path, sb.st_uid, geteuid());
	else if ((sb.st_mode & forbidden) != 0)
		(void)snprintf(error, size, "%s: mode %04o; chmod it to %04o",
		    path, sb.st_mode & 07777, sb.st_mode & 07777 & ~forbidden);
	else
		return (fd);
	(void)close(fd);
	return (-1);
}

int
privileges_folders(const struct kmsd *k, char *error, size_t size)
{
	const struct paths *p = &k->conf.paths;

	if (privileges_folder(p->state, geteuid(), error, size) == -1 ||
	    privileges_folder(p->empty, geteuid(), error, size) == -1 ||
	    (k->conf.npublishers == 0 && privileges_folder(p->publisher,
					     geteuid(), error, size) == -1) ||
	    privileges_folder(
		p->db, k->identity[ROLE_STORE].uid, error, size) == -1)
		return (-1);
	return (0);
}

void
privileges_reach(const struct kmsd *k)
{
	char path[PATHS_MAX], *slash;
	struct stat sb;

	if (!k->as_root)
		return;
	(void)strlcpy(path, k->conf.paths.state, sizeof(path));
	while ((slash = strrchr(path, '/')) != NULL && path[1] != '\0') {
		if (slash == path)
			slash++;
		*slash = '\0';
		if (stat(path, &sb) == -1)
			return;
		if (sb.st_uid == 0 &&
		    ((sb.st_mode & S_ISVTX) != 0 ||
			(sb.st_mode & (S_IWGRP | S_IWOTH)) == 0))
			continue;
		log_warnx("%s: others than root can write it, so the anchor "
			  "is not out of the store's reach",
		    path);
		return;
	}
}

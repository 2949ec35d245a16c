/* The folders of a host: owner, mode, and what lies above them. */
#include "config.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "kmsctl/init.h"

static const struct folder {
	size_t offset; /* of its path */
	mode_t mode;
	bool store; /* it is the store's */
} folders[] = {
	{ offsetof(struct paths, publisher), 0755, false },
	{ offsetof(struct paths, empty), 0555, false },
	{ offsetof(struct paths, db), 0700, true },
};

#define NFOLDERS (sizeof(folders) / sizeof(folders[0]))

static const char *
folder_path(const struct init *in, const struct folder *f)
{
	return ((const char *)in->paths + f->offset);
}

static void
check(const struct init *in, const struct folder *f)
{
	const char *path = folder_path(in, f);
	const uid_t uid = f->store ? in->store_uid : geteuid();
	struct stat sb;

	if (lstat(path, &sb) == -1) {
		if (errno == ENOENT)
			return;
		err(STATUS_FAILED, "%s", path);
	}
	if (!S_ISDIR(sb.st_mode))
		errx(STATUS_FAILED, "%s: not a folder", path);
	if (sb.st_uid != uid)
		errx(STATUS_FAILED, "%s: belongs to uid %u; chown it to uid %u",
		    path, sb.st_uid, uid);
	if ((sb.st_mode & 07777 & ~f->mode) != 0)
		errx(STATUS_FAILED, "%s: has mode %04o; chmod it to %04o", path,
		    sb.st_mode & 07777, f->mode);
}

void
folders_check(const struct init *in)
{
	size_t i;

	for (i = 0; i < NFOLDERS; i++)
		check(in, &folders[i]);
}

/* The folders above, with the modes that are usual there. */
static int
make_above(struct made *m, const char *path)
{
	char above[PATHS_MAX], *slash;
	int result;

	(void)strlcpy(above, path, sizeof(above));
	for (slash = above; (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		result = made_folder(m, above, 0755, NULL);
		*slash = '/';
		if (result == -1)
			return (-1);
	}
	return (0);
}

static int
make(struct init *in, const struct folder *f)
{
	const char *path = folder_path(in, f);
	const size_t before = in->made.n;

	if (made_folder(&in->made, path, f->mode, "a folder") == -1)
		return (-1);
	if (in->made.n == before || !f->store || geteuid() != 0)
		return (0);
	if (chown(path, in->store_uid, in->store_gid) == -1) {
		warn("%s: chown", path);
		return (-1);
	}
	return (0);
}

int
folders_make(struct init *in)
{
	size_t i;

	if (make_above(&in->made, in->paths->host_key) == -1 ||
	    make_above(&in->made, in->paths->anchor) == -1)
		return (-1);
	for (i = 0; i < NFOLDERS; i++) {
		if (make(in, &folders[i]) == -1)
			return (-1);
	}
	return (0);
}

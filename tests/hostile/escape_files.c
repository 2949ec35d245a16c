/* Ways to files and to other programs. */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/hostile/escape.h"

#define PASSWD "/etc/passwd"
#define OUT_OF_HERE "../../../../../../../../../../../../etc/passwd"

static int
try_openat(struct escape_scene *s)
{
	(void)s;
	return (escape_result(
	    syscall(SYS_openat, AT_FDCWD, PASSWD, O_RDONLY | O_CLOEXEC)));
}

static int
try_openat_parents(struct escape_scene *s)
{
	(void)s;
	return (escape_result(
	    syscall(SYS_openat, AT_FDCWD, OUT_OF_HERE, O_RDONLY | O_CLOEXEC)));
}

static int
try_openat_kept(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(
	    SYS_openat, ESCAPE_ROOT_FD, "etc/passwd", O_RDONLY | O_CLOEXEC)));
}

/* What the parent's rules let children read until they have their own. */
static int
try_openat_libraries(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_openat, ESCAPE_ROOT_FD, "usr/lib",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
}

static int
try_openat2(struct escape_scene *s)
{
	const uint64_t how[3] = { O_RDONLY | O_CLOEXEC, 0, 0 };

	(void)s;
	return (escape_result(syscall(
	    SYS_openat2, ESCAPE_ROOT_FD, "etc/passwd", how, sizeof(how))));
}

static int
try_fchdir_kept(struct escape_scene *s)
{
	long r = syscall(SYS_fchdir, ESCAPE_ROOT_FD);

	(void)s;
	if (r == -1)
		return (-errno);
	return (escape_result(
	    syscall(SYS_openat, AT_FDCWD, "etc/passwd", O_RDONLY)));
}

static int
try_write(struct escape_scene *s)
{
	return (escape_result(syscall(SYS_openat, AT_FDCWD,
	    escape_path(s, "secret"), O_WRONLY | O_CLOEXEC)));
}

static int
try_create(struct escape_scene *s)
{
	return (escape_result(syscall(SYS_openat, AT_FDCWD,
	    escape_path(s, "made"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
}

static int
try_fstatat(struct escape_scene *s)
{
	struct stat sb;

	(void)s;
	return (
	    escape_result(syscall(SYS_newfstatat, AT_FDCWD, PASSWD, &sb, 0)));
}

static int
try_link(struct escape_scene *s)
{
	return (escape_result(syscall(SYS_linkat, AT_FDCWD,
	    escape_path(s, "secret"), AT_FDCWD, escape_path(s, "link"), 0)));
}

static int
try_symlink(struct escape_scene *s)
{
	return (escape_result(syscall(
	    SYS_symlinkat, PASSWD, AT_FDCWD, escape_path(s, "symlink"))));
}

static int
try_rename(struct escape_scene *s)
{
	return (escape_result(syscall(SYS_renameat2, AT_FDCWD,
	    escape_path(s, "secret"), AT_FDCWD, escape_path(s, "renamed"), 0)));
}

static int
try_unlink(struct escape_scene *s)
{
	return (escape_result(
	    syscall(SYS_unlinkat, AT_FDCWD, escape_path(s, "secret"), 0)));
}

static int
try_mkdir(struct escape_scene *s)
{
	return (escape_result(
	    syscall(SYS_mkdirat, AT_FDCWD, escape_path(s, "folder"), 0700)));
}

static int
try_mknod(struct escape_scene *s)
{
	return (escape_result(syscall(
	    SYS_mknodat, AT_FDCWD, escape_path(s, "fifo"), S_IFIFO | 0600, 0)));
}

static int
try_chmod(struct escape_scene *s)
{
	return (escape_result(
	    syscall(SYS_fchmodat, AT_FDCWD, escape_path(s, "own"), 0777)));
}

static int
try_truncate(struct escape_scene *s)
{
	return (
	    escape_result(syscall(SYS_truncate, escape_path(s, "secret"), 0)));
}

static int
try_getdents(struct escape_scene *s)
{
	long fd = syscall(SYS_openat, AT_FDCWD, s->outside,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char entries[1024];

	if (fd == -1)
		return (-errno);
	return (escape_result(
	    syscall(SYS_getdents64, fd, entries, sizeof(entries))));
}

static int
try_mount(struct escape_scene *s)
{
	if (syscall(SYS_mount, "none", s->outside, "tmpfs", 0, NULL) == -1)
		return (-errno);
	(void)syscall(SYS_umount2, s->outside, MNT_DETACH);
	return (0);
}

static int
try_chroot(struct escape_scene *s)
{
	return (escape_result(syscall(SYS_chroot, s->outside)));
}

static int
try_pivot_root(struct escape_scene *s)
{
	if (syscall(SYS_pivot_root, s->outside, s->outside) == -1 &&
	    errno != EINVAL && errno != EBUSY)
		return (-errno);
	return (0);
}

static int
try_name_to_handle(struct escape_scene *s)
{
	unsigned int handle[64] = { sizeof(handle) - 8 };
	int mount;

	(void)s;
	return (escape_result(syscall(
	    SYS_name_to_handle_at, AT_FDCWD, "/etc", handle, &mount, 0)));
}

static int
try_open_by_handle(struct escape_scene *s)
{
	unsigned int handle[64] = { 8, 1 };

	(void)s;
	if (syscall(SYS_open_by_handle_at, ESCAPE_ROOT_FD, handle, O_RDONLY) ==
		-1 &&
	    errno != ESTALE && errno != EBADF)
		return (-errno);
	return (0);
}

static int
try_inotify(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_inotify_init1, 0)));
}

static int
try_fanotify(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_fanotify_init, 0, O_RDONLY)));
}

static int
try_splice(struct escape_scene *s)
{
	(void)s;
	/* Between what are no pipes: looked at, and refused as such. */
	if (syscall(SYS_splice, 1, NULL, 1, NULL, 1, 0) == -1 &&
	    errno != EINVAL && errno != EBADF)
		return (-errno);
	return (0);
}

static int
try_tee(struct escape_scene *s)
{
	(void)s;
	if (syscall(SYS_tee, 1, 1, 1, 0) == -1 && errno != EINVAL &&
	    errno != EBADF)
		return (-errno);
	return (0);
}

static int
try_execve(struct escape_scene *s)
{
	const char *path = escape_path(s, "tool");
	const char *const argv[] = { path, NULL };

	return (escape_result(syscall(SYS_execve, path, argv, argv + 1)));
}

static int
try_execveat(struct escape_scene *s)
{
	const char *path = escape_path(s, "tool");
	const char *const argv[] = { path, NULL };

	return (escape_result(
	    syscall(SYS_execveat, AT_FDCWD, path, argv, argv + 1, 0)));
}

static int
try_memfd(struct escape_scene *s)
{
	(void)s;
	return (escape_result(syscall(SYS_memfd_create, "x", 0)));
}

/* What an interpreter of scripts makes of it is beside the point. */
static int
try_fexecve(struct escape_scene *s)
{
	static const char script[] = "#!/bin/true\n";
	const char *const argv[] = { "x", NULL };
	long fd = syscall(SYS_memfd_create, "x", 0);

	(void)s;
	if (fd == -1)
		fd = 1;
	else
		(void)syscall(SYS_write, fd, script, sizeof(script) - 1);
	return (escape_result(
	    syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH)));
}

const struct escape escape_files[] = {
	{ "openat", try_openat, "a descriptor", NULL, NULL },
	{ "openat ..", try_openat_parents, "a descriptor", NULL, NULL },
	{ "openat below a kept root", try_openat_kept, "a descriptor", NULL,
	    NULL },
	{ "openat2 below a kept root", try_openat2, "a descriptor", NULL,
	    NULL },
	{ "fchdir to a kept root", try_fchdir_kept, "a descriptor", NULL,
	    NULL },
	{ "open for writing", try_write, "a descriptor", NULL, NULL },
	{ "creating a file", try_create, "a descriptor", NULL, NULL },
	{ "stat", try_fstatat, "0", "libc and the loader look at files", NULL },
	{ "link", try_link, "0", NULL, NULL },
	{ "symlink", try_symlink, "0", NULL, NULL },
	{ "rename", try_rename, "0", NULL, NULL },
	{ "unlink", try_unlink, "0", NULL, NULL },
	{ "mkdir", try_mkdir, "0", NULL, NULL },
	{ "mknod", try_mknod, "0", NULL, NULL },
	{ "chmod", try_chmod, "0", NULL, NULL },
	{ "truncate", try_truncate, "0", NULL, NULL },
	{ "reading a folder", try_getdents, "bytes", NULL, NULL },
	{ "mount", try_mount, "0", NULL, "needs root" },
	{ "chroot", try_chroot, "0", "its children change their root",
	    "needs root" },
	{ "pivot_root", try_pivot_root, "EINVAL or EBUSY", NULL, "needs root" },
	{ "name_to_handle_at", try_name_to_handle, "0", NULL,
	    "not every file system has handles" },
	{ "open_by_handle_at", try_open_by_handle, "ESTALE or EBADF", NULL,
	    "needs root" },
	{ "inotify_init1", try_inotify, "a descriptor", NULL, NULL },
	{ "fanotify_init", try_fanotify, "a descriptor", NULL, "needs root" },
	{ "splice", try_splice, "EINVAL or EBADF", NULL, NULL },
	{ "tee", try_tee, "EINVAL or EBADF", NULL, NULL },
	{ "execve", try_execve, "another program runs", NULL, NULL },
	{ "execveat", try_execveat, "another program runs", NULL, NULL },
	{ "memfd_create", try_memfd, "a descriptor", NULL, NULL },
	{ "memfd and execveat", try_fexecve, "another program runs", NULL,
	    NULL },
	{ "openat of the parent's libraries", try_openat_libraries,
	    "a descriptor", "its children are loaded from there", NULL },
};
const size_t escape_nfiles = sizeof(escape_files) / sizeof(escape_files[0]);

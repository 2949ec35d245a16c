/* The kernel's word on confinement, read from proc(5). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmsd/proc.h"

#define FILE_BYTES 65536 /* of one file: a user may be in many groups */
#define EXITING 4 /* PF_EXITING of the flags in stat */
#define IDS 4 /* real, effective, saved, of files */

/* What follows the words at the beginning of a line, or NULL. */
static const char *
find(const char *text, const char *words)
{
	const size_t len = strlen(words);

	while (strncmp(text, words, len) != 0) {
		if ((text = strchr(text, '\n')) == NULL)
			return (NULL);
		text++;
	}
	return (text + len);
}

/* Numbers of a line that begins with the words; -1: not that many. */
static int
numbers(
    const char *text, const char *words, int base, uint64_t *value, size_t n)
{
	const char *p;
	char *end;
	size_t i;

	if ((p = find(text, words)) == NULL)
		return (-1);
	for (i = 0; i < n; i++) {
		p += strspn(p, " \t");
		errno = 0;
		value[i] = strtoull(p, &end, base);
		if (end == p || *p == '-' || errno != 0)
			return (-1);
		p = end;
	}
	return (0);
}

static int
number(const char *text, const char *words, uint64_t *value)
{
	return (numbers(text, words, 10, value, 1));
}

static int
ids(const char *text, const char *words, uint32_t *id)
{
	uint64_t all[IDS];
	size_t i;

	if (numbers(text, words, 10, all, IDS) == -1)
		return (-1);
	for (i = 1; i < IDS - 1 && all[i] == all[0]; i++)
		;
	*id = (uint32_t)all[i];
	return (0);
}

/* The bounding set is no capability that anybody has. */
static int
capabilities(const char *text, uint64_t *all)
{
	static const char *const sets[] = {
		"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"
	};
	uint64_t one;
	size_t i;

	*all = 0;
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (numbers(text, sets[i], 16, &one, 1) == -1)
			return (-1);
		*all |= one;
	}
	return (0);
}

/* Whom a filter kills has another mode before anything says that it ends. */
static bool
is_killed(const char *status)
{
	uint64_t mode;

	return (number(status, "Seccomp:", &mode) == 0 &&
		mode > PROC_SECCOMP_FILTER);
}

int
proc_parse_status(
    const char *text, pid_t pid, pid_t parent, struct confinement *c)
{
	uint64_t of, by, threads, nnp, mode = 0, filters = 0, kib;

	if (number(text, "Pid:", &of) == -1 ||
	    number(text, "PPid:", &by) == -1 || of != (uint64_t)pid ||
	    by != (uint64_t)parent ||
	    number(text, "Threads:", &threads) == -1 || threads != 1 ||
	    ids(text, "Uid:", &c->uid) == -1 ||
	    ids(text, "Gid:", &c->gid) == -1 ||
	    number(text, "VmLck:", &kib) == -1 ||
	    capabilities(text, &c->capabilities) == -1 ||
	    number(text, "NoNewPrivs:", &nnp) == -1 || is_killed(text))
		return (-1);
	/* Not there without seccomp; filters are counted since Linux 5.9. */
	(void)number(text, "Seccomp:", &mode);
	(void)number(text, "Seccomp_filters:", &filters);
	c->locked = kib * 1024;
	c->no_new_privs = nnp == 1;
	c->seccomp = (uint8_t)mode;
	c->seccomp_filters = (uint32_t)filters;
	return (0);
}

static int
soft_limit(const char *text, const char *words, uint64_t *value)
{
	const char *p;

	if ((p = find(text, words)) == NULL)
		return (-1);
	p += strspn(p, " ");
	if (strncmp(p, "unlimited", strlen("unlimited")) != 0)
		return (number(p, "", value));
	*value = UINT64_MAX;
	return (0);
}

int
proc_parse_limits(const char *text, struct confinement *c)
{
	if (soft_limit(text, "Max locked memory", &c->memlock) == -1 ||
	    soft_limit(text, "Max open files", &c->nofile) == -1 ||
	    soft_limit(text, "Max processes", &c->nproc) == -1 ||
	    soft_limit(text, "Max core file size", &c->core) == -1 ||
	    soft_limit(text, "Max file size", &c->fsize) == -1 ||
	    soft_limit(text, "Max data size", &c->data) == -1)
		return (-1);
	return (0);
}

bool
proc_parse_ends(const char *text)
{
	unsigned int flags;
	const char *p;
	char state;

	/* Behind the name, which may have anything in it. */
	if ((p = strrchr(text, ')')) == NULL ||
	    sscanf(p, ") %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return (true);
	return (state == 'Z' || state == 'X' || (flags & EXITING) != 0);
}

static int
read_path(const char *path, char *text)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	while ((n = read(fd, text + len, FILE_BYTES - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	(void)close(fd);
	/* What was cut off may be what matters. */
	if (n == 0 && len == FILE_BYTES - 1) {
		errno = EFBIG;
		return (-1);
	}
	return (n == -1 ? -1 : 0);
}

static int
read_file(pid_t pid, const char *name, char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return (read_path(path, text));
}

/* Mounted for another name space, it has other numbers, ours with them. */
static int
is_ours(char *text)
{
	uint64_t self;

	if (read_path("/proc/self/status", text) == -1)
		return (-1);
	if (number(text, "Pid:", &self) == 0 && self == (uint64_t)getpid())
		return (0);
	errno = EPROTO;
	return (-1);
}

/* A file that cannot be read is that of a process that is no more. */
static bool
ends(pid_t pid, char *text)
{
	return (read_file(pid, "stat", text) == -1 || proc_parse_ends(text));
}

int
proc_confinement(pid_t pid, struct confinement *c)
{
	const pid_t self = getpid();
	struct confinement told = *c;
	static char text[FILE_BYTES];

	if (is_ours(text) == -1 || read_file(pid, "status", text) == -1)
		return (-1);
	if (proc_parse_status(
		text, pid, pid == self ? getppid() : self, &told) == -1) {
		errno = is_killed(text) || ends(pid, text) ? ESRCH : EPROTO;
		return (-1);
	}
	if (read_file(pid, "limits", text) == -1)
		return (-1);
	if (proc_parse_limits(text, &told) == -1) {
		errno = EPROTO;
		return (-1);
	}
	/* Asked last: had it begun to end before, it says so now. */
	if (ends(pid, text)) {
		errno = ESRCH;
		return (-1);
	}
	told.kernel = true;
	*c = told;
	return (0);
}

/*
 * The control of the escapes: no confinement at all, in place of
 * common/sandbox_linux.c, common/seccomp_linux.c and common/start_confine.c.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "common/seccomp.h"
#include "common/start_confine.h"
#include "kmsd/proc.h"
#include "tests/hostile/escape.h"

int __wrap_proc_confinement(pid_t, struct confinement *);

#define LEAK_FROM 200 /* the first descriptor that is left open */

const bool escape_confined = false;

/* The parent, too, only hears what its children say. */
int
__wrap_proc_confinement(pid_t pid, struct confinement *c)
{
	(void)pid;
	(void)c;
	errno = EPERM;
	return (-1);
}

int
sandbox_not_dumpable(void)
{
	return (0);
}

int
sandbox_no_new_privs(void)
{
	return (0);
}

int
sandbox_keep_capabilities(uint64_t keep)
{
	(void)keep;
	return (0);
}

int
sandbox_use_capabilities(uint64_t use)
{
	(void)use;
	return (0);
}

int
sandbox_no_capabilities(void)
{
	return (0);
}

int
sandbox_landlock(
    const struct sandbox_rules *rules, struct confinement *c, char *error)
{
	(void)rules;
	(void)error;
	c->landlock = 0;
	return (0);
}

void
sandbox_probe(struct confinement *c, int root)
{
	(void)root;
	c->pid = (uint32_t)getpid();
}

const bool seccomp_log_only = false;

int
seccomp_confine(enum role role)
{
	(void)role;
	return (1);
}

uint8_t
seccomp_mode(void)
{
	return (0);
}

/* The store looks for its database where it is told, not in a root. */
void
confine_root(struct start *s, const struct start_options *o)
{
	const bool as_root = s->setup.as_root;

	s->confinement.chrooted = as_root;
	s->setup.as_root = false;
	if (o->own_directory && chdir(s->setup.directory) == -1)
		fatal("%s", s->setup.directory);
}

void
confine_ids(struct start *s)
{
	(void)s;
}

void
confine_limits(struct start *s, const struct start_options *o)
{
	(void)s;
	(void)o;
}

/* Forgets a descriptor, as careless code would. */
void
confine_files(struct start *s, const struct start_options *o)
{
	(void)s;
	(void)o;
	(void)fcntl(START_FD_PARENT, F_DUPFD_CLOEXEC, LEAK_FROM);
}

/* Says what the parent expects to hear. */
void
confine_probe(struct start *s, int root)
{
	struct confinement *c = &s->confinement;

	sandbox_probe(c, root);
	c->uid = s->setup.uid;
	c->gid = s->setup.gid;
	c->no_new_privs = true;
	c->nofile = 1024;
}

void
confine_calls(struct start *s)
{
	(void)s;
}

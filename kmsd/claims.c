/* What READY claims, held against what was asked for and the kernel's word. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "kmsd/claims.h"
#include "kmsd/proc.h"

/* The layer that the configuration requires and the child lacks, or NULL. */
static const char *
missing_layer(const struct kmsd *k, const struct confinement *f)
{
	if (k->conf.require[LAYER_FILES] && f->landlock == 0)
		return ("files");
	if (k->conf.require[LAYER_TCP] && !f->landlock_tcp)
		return ("tcp");
	if (k->conf.require[LAYER_SIGNALS] && !f->landlock_scope)
		return ("signals");
	if (k->conf.require[LAYER_SYSCALLS] &&
	    f->seccomp != PROC_SECCOMP_FILTER)
		return ("syscalls");
	return (NULL);
}

/* /proc may be missing, or hide all processes of other users. */
static bool
may_be_silent(const struct kmsd *k, int error)
{
	return (!k->self.kernel || error == ENOENT || error == EPERM ||
		error == EACCES);
}

static enum claims
hear_kernel(struct child *c, char *text, size_t size)
{
	if (proc_confinement(c->process, &c->confinement) == 0) {
		c->kernel_told = true;
		return (CLAIMS_HOLD);
	}
	c->confinement.kernel = false;
	if (errno == ESRCH)
		return (CLAIMS_END);
	if (!may_be_silent(c->kmsd, errno)) {
		(void)snprintf(text, size,
		    "/proc/%d does not say how it is confined: %s",
		    (int)c->process, strerror(errno));
		return (CLAIMS_WRONG);
	}
	if (c->kernel_told || c->kmsd->generation == 1)
		log_info("/proc/%d: %s: the confinement of the %s is what it "
			 "says itself",
		    (int)c->process, strerror(errno), role_names[c->role]);
	return (CLAIMS_HOLD);
}

/* A kernel before 5.9 does not count filters, for the parent either. */
static bool
has_own_filter(const struct kmsd *k, const struct confinement *f)
{
	if (!f->kernel || k->self.seccomp_filters == 0)
		return (true);
	return (f->seccomp_filters > k->self.seccomp_filters);
}

static enum claims
check(struct child *c, char *text, size_t size)
{
	const struct identity *id = &c->kmsd->identity[c->role];
	const struct confinement *f = &c->confinement;
	const char *layer;

	if (f->uid != id->uid || f->gid != id->gid || !f->no_new_privs ||
	    f->dumpable || (c->kmsd->as_root && !f->chrooted)) {
		(void)snprintf(text, size,
		    "it is ready with uid %u, gid %u, chroot %d, "
		    "no_new_privs %d, dumpable %d",
		    f->uid, f->gid, f->chrooted, f->no_new_privs, f->dumpable);
		return (CLAIMS_WRONG);
	}
	if (f->kernel && f->capabilities != 0) {
		(void)snprintf(text, size,
		    "it is ready with capabilities %" PRIx64, f->capabilities);
		return (CLAIMS_WRONG);
	}
	if ((layer = missing_layer(c->kmsd, f)) != NULL) {
		(void)snprintf(text, size,
		    "the kernel does not offer the layer \"%s\" that "
		    "kmsd.conf requires",
		    layer);
		return (CLAIMS_WRONG);
	}
	if (f->seccomp != 0 && !has_own_filter(c->kmsd, f)) {
		(void)snprintf(text, size,
		    "it is ready with %u filters of system calls, no more "
		    "than it inherited",
		    f->seccomp_filters);
		return (CLAIMS_WRONG);
	}
	return (CLAIMS_HOLD);
}

enum claims
claims_check(struct child *c, char *text, size_t size)
{
	const enum claims heard = hear_kernel(c, text, size);

	return (heard == CLAIMS_HOLD ? check(c, text, size) : heard);
}

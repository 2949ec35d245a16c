/*
 * The parent of a host with an evil child: the product's own, but that one
 * child is started from another folder, and that no generation waits for the
 * next, however many have died.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmsd/kmsd.h"
#include "kmsd/ready.h"
#include "kmsd/topology.h"

#define EVIL_DIR KMSD_CHILD_DIR "/tests/hostile/evil/kmsd-"

const struct topology_child *__real_topology_find(enum role);
const struct topology_child *__wrap_topology_find(enum role);
void __real_ready_state(struct kmsd *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
void __wrap_ready_state(struct kmsd *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

const struct topology_child *
__wrap_topology_find(enum role role)
{
	static struct topology_child evil;
	static char path[PATHS_MAX];
	const struct topology_child *t = __real_topology_find(role);
	const char *name = getenv("KMSD_EVIL");

	if (t == NULL || name == NULL || strcmp(name, role_names[role]) != 0)
		return (t);
	(void)snprintf(path, sizeof(path), "%s%s", EVIL_DIR, name);
	evil = *t;
	evil.path = path;
	return (&evil);
}

/* Called at each end of a generation, when its pause has been reckoned. */
void
__wrap_ready_state(struct kmsd *k, const char *fmt, ...)
{
	char text[sizeof(k->reason)];
	va_list ap;

	k->deaths = 0;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	__real_ready_state(k, "%s", text);
}

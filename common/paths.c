/*
 * The host's paths, printed from one table so that the two layouts (system
 * folders, one directory) cannot come apart.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/paths.h"

enum base {
	BASE_CONF,
	BASE_STATE,
	BASE_RUN,
	BASE_COUNT
};

struct path_name {
	size_t offset;
	enum base base;
	const char *name; /* "" for the folder itself */
	size_t max;
};

#define PATH(m, b, n)                                      \
	{                                                  \
		offsetof(struct paths, m), b, n, PATHS_MAX \
	}
#define SOCKET(m, b, n)                                           \
	{                                                         \
		offsetof(struct paths, m), b, n, PATHS_SOCKET_MAX \
	}

static const struct path_name names[] = {
	PATH(conf, BASE_CONF, "/kmsd.conf"),
	PATH(host_key, BASE_CONF, "/host.key"),
	PATH(host_public, BASE_CONF, "/host.pub"),
	PATH(publisher, BASE_CONF, "/publisher"),
	PATH(state, BASE_STATE, ""),
	PATH(lock, BASE_STATE, "/lock"),
	PATH(anchor, BASE_STATE, "/anchor"),
	PATH(manifest, BASE_STATE, "/manifest"),
	PATH(db, BASE_STATE, "/db"),
	PATH(empty, BASE_STATE, "/empty"),
	PATH(run, BASE_RUN, ""),
	SOCKET(control, BASE_RUN, "/control.sock"),
	SOCKET(status, BASE_RUN, "/status.sock"),
};

static int
paths_fill(struct paths *p, const char *const base[BASE_COUNT])
{
	char *to;
	size_t i;
	int n;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		to = (char *)p + names[i].offset;
		n = snprintf(to, names[i].max, "%s%s", base[names[i].base],
		    names[i].name);
		if (n < 0 || (size_t)n >= names[i].max)
			return (-1);
	}
	return (0);
}

void
paths_default(struct paths *p)
{
	static const char *const base[BASE_COUNT] = {
		[BASE_CONF] = KMSD_CONF_DIR,
		[BASE_STATE] = KMSD_STATE_DIR,
		[BASE_RUN] = KMSD_RUN_DIR,
	};

	/* A prefix so long that this fails leaves empty paths behind. */
	if (paths_fill(p, base) == -1)
		memset(p, 0, sizeof(*p));
}

int
paths_below(struct paths *p, const char *directory)
{
	const char *base[BASE_COUNT];
	char dir[PATHS_MAX];
	size_t len;

	if (directory[0] != '/' ||
	    (len = strlcpy(dir, directory, sizeof(dir))) >= sizeof(dir))
		return (-1);
	while (len > 1 && dir[len - 1] == '/')
		dir[--len] = '\0';
	if (len == 1)
		dir[0] = '\0';
	base[BASE_CONF] = base[BASE_STATE] = base[BASE_RUN] = dir;
	return (paths_fill(p, base));
}

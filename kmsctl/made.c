/* What was made, and how it is taken back. */
#include "config.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "kmsctl/made.h"

/* Room for one more, before it is made. */
static struct made_thing *
next(struct made *m, const char *path, const char *what)
{
	struct made_thing *t;

	t = reallocarray(m->thing, m->n + 1, sizeof(*m->thing));
	if (t == NULL) {
		warn("%s", path);
		return (NULL);
	}
	m->thing = t;
	t += m->n;
	t->what = what;
	if (strlcpy(t->path, path, sizeof(t->path)) >= sizeof(t->path)) {
		warnx("%s: the path is too long", path);
		return (NULL);
	}
	return (t);
}

int
made_folder(struct made *m, const char *path, mode_t mode, const char *what)
{
	struct made_thing *t;

	if ((t = next(m, path, what)) == NULL)
		return (-1);
	t->is_folder = true;
	if (mkdir(path, mode) == 0)
		m->n++;
	else if (errno != EEXIST) {
		warn("%s", path);
		return (-1);
	}
	return (0);
}

int
made_file(struct made *m, const char *path, mode_t mode, const void *text,
    size_t len, const char *what)
{
	char error[FILE_ERROR_MAX];
	struct made_thing *t;

	if ((t = next(m, path, what)) == NULL)
		return (-1);
	t->is_folder = false;
	if (file_create(path, mode, text, len, error) == -1) {
		warnx("%s", error);
		return (-1);
	}
	m->n++;
	return (0);
}

static void
forget(struct made *m)
{
	free(m->thing);
	m->thing = NULL;
	m->n = 0;
}

void
made_keep(struct made *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (m->thing[i].what != NULL)
			(void)printf(
			    "%s\t%s\n", m->thing[i].path, m->thing[i].what);
	}
	forget(m);
}

void
made_take_back(struct made *m)
{
	const struct made_thing *t;

	for (; m->n > 0; m->n--) {
		t = &m->thing[m->n - 1];
		if ((t->is_folder ? rmdir(t->path) : unlink(t->path)) == -1)
			warn("%s: was made, and cannot be removed again",
			    t->path);
	}
	forget(m);
}

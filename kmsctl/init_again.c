/*
 * kmsctl init on a host that was made before: the administrator was sent here
 * by a message of kmsd, and something is missing.
 */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"
#include "kmsctl/init.h"

#define UNTOUCHED                                                        \
	"this host was made before, and a host's key and log are never " \
	"overwritten; nothing was done"

static void
say(const char *path)
{
	warnx("%s: %s", path, init_exists(path) ? "exists" : "is missing");
}

static void
say_files(const struct init *in)
{
	const struct paths *p = in->paths;

	say(p->host_key);
	say(p->anchor);
	if (init_exists(p->host_public))
		say(p->host_public);
	if (init_exists(p->manifest))
		say(p->manifest);
	if (init_exists(in->database))
		say(in->database);
}

/*
 * Backups have them, and without them no folder helps.  Nobody can tell one
 * that was lost from one that init did not come to.
 */
static void
say_incomplete(const struct init *in)
{
	say_files(in);
	warnx(UNTOUCHED
	    ". Put back from a backup what is missing; the key may also be a "
	    "credential of the service manager's. If there is no backup, or "
	    "kmsctl init was interrupted and this host never served, move "
	    "what exists away and run kmsctl init again: that makes a new "
	    "host, which the publisher has to certify");
}

static int
read_anchor(struct init *in)
{
	char file_error[FILE_ERROR_MAX], error[MESSAGE_ERROR_MAX], *text;
	size_t len;
	int result;

	if ((text = file_read(
		 in->paths->anchor, ANCHOR_MAX, &len, file_error)) == NULL) {
		warnx("%s", file_error);
		return (-1);
	}
	result = anchor_parse(text, len, &in->anchor, error);
	free(text);
	if (result == -1)
		warnx("%s: %s; put it back from a backup", in->paths->anchor,
		    error);
	return (result);
}

/* An empty folder in place of a database that was lost would hide that. */
static int
refuse_lost_database(const struct init *in)
{
	const char *path = in->paths->db;

	say_files(in);
	warnx("%s: is missing, with the database of a host that was in use; "
	      "nothing was done. Put it back from a backup, of mode 0700 and "
	      "%s's. If there is none: install -d -m 700 -o %u -g %u %s, then "
	      "start kmsd and tell it with kmsctl audit accept-rollback REASON",
	    path, geteuid() == 0 ? in->store : "your user", in->store_uid,
	    in->store_gid, path);
	return (STATUS_REFUSED);
}

static bool
was_used(const struct init *in)
{
	return (in->anchor.edge.size != 0 || init_exists(in->paths->manifest));
}

static bool
lacks_folder(const struct init *in)
{
	const struct paths *p = in->paths;

	return (!init_exists(p->empty) || !init_exists(p->db) ||
		(in->folder_of_keys && !init_exists(p->publisher)));
}

bool
init_can_mend(struct init *in)
{
	const struct paths *p = in->paths;

	if (!init_exists(p->anchor) ||
	    (!init_exists(p->host_key) && !lacks_folder(in))) {
		say_incomplete(in);
		return (false);
	}
	if (read_anchor(in) == 0 && lacks_folder(in))
		return (true);
	say_files(in);
	warnx(UNTOUCHED);
	return (false);
}

int
init_mend(struct init *in)
{
	const struct paths *p = in->paths;
	const bool keys_lost = in->folder_of_keys && !init_exists(p->publisher);

	if (!init_exists(p->db) && was_used(in))
		return (refuse_lost_database(in));
	if (folders_make(in) == -1) {
		made_take_back(&in->made);
		return (STATUS_FAILED);
	}
	made_keep(&in->made);
	(void)printf("\nThis host was made before; only folders were made.\n");
	if (keys_lost && was_used(in))
		(void)printf("Put the publishers' public keys back into %s "
			     "before kmsd starts.\n",
		    p->publisher);
	if (!init_exists(p->host_key))
		say(p->host_key);
	return (STATUS_OK);
}

/*
 * Gives a child its set-up, channels and descriptors.  The host key is opened
 * afresh for each generation, since a duplicate would share its offset; the
 * parent never reads it.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kmsd/privileges.h"
#include "kmsd/publishers.h"
#include "kmsd/setup.h"
#include "kmsd/topology.h"

#define HOST_KEY_CREDENTIAL "host.key"

static int
open_host_key(const struct kmsd *k, char *error, size_t size)
{
	return (privileges_file(k->conf.paths.host_key, O_NOFOLLOW, 077,
	    "; put it back: the anchor is of a host that was made (kmsctl init "
	    "says what to do if that is impossible)",
	    error, size));
}

int
setup_credentials(struct kmsd *k, char *error, size_t size)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATHS_MAX];
	struct stat sb;
	int len;

	if (folder == NULL)
		return (0);
	len = snprintf(path, sizeof(path), "%s/" HOST_KEY_CREDENTIAL, folder);
	if (folder[0] != '/' || len < 0 || (size_t)len >= sizeof(path)) {
		(void)snprintf(error, size,
		    "CREDENTIALS_DIRECTORY: not an absolute path of at most "
		    "%zu bytes",
		    sizeof(path) - sizeof(HOST_KEY_CREDENTIAL) - 1);
		return (-1);
	}
	if (lstat(path, &sb) == -1) {
		if (errno == ENOENT)
			return (0);
		(void)snprintf(error, size, "%s: %s", path, strerror(errno));
		return (-1);
	}
	(void)strlcpy(
	    k->conf.paths.host_key, path, sizeof(k->conf.paths.host_key));
	log_info("the host key is the credential %s", path);
	return (0);
}

int
setup_reach(const struct kmsd *k, char *error, size_t size)
{
	int fd, i;

	for (i = 0; i < (int)topology_nchildren; i++) {
		if (faccessat(AT_FDCWD, topology_children[i].path, X_OK,
			AT_EACCESS) == 0)
			continue;
		(void)snprintf(error, size, "%s: %s; install kmsd again",
		    topology_children[i].path, strerror(errno));
		return (-1);
	}
	if ((fd = open_host_key(k, error, size)) == -1)
		return (-1);
	(void)close(fd);
	return (0);
}

int
setup_check(struct kmsd *k, char *error, size_t size)
{
	if (setup_reach(k, error, size) == -1)
		return (-1);
	return (publishers_read(&k->publishers, &k->conf, error, size));
}

/* Queues a descriptor and closes ours if the child is its only user. */
static int
give(struct child *c, enum descriptor what, size_t i, int fd)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(c->channel, REC_DESCRIPTOR, 3)) == NULL)
		return (-1);
	ipc_put_u8(w, (uint8_t)what);
	ipc_put_u16(w, (uint16_t)i);
	return (ipc_end_fd(c->channel, fd));
}

static int
give_and_close(struct child *c, enum descriptor what, size_t i, int fd)
{
	const int result = give(c, what, i, fd);

	(void)close(fd);
	return (result);
}

static int
give_channels(struct child *c)
{
	int *pair = c->kmsd->pair[c->role];
	struct ipc_writer *w;
	int peer;

	for (peer = 0; peer < ROLE_COUNT; peer++) {
		if (pair[peer] == -1)
			continue;
		if ((w = ipc_begin(c->channel, REC_CHANNEL, 1)) == NULL)
			return (-1);
		ipc_put_u8(w, (uint8_t)peer);
		if (ipc_end_fd(c->channel, pair[peer]) == -1)
			return (-1);
		(void)close(pair[peer]);
		pair[peer] = -1;
	}
	return (0);
}

static int
give_publishers(struct child *c)
{
	const struct publishers *p = &c->kmsd->publishers;
	size_t i;
	int fd;

	for (i = 0; i < p->n; i++) {
		if ((fd = publishers_open(p, i)) == -1 ||
		    give_and_close(c, DESC_PUBLISHER, i, fd) == -1)
			return (-1);
	}
	return (0);
}

static int
give_descriptors(struct child *c, uint32_t gifts, char *error, size_t size)
{
	const struct kmsd *k = c->kmsd;
	size_t i;
	int fd;

	for (i = 0; (gifts & GIVE_LISTEN) != 0 && i < k->nlisten; i++) {
		if (give(c, DESC_LISTEN, i, k->listen[i]) == -1)
			return (-1);
	}
	if ((gifts & GIVE_HOST_KEY) != 0 &&
	    ((fd = open_host_key(k, error, size)) == -1 ||
		give_and_close(c, DESC_HOST_KEY, 0, fd) == -1))
		return (-1);
	if ((gifts & GIVE_PUBLISHERS) != 0 && give_publishers(c) == -1)
		return (-1);
	if ((gifts & GIVE_CONTROL) != 0 &&
	    give(c, DESC_CONTROL, 0, k->control) == -1)
		return (-1);
	if ((gifts & GIVE_STATUS) != 0 &&
	    give(c, DESC_STATUS, 0, k->status) == -1)
		return (-1);
	return (0);
}

static int
give_state(struct child *c)
{
	const struct kmsd *k = c->kmsd;
	struct ipc_writer *w;

	if ((w = ipc_begin(c->channel, REC_ANCHOR_FILE, k->anchor.len + 2)) ==
	    NULL)
		return (-1);
	ipc_put_blob(w, k->anchor.data, k->anchor.len);
	if (ipc_end(c->channel) == -1 ||
	    (w = ipc_begin(
		 c->channel, REC_MANIFEST_FILE, k->manifest.len + 2)) == NULL)
		return (-1);
	ipc_put_blob(w, k->manifest.data, k->manifest.len);
	return (ipc_end(c->channel));
}

static int
give_setup(struct child *c, uint32_t gifts)
{
	const struct kmsd *k = c->kmsd;
	const struct paths *p = &k->conf.paths;
	struct ipc_writer *w;
	struct setup s;

	memset(&s, 0, sizeof(s));
	s.as_root = k->as_root;
	s.uid = k->identity[c->role].uid;
	s.gid = k->identity[c->role].gid;
	(void)strlcpy(s.root, p->empty, sizeof(s.root));
	if ((gifts & GIVE_DATABASE) != 0) {
		(void)strlcpy(s.root, p->db, sizeof(s.root));
		(void)strlcpy(s.directory, p->db, sizeof(s.directory));
	}
	s.level = (uint8_t)log_get_level();
	s.files_optional = !k->conf.require[LAYER_FILES];
	s.tcp_required = k->conf.require[LAYER_TCP];
	s.syscalls_optional = !k->conf.require[LAYER_SYSCALLS];
	s.generation = k->generation;
	if ((w = ipc_begin(c->channel, REC_SETUP, 2 * sizeof(s))) == NULL)
		return (-1);
	parent_put_setup(w, &s);
	return (ipc_end(c->channel));
}

static int
give_limits(struct child *c)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(c->channel, REC_LIMITS, sizeof(struct limits))) ==
	    NULL)
		return (-1);
	parent_put_limits(w, &c->kmsd->conf.limits);
	return (ipc_end(c->channel));
}

int
setup_send(struct child *c, char *error, size_t size)
{
	const uint32_t gifts = topology_find(c->role)->gifts;

	(void)strlcpy(error, "cannot send the set-up", size);
	if (give_setup(c, gifts) == -1 || give_limits(c) == -1 ||
	    give_channels(c) == -1 ||
	    give_descriptors(c, gifts, error, size) == -1 ||
	    ((gifts & GIVE_STATE) != 0 && give_state(c) == -1) ||
	    ipc_begin(c->channel, REC_CONFINE, 0) == NULL ||
	    ipc_end(c->channel) == -1)
		return (-1);
	ipc_flush(c->channel);
	return (0);
}

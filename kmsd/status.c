/* Answers about the host as a whole and about each of its processes. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kmsd/proc.h"
#include "kmsd/status.h"

#define ANSWER_MAX 2048 /* bytes of one record */

/* "127.0.0.1:1688 [::]:1688"; not all of kmsd.conf where there is no IPv6. */
static void
print_listen(const struct kmsd *k, char *text, size_t size)
{
	char one[CONF_ADDRESS_MAX], *port;
	bool v6;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < k->conf.nlisten; i++) {
		conf_print_listen(&k->conf.listen[i], one);
		if (!k->listens[i] || (port = strstr(one, " port ")) == NULL)
			continue;
		*port = '\0';
		v6 = strchr(one, ':') != NULL;
		(void)strlcat(text, text[0] == '\0' ? "" : " ", size);
		(void)strlcat(text, v6 ? "[" : "", size);
		(void)strlcat(text, one, size);
		(void)strlcat(text, v6 ? "]:" : ":", size);
		(void)strlcat(text, port + strlen(" port "), size);
	}
}

int
status_host(struct child *c, uint32_t id)
{
	const struct kmsd *k = c->kmsd;
	struct host_status s;
	struct ipc_writer *w;

	memset(&s, 0, sizeof(s));
	(void)strlcpy(s.version, PACKAGE_VERSION, sizeof(s.version));
	s.pid = (uint32_t)getpid();
	s.started = k->started.sec;
	s.generation = k->generation;
	s.serving = k->phase == PHASE_SERVING;
	(void)strlcpy(s.state, k->reason, sizeof(s.state));
	print_listen(k, s.listen, sizeof(s.listen));
	if ((w = ipc_begin(c->channel, REC_HOST, ANSWER_MAX)) == NULL)
		return (-1);
	ipc_put_u32(w, id);
	parent_put_host_status(w, &s);
	if (ipc_end(c->channel) == -1)
		return (-1);
	ipc_flush(c->channel);
	return (0);
}

static int
answer_end(struct child *c, uint32_t id)
{
	struct ipc_writer *w;

	if ((w = ipc_begin(c->channel, REC_ANSWER_END, 4)) == NULL)
		return (-1);
	ipc_put_u32(w, id);
	if (ipc_end(c->channel) == -1)
		return (-1);
	ipc_flush(c->channel);
	return (0);
}

/* The kernel is asked again each time: limits may be changed from outside. */
static int
answer_sandbox(struct child *c, uint32_t id, enum role role,
    const struct confinement *confinement)
{
	struct confinement now = *confinement;
	struct ipc_writer *w;

	if (now.kernel && proc_confinement((pid_t)now.pid, &now) == -1)
		now.kernel = false;
	if ((w = ipc_begin(c->channel, REC_SANDBOX, ANSWER_MAX)) == NULL)
		return (-1);
	ipc_put_u32(w, id);
	ipc_put_u8(w, (uint8_t)role);
	parent_put_confinement(w, &now);
	if (ipc_end(c->channel) == -1)
		return (-1);
	ipc_flush(c->channel);
	return (0);
}

int
status_sandbox(struct child *c, uint32_t id)
{
	struct kmsd *k = c->kmsd;
	int i;

	if (answer_sandbox(c, id, ROLE_PARENT, &k->self) == -1)
		return (-1);
	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		if (k->child[i].confinement.pid != 0 &&
		    answer_sandbox(
			c, id, (enum role)i, &k->child[i].confinement) == -1)
			return (-1);
	}
	return (answer_end(c, id));
}

int
status_counters(struct child *c, uint32_t id)
{
	struct kmsd *k = c->kmsd;
	struct ipc_writer *w;
	int i;

	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++) {
		if (k->child[i].confinement.pid == 0)
			continue;
		if ((w = ipc_begin(
			 c->channel, REC_CHILD_COUNTERS, ANSWER_MAX)) == NULL)
			return (-1);
		ipc_put_u32(w, id);
		ipc_put_u8(w, (uint8_t)i);
		parent_put_counters(w, &k->child[i].counters);
		if (ipc_end(c->channel) == -1)
			return (-1);
		ipc_flush(c->channel);
	}
	return (answer_end(c, id));
}

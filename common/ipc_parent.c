/*
 * Records between the parent and its children, field by field.
 */
#include "config.h"

#include "common/ipc_parent.h"

#define SKEW_MAX 14400 /* seconds */

const char *const role_names[ROLE_COUNT] = {
	[ROLE_PARENT] = "kmsd",
	[ROLE_LISTENER] = "listener",
	[ROLE_ACTIVATOR] = "activator",
	[ROLE_STORE] = "store",
	[ROLE_CONTROL] = "control",
};

void
parent_put_setup(struct ipc_writer *w, const struct setup *s)
{
	ipc_put_bool(w, s->as_root);
	ipc_put_u32(w, s->uid);
	ipc_put_u32(w, s->gid);
	ipc_put_string(w, s->root);
	ipc_put_string(w, s->directory);
	ipc_put_u8(w, s->level);
	ipc_put_bool(w, s->files_optional);
	ipc_put_bool(w, s->tcp_required);
	ipc_put_bool(w, s->syscalls_optional);
	ipc_put_u32(w, s->generation);
}

void
parent_get_setup(struct ipc_reader *r, struct setup *s)
{
	s->as_root = ipc_get_bool(r);
	s->uid = ipc_get_u32(r);
	s->gid = ipc_get_u32(r);
	ipc_get_string(r, s->root, sizeof(s->root));
	ipc_get_string(r, s->directory, sizeof(s->directory));
	if ((s->level = ipc_get_u8(r)) > LOG_LEVEL_DEBUG)
		r->bad = true;
	s->files_optional = ipc_get_bool(r);
	s->tcp_required = ipc_get_bool(r);
	s->syscalls_optional = ipc_get_bool(r);
	s->generation = ipc_get_u32(r);
}

void
parent_put_limits(struct ipc_writer *w, const struct limits *l)
{
	ipc_put_u32(w, l->connections);
	ipc_put_u32(w, l->per_source);
	ipc_put_u32(w, l->rate);
	ipc_put_u32(w, l->new_machines);
	ipc_put_u32(w, l->decisions_per_day);
	ipc_put_u32(w, l->skew);
	ipc_put_u32(w, l->deadline_hello);
	ipc_put_u32(w, l->deadline_request);
	ipc_put_u32(w, l->deadline_idle);
}

void
parent_get_limits(struct ipc_reader *r, struct limits *l)
{
	l->connections = ipc_get_u32(r);
	l->per_source = ipc_get_u32(r);
	l->rate = ipc_get_u32(r);
	l->new_machines = ipc_get_u32(r);
	l->decisions_per_day = ipc_get_u32(r);
	if ((l->skew = ipc_get_u32(r)) > SKEW_MAX)
		r->bad = true;
	l->deadline_hello = ipc_get_u32(r);
	l->deadline_request = ipc_get_u32(r);
	l->deadline_idle = ipc_get_u32(r);
}

void
parent_put_confinement(struct ipc_writer *w, const struct confinement *c)
{
	ipc_put_u32(w, c->pid);
	ipc_put_u32(w, c->uid);
	ipc_put_u32(w, c->gid);
	ipc_put_bool(w, c->chrooted);
	ipc_put_bool(w, c->no_new_privs);
	ipc_put_bool(w, c->dumpable);
	ipc_put_u8(w, c->seccomp);
	ipc_put_u32(w, c->seccomp_filters);
	ipc_put_u32(w, (uint32_t)c->landlock);
	ipc_put_bool(w, c->landlock_tcp);
	ipc_put_bool(w, c->landlock_scope);
	ipc_put_bool(w, c->open_refused);
	ipc_put_bool(w, c->bind_refused);
	ipc_put_bool(w, c->connect_refused);
	ipc_put_bool(w, c->signal_refused);
	ipc_put_u64(w, c->memlock);
	ipc_put_u64(w, c->nofile);
	ipc_put_u64(w, c->nproc);
	ipc_put_u64(w, c->core);
	ipc_put_u64(w, c->fsize);
	ipc_put_u64(w, c->data);
	ipc_put_bool(w, c->kernel);
	ipc_put_u64(w, c->locked);
	ipc_put_u64(w, c->capabilities);
}

void
parent_get_confinement(struct ipc_reader *r, struct confinement *c)
{
	c->pid = ipc_get_u32(r);
	c->uid = ipc_get_u32(r);
	c->gid = ipc_get_u32(r);
	c->chrooted = ipc_get_bool(r);
	c->no_new_privs = ipc_get_bool(r);
	c->dumpable = ipc_get_bool(r);
	c->seccomp = ipc_get_u8(r);
	c->seccomp_filters = ipc_get_u32(r);
	c->landlock = (int32_t)ipc_get_u32(r);
	c->landlock_tcp = ipc_get_bool(r);
	c->landlock_scope = ipc_get_bool(r);
	c->open_refused = ipc_get_bool(r);
	c->bind_refused = ipc_get_bool(r);
	c->connect_refused = ipc_get_bool(r);
	c->signal_refused = ipc_get_bool(r);
	c->memlock = ipc_get_u64(r);
	c->nofile = ipc_get_u64(r);
	c->nproc = ipc_get_u64(r);
	c->core = ipc_get_u64(r);
	c->fsize = ipc_get_u64(r);
	c->data = ipc_get_u64(r);
	c->kernel = ipc_get_bool(r);
	c->locked = ipc_get_u64(r);
	c->capabilities = ipc_get_u64(r);
}

void
parent_put_host_status(struct ipc_writer *w, const struct host_status *h)
{
	ipc_put_string(w, h->version);
	ipc_put_u32(w, h->pid);
	ipc_put_i64(w, h->started);
	ipc_put_u32(w, h->generation);
	ipc_put_bool(w, h->serving);
	ipc_put_string(w, h->state);
	ipc_put_string(w, h->listen);
}

void
parent_get_host_status(struct ipc_reader *r, struct host_status *h)
{
	ipc_get_string(r, h->version, sizeof(h->version));
	h->pid = ipc_get_u32(r);
	h->started = ipc_get_i64(r);
	h->generation = ipc_get_u32(r);
	h->serving = ipc_get_bool(r);
	ipc_get_string(r, h->state, sizeof(h->state));
	ipc_get_string(r, h->listen, sizeof(h->listen));
}

void
parent_put_counters(struct ipc_writer *w, const struct child_counters *c)
{
	uint16_t i;

	if (c->n > COUNTERS_MAX) {
		w->bad = true;
		return;
	}
	ipc_put_u16(w, c->n);
	for (i = 0; i < c->n; i++)
		ipc_put_u64(w, c->value[i]);
}

void
parent_get_counters(struct ipc_reader *r, struct child_counters *c)
{
	uint16_t i;

	if ((c->n = ipc_get_u16(r)) > COUNTERS_MAX) {
		c->n = 0;
		r->bad = true;
	}
	for (i = 0; i < c->n; i++)
		c->value[i] = ipc_get_u64(r);
}

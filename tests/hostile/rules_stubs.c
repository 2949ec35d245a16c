/*
 * What the dispatch functions of activator and parent call.  test_rules calls
 * none of them: it replaces the handlers.
 */
#include "config.h"

#include <stdlib.h>

#include "kmsd/state.h"
#include "kmsd/status.h"
#include "kmsd/stop.h"
#include "kmsd/supervise.h"

/* Of activator/process.h, which has phases of its own. */
struct process;
void process_time(struct process *);
void process_phase(struct process *);

#define STUB(name, ...)        \
	void name(__VA_ARGS__) \
	{                      \
		abort();       \
	}
#define STUB_INT(name, ...)   \
	int name(__VA_ARGS__) \
	{                     \
		abort();      \
	}

#pragma GCC diagnostic ignored "-Wunused-parameter"

STUB(process_time, struct process *p)
STUB(process_phase, struct process *p)
STUB(supervise_setup, struct child *c)
STUB(supervise_ready, struct child *c)
STUB(supervise_serving, struct kmsd *k)
STUB(supervise_rollback, struct kmsd *k, const char *why)
STUB(supervise_failed, struct child *c, const char *why)
STUB(supervise_replaced, struct child *c, const char *build)
STUB(supervise_log_level, struct kmsd *k, uint8_t level)
STUB(stop_begin, struct kmsd *k, const char *fmt, ...)
STUB(stop_next, struct kmsd *k)
STUB_INT(status_host, struct child *c, uint32_t id)
STUB_INT(status_sandbox, struct child *c, uint32_t id)
STUB_INT(status_counters, struct child *c, uint32_t id)
STUB_INT(state_anchor, struct kmsd *k, const void *data, size_t len)
STUB_INT(state_manifest, struct kmsd *k, uint32_t sequence, const void *data,
    size_t len)

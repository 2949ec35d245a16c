/*
 * kmsd-store: holds the one connection to the database, and no network.  Its
 * working directory is the database's.
 */

#include "config.h"

#include <sys/stat.h>

#include <event2/event.h>
#include <sqlite3.h>
#include <sodium.h>

#include "common/log.h"
#include "store/dispatch.h"

/*
 * SQLite seeds its random numbers from /dev/urandom, which a confined process
 * can't reach: they are asked for once before.
 */
static int
warm_up(struct start *s)
{
	unsigned char seed[16];

	(void)s;
	(void)umask(077);
	if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
	    sqlite3_initialize() != SQLITE_OK || sodium_init() == -1)
		return -1;
	sqlite3_randomness((int)sizeof(seed), seed);
	return 0;
}

static const struct start_options options = {
	.role = ROLE_STORE,
	.peers = 1U << ROLE_ACTIVATOR | 1U << ROLE_CONTROL,
	.own_directory = true,
	.nofile = 64,
	.fsize = UINT64_MAX,
	.warm_up = warm_up,
};

/*
 * What time does not cure ends kmsd's attempts.  All else, such as a full
 * disk, the next generation tries again: nothing is returned, and nothing of
 * the write-ahead log given up, before all of it is safe.
 */
static void
open_store(struct process *p)
{
	const struct setup *setup = &p->start.setup;
	const char *directory = setup->as_root ? "/" : setup->directory;

	if ((p->store = store_new()) == NULL)
		fatal("no memory for the store");
	store_set_oldest_day(p->store, ktime_day(ktime_now()) - 30);
	if (store_open(p->store, directory, NULL) == STORE_OK)
		return;
	if (store_error_permanent(p->store))
		start_failed(&p->start, "the store in %s: %s", setup->directory,
		    store_error(p->store));
	store_dies(p);
}

static void
stop(void *arg)
{
	struct process *p = arg;

	if (store_free(p->store) == -1)
		fatalx("the database could not be closed");
	p->store = NULL;
	start_stopped(&p->start);
}

static void
count(evutil_socket_t fd, short what, void *arg)
{
	struct process *p = arg;

	(void)fd;
	(void)what;
	p->counters.n = STORE_COUNTERS;
	store_counters(p->store, p->counters.value);
}

static void
start_counting(struct process *p)
{
	const struct timeval second = { 1, 0 };
	struct event *timer;

	timer = event_new(p->start.base, -1, EV_PERSIST, count, p);
	if (timer == NULL || event_add(timer, &second) == -1)
		fatalx("no timer");
	count(-1, 0, p);
	start_counters(&p->start, &p->counters);
}

int
main(void)
{
	static struct process p;

	start(&p.start, &options);
	open_store(&p);
	p.activator = start_channel(&p.start, ROLE_ACTIVATOR,
	    store_dispatch_activator, STORE_QUEUE_BYTES, &p);
	p.control = start_channel(&p.start, ROLE_CONTROL,
	    store_dispatch_control, STORE_QUEUE_BYTES, &p);
	start_run(&p.start, NULL, &p, stop);
	start_counting(&p);
	store_send_state(&p);
	process_loop(&p.start);
	fatalx("left the event loop");
}

/*
 * The loop of a build with sanitizers in which one process makes one mistake
 * after it was confined: what says that the reports reach the log.  A child
 * hears which mistake and which process by an order, the parent by its
 * environment.
 */
#include "config.h"

#include <sys/syscall.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "tests/hostile/order.h"

#define BLOCK 24 /* bytes */

int __real_event_base_dispatch(struct event_base *);
int __wrap_event_base_dispatch(struct event_base *);

/* No compiler may know how large or how old what it points to is. */
static char *volatile block;
static volatile int number = INT_MAX;

static void
take_block(void)
{
	if ((block = malloc(BLOCK)) == NULL)
		fatal("malloc");
	memset(block, 1, BLOCK);
}

static void
heap_overflow(void)
{
	take_block();
	block[BLOCK] = 2;
}

static void
use_after_free(void)
{
	take_block();
	free(block);
	number = block[0];
}

static void
signed_overflow(void)
{
	number++;
}

/* No table has it: a filter that does more than to log would kill. */
static void
forbidden_call(void)
{
	(void)syscall(SYS_getpriority, 0, 0);
	log_warnx("planted: a forbidden call returned");
}

static void (*const mistakes[])(void) = {
	heap_overflow,
	use_after_free,
	signed_overflow,
	forbidden_call,
};

static void
make_mistake(size_t i)
{
	if (i >= sizeof(mistakes) / sizeof(mistakes[0]))
		fatalx("planted: there is no mistake %zu", i);
	log_warnx("planted: mistake %zu begins", i);
	mistakes[i]();
	log_warnx("planted: nobody minds mistake %zu", i);
}

void
process_loop(struct start *start)
{
	const size_t order = order_of(start);

	if (order != SIZE_MAX)
		make_mistake(order);
	(void)event_base_dispatch(start->base);
}

/* The parent's, in whose program the linker puts it. */
int
__wrap_event_base_dispatch(struct event_base *base)
{
	const char *order = getenv("KMSD_PLANT");

	if (order != NULL)
		make_mistake((size_t)strtoul(order, NULL, 10));
	return (__real_event_base_dispatch(base));
}

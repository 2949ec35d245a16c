/*
 * The event loop of a child that is ready.
 */
#include "config.h"

#include <event2/event.h>

#include "common/start.h"

void
process_loop(struct start *s)
{
	(void)event_base_dispatch(s->base);
}

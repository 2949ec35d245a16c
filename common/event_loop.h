/* The event loop of every process of the host. */
#ifndef COMMON_EVENT_LOOP_H
#define COMMON_EVENT_LOOP_H

#include <event2/event.h>

/*
 * One with calls that the filters of system calls allow, whatever libevent's
 * variables in the environment say.  Returns NULL if there can be none.
 */
struct event_base *event_loop_new(void);

#endif

/* What libevent may choose, and what not. */
#include "config.h"

#include "common/event_loop.h"

struct event_base *
event_loop_new(void)
{
	struct event_config *config;
	struct event_base *base = NULL;

	if ((config = event_config_new()) == NULL)
		return (NULL);
	if (event_config_set_flag(config,
		EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NOLOCK) == 0 &&
	    event_config_avoid_method(config, "select") == 0 &&
	    event_config_avoid_method(config, "poll") == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return (base);
}

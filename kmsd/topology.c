/*
 * The picture of the host.  A line that is not here is a channel, or a
 * descriptor, that does not exist: above all between listener and store.
 *
 *	 clients --- listener --- activator --- store
 *	                             |            |
 *	 kmsctl ------------------ control -------+
 *
 * The parent has a channel to each.
 */
#include "config.h"

#include "kmsd/topology.h"

const struct topology_pair topology_pairs[] = {
	{ ROLE_LISTENER, ROLE_ACTIVATOR }, /* requests */
	{ ROLE_ACTIVATOR, ROLE_STORE }, /* decisions to commit */
	{ ROLE_CONTROL, ROLE_ACTIVATOR }, /* changes */
	{ ROLE_CONTROL, ROLE_STORE }, /* reads */
};
const size_t topology_npairs =
    sizeof(topology_pairs) / sizeof(topology_pairs[0]);

const struct topology_child topology_children[] = {
	{ ROLE_LISTENER, START_SERVING, GIVE_LISTEN,
	    KMSD_CHILD_DIR "/kmsd-listener" },
	{ ROLE_ACTIVATOR, START_FIRST,
	    GIVE_HOST_KEY | GIVE_PUBLISHERS | GIVE_STATE,
	    KMSD_CHILD_DIR "/kmsd-activator" },
	{ ROLE_STORE, START_FIRST, GIVE_DATABASE,
	    KMSD_CHILD_DIR "/kmsd-store" },
	{ ROLE_CONTROL, START_FIRST, GIVE_CONTROL | GIVE_STATUS,
	    KMSD_CHILD_DIR "/kmsd-control" },
};
const size_t topology_nchildren =
    sizeof(topology_children) / sizeof(topology_children[0]);

const struct topology_child *
topology_find(enum role role)
{
	size_t i;

	for (i = 0; i < topology_nchildren; i++) {
		if (topology_children[i].role == role)
			return (&topology_children[i]);
	}
	return (NULL);
}

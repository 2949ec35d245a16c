/*
 * The life of a generation: spawned, set up, ready, serving; at the death of
 * any child killed, reaped, drained to the end of file, and followed by the
 * next one.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "kmsd/child.h"
#include "kmsd/claims.h"
#include "kmsd/ready.h"
#include "kmsd/setup.h"
#include "kmsd/stop.h"
#include "kmsd/supervise.h"
#include "kmsd/topology.h"

#define BACKOFF_MAX 60 /* seconds */
#define BACKOFF_RESET_MS 600000
#define START_PAUSE_MAX 2 /* seconds; before a longer one a start has failed */
#define END_SECONDS 1 /* for a child that ends by itself */
#define LEVEL_MS 1000 /* between two changes of the log's level */

static void
close_ends(struct kmsd *k, enum role role)
{
	int peer;

	for (peer = 0; peer < ROLE_COUNT; peer++) {
		if (k->pair[role][peer] != -1)
			(void)close(k->pair[role][peer]);
		k->pair[role][peer] = -1;
	}
}

static void
close_pairs(struct kmsd *k)
{
	int role;

	for (role = 0; role < ROLE_COUNT; role++)
		close_ends(k, (enum role)role);
}

static int
open_pairs(struct kmsd *k)
{
	const struct topology_pair *p;
	int fd[2];
	size_t i;

	for (i = 0; i < topology_npairs; i++) {
		p = &topology_pairs[i];
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) ==
		    -1)
			return (-1);
		k->pair[p->a][p->b] = fd[0];
		k->pair[p->b][p->a] = fd[1];
	}
	return (0);
}

/* The next generation is control alone. */
static bool
is_alone(const struct kmsd *k)
{
	return (k->halt || k->behind);
}

static void
begin_generation(struct kmsd *k)
{
	const struct topology_child *t;
	size_t i;

	k->generation++;
	k->generation_began = ktime_boot_ms();
	k->phase = PHASE_STARTING;
	k->manifest_confirm = false;
	k->starting = 0;
	if (open_pairs(k) == -1) {
		log_warn("cannot begin generation %u", k->generation);
		supervise_end_generation(k);
		return;
	}
	for (i = 0; i < topology_nchildren; i++) {
		t = &topology_children[i];
		/* Control is not to wait for those that are not there. */
		if (is_alone(k) && t->role != ROLE_CONTROL) {
			close_ends(k, t->role);
			continue;
		}
		if (!is_alone(k) && t->start != START_FIRST)
			continue;
		if (child_spawn(&k->child[t->role]) == -1) {
			log_warn("cannot start the %s", role_names[t->role]);
			supervise_end_generation(k);
			return;
		}
	}
}

/* Forgets a generation that is gone. */
static void
clear_generation(struct kmsd *k)
{
	struct child *c;
	int i;

	for (i = 0; i < ROLE_COUNT; i++) {
		c = &k->child[i];
		ipc_free(c->channel);
		c->channel = NULL;
		memset(&c->confinement, 0, sizeof(c->confinement));
	}
	close_pairs(k);
}

static unsigned int
backoff(struct kmsd *k)
{
	unsigned int n;

	if (ktime_boot_ms() - k->generation_began >= BACKOFF_RESET_MS)
		k->deaths = 0;
	n = k->deaths++;
	if (n == 0)
		return (0);
	return (n > 6 ? BACKOFF_MAX : 1U << (n - 1));
}

/*
 * Why the generation ended: what the first of those that ended by themselves
 * said, or "".  One that lived on may have said anything.
 */
static const char *
last_words(const struct kmsd *k)
{
	const struct child *c, *first = NULL;
	int i;

	for (i = 0; i < ROLE_COUNT; i++) {
		c = &k->child[i];
		if (c->closed_first && c->last_words[0] != '\0' &&
		    (first == NULL || c->spoke_ms < first->spoke_ms))
			first = c;
	}
	return (first == NULL ? "" : first->last_words);
}

/* Whoever waits for kmsd, as a boot does, must not wait for ever. */
static void
give_up(struct kmsd *k)
{
	const char *why = last_words(k);

	log_warnx("cannot start, %u generations ended; start kmsd again when "
		  "this is mended%s%s",
	    k->generation, why[0] == '\0' ? "" : ": ", why);
	k->finish = true;
	k->exit_status = KMSD_EXIT_AGAIN;
	(void)event_base_loopbreak(k->base);
}

static void
wait_for_next(struct kmsd *k, unsigned int seconds)
{
	const struct timeval tv = { seconds, 0 };
	const char *why = last_words(k);

	k->phase = PHASE_WAITING;
	if (!is_alone(k))
		ready_state(k,
		    "generation %u ended, the next begins in %u s%s%s",
		    k->generation, seconds, why[0] == '\0' ? "" : ": ", why);
	(void)evtimer_add(k->timer, &tv);
}

static void
settled(struct kmsd *k)
{
	unsigned int seconds;
	int i;

	for (i = 0; i < ROLE_COUNT; i++) {
		if (child_present(&k->child[i]))
			return;
	}
	if (k->phase != PHASE_ENDING && k->phase != PHASE_STOPPING)
		return;
	(void)evtimer_del(k->timer);
	clear_generation(k);
	if (k->finish) {
		(void)event_base_loopbreak(k->base);
		return;
	}
	seconds = backoff(k);
	if (!k->was_ready && seconds > START_PAUSE_MAX)
		give_up(k);
	else
		wait_for_next(k, seconds);
}

static void
on_settle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settled(arg);
}

void
supervise_settle(struct kmsd *k)
{
	event_active(k->settle, EV_TIMEOUT, 0);
}

void
supervise_end_generation(struct kmsd *k)
{
	struct child *c;
	int i;

	k->phase = PHASE_ENDING;
	(void)evtimer_del(k->timer);
	for (i = 0; i < ROLE_COUNT; i++) {
		c = &k->child[i];
		if (c->pid == 0)
			continue;
		if (!c->closed_first)
			c->killed = true;
		child_kill(c);
	}
	supervise_settle(k);
}

static void
say_death(struct kmsd *k, struct child *c, int status)
{
	char how[64];
	/* Its farewell may still be unread when it is reaped. */
	const bool farewell = k->phase == PHASE_STOPPING && WIFEXITED(status) &&
			      WEXITSTATUS(status) == 0;
	const bool expected = c->killed || c->stopped || farewell ||
			      (k->phase == PHASE_ENDING && !c->closed_first);

	if (WIFSIGNALED(status))
		(void)snprintf(how, sizeof(how), "was killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		(void)snprintf(how, sizeof(how), "exited with status %d",
		    WEXITSTATUS(status));
	if (expected)
		log_debug("the %s (pid %d) %s", role_names[c->role],
		    (int)c->pid, how);
	else
		log_warnx("the %s (pid %d) of generation %u %s",
		    role_names[c->role], (int)c->pid, k->generation, how);
}

static void
reap(struct kmsd *k)
{
	struct child *c;
	int i, status;

	for (i = 0; i < ROLE_COUNT; i++) {
		c = &k->child[i];
		if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
			continue;
		say_death(k, c, status);
		c->pid = 0;
		if (k->phase == PHASE_STOPPING)
			stop_next(k);
		else if (k->phase != PHASE_ENDING)
			supervise_end_generation(k);
		supervise_settle(k);
	}
}

void
supervise_ended(void *arg, struct ipc_channel *ch, const char *why)
{
	struct child *c = arg;
	struct kmsd *k = c->kmsd;

	(void)ch;
	c->open = false;
	if (why != NULL)
		log_warnx("the %s (pid %d) breaks the rules: %s",
		    role_names[c->role], (int)c->process, why);
	if (k->phase != PHASE_ENDING && !c->killed)
		c->closed_first = true;
	/* In a host that stops nobody else would end it. */
	if (why != NULL && k->phase == PHASE_STOPPING) {
		c->killed = true;
		child_kill(c);
	}
	reap(k);
	if (k->phase == PHASE_STOPPING)
		stop_next(k);
	else if (k->phase != PHASE_ENDING)
		supervise_end_generation(k);
	supervise_settle(k);
}

/* What a child of a generation that ends says changes nothing any more. */
static bool
is_over(const struct kmsd *k)
{
	return (k->phase == PHASE_ENDING || k->phase == PHASE_STOPPING);
}

void
supervise_setup(struct child *c)
{
	char error[PARENT_TEXT_MAX + 1];

	ipc_set_state(c->channel, CHILD_SETUP);
	if (is_over(c->kmsd))
		return;
	if (setup_send(c, error, sizeof(error)) == -1)
		supervise_failed(c, error);
}

/* The listener is among them only when the activator serves. */
static bool
all_running(const struct kmsd *k)
{
	size_t i;

	for (i = 0; i < topology_nchildren; i++) {
		if (!child_runs(&k->child[topology_children[i].role]))
			return (false);
	}
	return (true);
}

/* What it said before, such as why, is still to be heard; then how it died. */
static void
await_end(struct child *c)
{
	const struct timeval moment = { END_SECONDS, 0 };

	c->ends = true;
	(void)evtimer_add(c->kmsd->timer, &moment);
}

void
supervise_ready(struct child *c)
{
	struct kmsd *k = c->kmsd;
	char text[PARENT_TEXT_MAX + 1];

	if (is_over(k))
		return;
	ipc_set_state(c->channel, CHILD_RUNNING);
	switch (claims_check(c, text, sizeof(text))) {
	case CLAIMS_HOLD:
		break;
	case CLAIMS_WRONG:
		supervise_failed(c, text);
		return;
	case CLAIMS_END:
		await_end(c);
		return;
	}
	log_debug("the %s (pid %d) is ready", role_names[c->role], (int)c->pid);
	if (k->phase == PHASE_STARTING && all_running(k))
		ready_serving(k);
	else if (c->role == ROLE_CONTROL && is_alone(k))
		k->phase = PHASE_HALTED;
}

void
supervise_serving(struct kmsd *k)
{
	size_t i;

	if (k->phase != PHASE_STARTING || k->child[ROLE_ACTIVATOR].ends)
		return;
	for (i = 0; i < topology_nchildren; i++) {
		if (topology_children[i].start != START_SERVING)
			continue;
		if (child_spawn(&k->child[topology_children[i].role]) == -1) {
			log_warn("cannot start the %s",
			    role_names[topology_children[i].role]);
			supervise_end_generation(k);
			return;
		}
	}
}

void
supervise_rollback(struct kmsd *k, const char *why)
{
	if (k->phase == PHASE_STARTING)
		ready_rollback(k, why);
}

/*
 * Time does not cure it: in the beginning that is the end, later the host
 * waits for its administrator with control alone.
 */
void
supervise_failed(struct child *c, const char *text)
{
	struct kmsd *k = c->kmsd;

	log_warnx("the %s cannot run: %s", role_names[c->role], text);
	if (is_over(k))
		return;
	if (!k->was_ready || c->role == ROLE_CONTROL) {
		k->finish = true;
		k->exit_status = 1;
	} else {
		k->halt = true;
		ready_state(k,
		    "halted until kmsd is started again: the %s "
		    "cannot run: %s",
		    role_names[c->role], text);
	}
	supervise_end_generation(k);
}

/* Once without a pause. */
static void
begin_soon(struct kmsd *k)
{
	const struct timeval now = { 0, 0 };

	k->deaths = 0;
	if (k->phase == PHASE_WAITING)
		(void)evtimer_add(k->timer, &now);
	else if (k->phase != PHASE_ENDING)
		supervise_end_generation(k);
}

void
supervise_behind(struct kmsd *k, const char *path)
{
	if (is_alone(k) || k->finish || k->phase == PHASE_STOPPING)
		return;
	if (!k->was_ready) {
		log_warnx("cannot start, %s cannot be written; start kmsd "
			  "again when this is mended",
		    path);
		k->finish = true;
		k->exit_status = KMSD_EXIT_AGAIN;
		supervise_end_generation(k);
		return;
	}
	k->behind = true;
	log_warnx("nobody is served until %s is written", path);
	ready_state(k,
	    "halted until it is written, since it is newer in memory: %s: "
	    "make room there, or look at the folder",
	    path);
	begin_soon(k);
}

void
supervise_caught_up(struct kmsd *k)
{
	if (!k->behind)
		return;
	k->behind = false;
	if (k->phase != PHASE_STOPPING)
		begin_soon(k);
}

void
supervise_replaced(struct child *c, const char *build)
{
	struct kmsd *k = c->kmsd;

	k->exit_status = KMSD_EXIT_AGAIN;
	stop_begin(k,
	    "the %s on disk is of build %s, this is %s: the programs "
	    "were replaced, start kmsd again",
	    role_names[c->role], build, KMSD_BUILD_ID);
}

void
supervise_log_level(struct kmsd *k, uint8_t level)
{
	const int64_t now = ktime_boot_ms();
	int i;

	/* A line and four records each time: control may not ask for more. */
	if (level == log_get_level() ||
	    (k->level_set != 0 && now - k->level_set < LEVEL_MS))
		return;
	k->level_set = now;
	log_set_level((enum log_level)level);
	log_info("log level is now %s", conf_levels[level]);
	for (i = 0; i < ROLE_COUNT; i++) {
		if (k->child[i].open &&
		    ipc_state(k->child[i].channel) == CHILD_RUNNING)
			child_send_u8(&k->child[i], REC_LOG_LEVEL, level);
	}
}

static void
on_child(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	reap(arg);
}

/* The moment is over. */
static void
end_expired(struct kmsd *k)
{
	struct child *c;
	int i;

	for (i = 0; i < ROLE_COUNT; i++) {
		c = &k->child[i];
		if (c->ends)
			log_warnx("the %s (pid %d) is ready, and the kernel "
				  "says that it ends",
			    role_names[c->role], (int)c->process);
	}
	supervise_end_generation(k);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kmsd *k = arg;

	(void)fd;
	(void)what;
	if (k->phase == PHASE_STOPPING)
		stop_expired(k);
	else if (k->phase == PHASE_STARTING)
		end_expired(k);
	else if (k->phase == PHASE_WAITING)
		begin_generation(k);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	if (sig == SIGHUP)
		log_warnx("reload does not exist yet: stop kmsd and start it "
			  "again");
	else
		stop_begin(arg, "%s", strsignal((int)sig));
}

int
supervise_start(struct kmsd *k)
{
	k->settle = event_new(k->base, -1, 0, on_settle, k);
	k->timer = evtimer_new(k->base, on_timer, k);
	k->on_child = evsignal_new(k->base, SIGCHLD, on_child, k);
	k->on_term = evsignal_new(k->base, SIGTERM, on_signal, k);
	k->on_int = evsignal_new(k->base, SIGINT, on_signal, k);
	k->on_hup = evsignal_new(k->base, SIGHUP, on_signal, k);
	if (k->settle == NULL || k->timer == NULL || k->on_child == NULL ||
	    k->on_term == NULL || k->on_int == NULL || k->on_hup == NULL ||
	    evsignal_add(k->on_child, NULL) == -1 ||
	    evsignal_add(k->on_term, NULL) == -1 ||
	    evsignal_add(k->on_int, NULL) == -1 ||
	    evsignal_add(k->on_hup, NULL) == -1)
		return (-1);
	begin_generation(k);
	return (0);
}

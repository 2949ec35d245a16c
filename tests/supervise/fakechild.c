/*
 * A child that does as it is told: it speaks the parent's channel and then
 * behaves in the way that the file modes beside its program names for its
 * role: a folder that the parent leaves readable.  The parent's supervision is tested with
 * it.
 */
#include "config.h"

#include <sys/socket.h>

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc_parent.h"

#define PARENT_FD 3
#define FLOOD_LINES 1000
#define SECOND_MS 500 /* less than a second: looks are counted */
#define FLOOD_LEVELS 4000

static const char *role_name;
static char mode[64];
static enum role role;
static struct setup setup;
static bool ready;

/* The line of this role: "ROLE WORD". */
static void
read_mode(const char *program)
{
	char path[PATH_MAX], line[128], want[64], word[64], *slash;
	FILE *f;

	(void)strlcpy(path, program, sizeof(path));
	if ((slash = strrchr(path, '/')) == NULL)
		return;
	(void)strlcpy(slash, "/modes", sizeof(path) - (size_t)(slash - path));
	if ((f = fopen(path, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%63s %63s", want, word) == 2 &&
		    strcmp(want, role_name) == 0)
			(void)strlcpy(mode, word, sizeof(mode));
	}
	(void)fclose(f);
}

static bool
is_mode(const char *word)
{
	return (strcmp(mode, word) == 0);
}

static void
say_at(enum log_level level, const char *text)
{
	char packet[LOG_LINE_MAX];

	packet[0] = (char)level;
	(void)strlcpy(packet + 1, text, sizeof(packet) - 1);
	(void)send(STDERR_FILENO, packet, 1 + strlen(packet + 1), 0);
}

static void
say(const char *text)
{
	say_at(LOG_LEVEL_INFO, text);
}

/* A packet of one record whose fields stand in body. */
static void
send_record(enum parent_record type, const uint8_t *body, size_t len)
{
	uint8_t packet[IPC_PACKET_MAX];
	struct ipc_writer w = { packet, packet + sizeof(packet), false };

	ipc_put_u16(&w, (uint16_t)type);
	ipc_put_u16(&w, 1);
	ipc_put_u32(&w, (uint32_t)len);
	if (len > 0)
		ipc_put_bytes(&w, body, len);
	if (send(PARENT_FD, packet, (size_t)(w.p - packet), MSG_NOSIGNAL) == -1)
		exit(1);
}

static void
send_text(enum parent_record type, const char *text)
{
	uint8_t body[PARENT_TEXT_MAX + 2];
	struct ipc_writer w = { body, body + sizeof(body), false };

	ipc_put_string(&w, text);
	send_record(type, body, (size_t)(w.p - body));
}

static void
send_build(void)
{
	uint8_t body[256];
	struct ipc_writer w = { body, body + sizeof(body), false };

	ipc_put_string(&w, is_mode("build") ? "another" : KMSD_BUILD_ID);
	ipc_put_u8(&w, (uint8_t)role);
	send_record(REC_BUILD, body, (size_t)(w.p - body));
}

static void
send_ready(void)
{
	uint8_t body[256];
	struct ipc_writer w = { body, body + sizeof(body), false };
	struct confinement c;

	memset(&c, 0, sizeof(c));
	c.pid = (uint32_t)getpid();
	c.uid = is_mode("uid") ? setup.uid + 1 : setup.uid;
	c.gid = setup.gid;
	c.chrooted = setup.as_root;
	c.no_new_privs = true;
	c.landlock = is_mode("landlock") ? 0 : 6;
	c.seccomp = 2;
	parent_put_confinement(&w, &c);
	send_record(REC_READY, body, (size_t)(w.p - body));
}

static void
send_anchor(const char *text)
{
	uint8_t body[ANCHOR_MAX];
	struct ipc_writer w = { body, body + sizeof(body), false };

	ipc_put_blob(&w, text, strlen(text));
	send_record(REC_ANCHOR, body, (size_t)(w.p - body));
}

static void
send_manifest(void)
{
	uint8_t body[64];
	struct ipc_writer w = { body, body + sizeof(body), false };

	ipc_put_u32(&w, 7);
	ipc_put_blob(&w, "manifest\n", 9);
	send_record(REC_MANIFEST, body, (size_t)(w.p - body));
}

static void
flood(void)
{
	char line[32];
	int i;

	for (i = 0; i < FLOOD_LINES; i++) {
		(void)snprintf(line, sizeof(line), "flood %d\nx", i);
		say(line);
	}
	say_at(LOG_LEVEL_FATAL, "the reason");
	say_at(LOG_LEVEL_FATAL, "another reason");
}

/* The log's level again and again, as it is or to and fro; then a question. */
static void
levels(bool same)
{
	uint8_t level, id[4] = { 0, 0, 0, 0 };
	int i;

	for (i = 0; i < FLOOD_LEVELS; i++) {
		level = same || i % 2 == 0 ? setup.level : LOG_LEVEL_DEBUG;
		send_record(REC_ASK_LOG_LEVEL, &level, 1);
	}
	send_record(REC_ASK_HOST, id, sizeof(id));
}

/* What a mode does once the child is ready. */
static void
act(void)
{
	uint8_t zero[4] = { 0, 0, 0, 0 };

	if (is_mode("flood"))
		flood();
	if (is_mode("library")) {
		(void)send(STDERR_FILENO, "", 0, 0);
		(void)dprintf(STDERR_FILENO, "free(): a library says");
	}
	if (is_mode("anchors")) {
		send_anchor("anchor 1\n");
		send_anchor("anchor 2\n");
	}
	if (is_mode("anchors") || is_mode("manifest-first"))
		send_manifest();
	if (is_mode("rollback"))
		send_text(REC_ROLLBACK, "fewer entries than the anchor");
	else if (is_mode("inject"))
		send_text(REC_ROLLBACK, "x\nMAINPID=1\nREADY=1");
	else if (role == ROLE_ACTIVATOR && !is_mode("manifest-first"))
		send_record(REC_SERVING, NULL, 0);
	if (is_mode("both"))
		send_text(REC_ROLLBACK, "after serving");
	if (is_mode("last-anchor")) {
		send_anchor("anchor 3\n");
		send_anchor("anchor 4\n");
		exit(0);
	}
	if (is_mode("late-failure"))
		send_text(REC_FAILED, "the disk lies");
	if (is_mode("unknown"))
		send_record((enum parent_record)999, NULL, 0);
	if (is_mode("ask-stop"))
		send_record(REC_ASK_STOP, zero, sizeof(zero));
	if (is_mode("silence"))
		send_record(REC_ASK_LOG_LEVEL, zero, 1);
	if (is_mode("same-level") || is_mode("levels"))
		levels(is_mode("same-level"));
	if (is_mode("state"))
		send_ready();
	if (is_mode("close")) {
		(void)close(PARENT_FD);
		(void)pause();
	}
}

static void
confine(void)
{
	if (is_mode("failure")) {
		send_text(REC_FAILED, "this is not a database");
		exit(1);
	}
	if (is_mode("never-ready"))
		return;
	if (is_mode("full")) {
		say_at(LOG_LEVEL_FATAL, "the disk is full");
		exit(1);
	}
	send_ready();
	ready = true;
	act();
}

/* None, since it counts nothing; that it is sent says that the child runs. */
static void
send_counters(void)
{
	const uint8_t none[2] = { 0, 0 };

	if (ready && !is_mode("mute"))
		send_record(REC_COUNTERS, none, sizeof(none));
}

static void
take(uint16_t type, struct ipc_reader *r)
{
	char text[64];

	switch (type) {
	case REC_BUILD:
		send_build();
		break;
	case REC_SETUP:
		parent_get_setup(r, &setup);
		break;
	case REC_CONFINE:
		confine();
		break;
	case REC_MANIFEST_SAVED:
		(void)snprintf(
		    text, sizeof(text), "manifest %u is saved", ipc_get_u32(r));
		say(text);
		break;
	case REC_HOST:
		say("the levels are asked for");
		break;
	case REC_STOP:
		say("told to stop");
		if (is_mode("hang"))
			break;
		if (is_mode("late-unknown")) {
			send_record((enum parent_record)999, NULL, 0);
			break;
		}
		if (role == ROLE_ACTIVATOR)
			send_anchor("anchor 9\n");
		send_record(REC_STOPPED, NULL, 0);
		exit(0);
	default:
		break;
	}
}

int
main(int argc, char *argv[])
{
	struct pollfd p = { PARENT_FD, POLLIN, 0 };
	uint8_t packet[IPC_PACKET_MAX];
	struct ipc_reader r;
	uint16_t type;
	ssize_t n;

	(void)argc;
	if ((role_name = strrchr(argv[0], '-')) == NULL)
		return (1);
	role_name++;
	for (role = ROLE_LISTENER; role < ROLE_COUNT; role++) {
		if (strcmp(role_names[role], role_name) == 0)
			break;
	}
	read_mode(argv[0]);
	for (;;) {
		if (poll(&p, 1, SECOND_MS) == 0) {
			send_counters();
			continue;
		}
		if ((n = recv(PARENT_FD, packet, sizeof(packet), 0)) <= 0)
			break;
		r.p = packet;
		r.end = packet + n;
		r.bad = false;
		type = ipc_get_u16(&r);
		(void)ipc_get_u16(&r);
		(void)ipc_get_u32(&r);
		take(type, &r);
	}
	return (0);
}

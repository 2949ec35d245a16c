/*
 * The meaning of each statement of kmsd.conf: checks its words and sets the
 * configuration, or says what is wrong and what is expected.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire.h"
#include "kmsd/parser.h"

#define ERRORS_MAX 20 /* reported of one file */
#define WORD_LIST_MAX 256 /* bytes: "expected one of ..." */

void
parser_error(struct parser *p, const char *fmt, ...)
{
	char line[PATHS_MAX + 1024], text[1024];
	va_list ap;

	if (++p->errors > ERRORS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "%s:%u: %s%s", p->name,
	    p->statement_line, text,
	    p->errors == ERRORS_MAX ? " (and no more are listed)" : "");
	p->report(p->arg, line);
}

/* True, with an error, if the same was set before; else remembers the line. */
static bool
twice(struct parser *p, unsigned int *seen, const char *what, const char *name)
{
	if (*seen != 0) {
		parser_error(
		    p, "%s %s is already set on line %u", what, name, *seen);
		return (true);
	}
	*seen = p->statement_line;
	return (false);
}

/* The index of a word in a list, or -1 with an error. */
static int
find_word(struct parser *p, const char *what, const char *word,
    const char *const *words, size_t first, size_t n)
{
	char list[WORD_LIST_MAX] = "";
	size_t i;

	for (i = first; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return ((int)i);
		(void)strlcat(list, i == first ? "" : ", ", sizeof(list));
		(void)strlcat(list, words[i], sizeof(list));
	}
	parser_error(
	    p, "unknown %s \"%.64s\"; expected one of %s", what, word, list);
	return (-1);
}

/* Copies an absolute path; -1 with an error. */
static int
copy_path(struct parser *p, const char *what, const char *path, char *to)
{
	if (path[0] != '/') {
		parser_error(
		    p, "%s \"%.64s\" is not an absolute path", what, path);
		return (-1);
	}
	if (strlcpy(to, path, PATHS_MAX) >= PATHS_MAX) {
		parser_error(
		    p, "%s is longer than %d bytes", what, PATHS_MAX - 1);
		return (-1);
	}
	return (0);
}

void
set_directory(struct parser *p, const char *path)
{
	struct conf *c = p->conf;

	if (twice(p, &p->seen_directory, "the", "directory") ||
	    copy_path(p, "directory", path, c->directory) == -1)
		return;
	if (paths_below(&c->paths, c->directory) == -1)
		parser_error(p,
		    "directory is too long: the path of "
		    "control.sock below it has more than %d bytes",
		    PATHS_SOCKET_MAX - 1);
}

/* Decimal digits alone, from min to max; -1 if it is anything else. */
static int64_t
number(const char *text, uint32_t min, uint32_t max)
{
	const char *error;
	long long n;

	if (!isdigit((unsigned char)text[0]))
		return (-1);
	n = strtonum(text, min, max, &error);
	return (error == NULL ? n : -1);
}

static int
parse_address(const char *text, uint16_t port, struct conf_listen *l)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&l->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&l->address;

	memset(l, 0, sizeof(*l));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		l->len = sizeof(*in);
	} else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		l->len = sizeof(*in6);
	} else
		return (-1);
	return (0);
}

void
set_listen(struct parser *p, const char *address, const char *port)
{
	struct conf *c = p->conf;
	struct conf_listen l;
	int64_t n = WIRE_PORT;
	size_t i;

	if (port != NULL && (n = number(port, 1, 65535)) == -1) {
		parser_error(p,
		    "port \"%.64s\" is not a number from 1 to "
		    "65535",
		    port);
		return;
	}
	if (parse_address(address, (uint16_t)n, &l) == -1) {
		parser_error(p,
		    "\"%.64s\" is not an IPv4 or IPv6 address, "
		    "such as 192.0.2.1 or ::",
		    address);
		return;
	}
	for (i = 0; i < c->nlisten; i++) {
		if (memcmp(&c->listen[i], &l, sizeof(l)) == 0) {
			parser_error(p, "listen on %s is given twice", address);
			return;
		}
	}
	if (c->nlisten == START_LISTEN_MAX) {
		parser_error(
		    p, "more than %d listen statements", START_LISTEN_MAX);
		return;
	}
	c->listen[c->nlisten++] = l;
}

void
set_publisher(struct parser *p, const char *path)
{
	struct conf *c = p->conf;
	size_t i;

	for (i = 0; i < c->npublishers; i++) {
		if (strcmp(c->publisher[i], path) == 0) {
			parser_error(p, "publisher %s is given twice", path);
			return;
		}
	}
	if (c->npublishers == START_PUBLISHERS_MAX) {
		parser_error(
		    p, "more than %d publishers", START_PUBLISHERS_MAX);
		return;
	}
	if (copy_path(p, "publisher", path, c->publisher[c->npublishers]) == 0)
		c->npublishers++;
}

/* What useradd(8) takes. */
static bool
is_user_name(const char *name)
{
	size_t i;

	if (!isalpha((unsigned char)name[0]) && name[0] != '_')
		return (false);
	for (i = 0; name[i] != '\0'; i++) {
		if (!isalnum((unsigned char)name[i]) &&
		    strchr("_.-", name[i]) == NULL)
			return (false);
	}
	return (i < CONF_USER_MAX);
}

void
set_user(struct parser *p, const char *role, const char *name)
{
	int i;

	i = find_word(p, "role", role, role_names, ROLE_PARENT + 1, ROLE_COUNT);
	if (i == -1 || twice(p, &p->seen_user[i], "user", role))
		return;
	if (!is_user_name(name)) {
		parser_error(p, "\"%.64s\" is not the name of a user", name);
		return;
	}
	(void)strlcpy(p->conf->user[i], name, CONF_USER_MAX);
}

void
set_layer(struct parser *p, const char *need, const char *layer)
{
	static const char *const needs[] = { "optional", "require" };
	int i, required;

	required = find_word(p, "word", need, needs, 0, 2);
	i = find_word(p, "layer", layer, conf_layers, 0, LAYER_COUNT);
	if (required == -1 || i == -1 ||
	    twice(p, &p->seen_layer[i], "sandbox", layer))
		return;
	p->conf->require[i] = required == 1;
}

/* Seconds of digits and a unit; -1 if it is anything else. */
static int64_t
duration(const char *text, uint32_t min, uint32_t max)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	char digits[12];
	const char *unit;
	size_t len = strlen(text);
	int64_t n;

	if (len < 2 || len > sizeof(digits) ||
	    (unit = strchr(units, text[len - 1])) == NULL)
		return (-1);
	memcpy(digits, text, len - 1);
	digits[len - 1] = '\0';
	if ((n = number(digits, 0, max)) == -1)
		return (-1);
	n *= seconds[unit - units];
	return (n >= min && n <= max ? n : -1);
}

static void
set_one_number(struct parser *p, size_t i, const char *text)
{
	const struct conf_number *n = &conf_numbers[i];
	int64_t value;
	uint32_t u;

	value = n->duration ? duration(text, n->min, n->max)
			    : number(text, n->min, n->max);
	if (value == -1 && n->duration) {
		parser_error(p,
		    "%s %s: \"%.64s\" is not a duration from %us "
		    "to %us, such as 90s, 15m or 2h",
		    n->statement, n->name, text, n->min, n->max);
	} else if (value == -1) {
		parser_error(p,
		    "%s %s: \"%.64s\" is not a number from %u to "
		    "%u",
		    n->statement, n->name, text, n->min, n->max);
	} else if (!twice(p, &p->seen_number[i], n->statement, n->name)) {
		u = (uint32_t)value;
		memcpy((char *)&p->conf->limits + n->offset, &u, sizeof(u));
	}
}

void
set_number(
    struct parser *p, const char *statement, const char *name, const char *text)
{
	const char *names[CONF_NUMBERS];
	size_t i, n = 0;

	for (i = 0; i < CONF_NUMBERS; i++) {
		if (strcmp(conf_numbers[i].statement, statement) != 0)
			continue;
		if (strcmp(conf_numbers[i].name, name) == 0) {
			set_one_number(p, i, text);
			return;
		}
		names[n++] = conf_numbers[i].name;
	}
	(void)find_word(p, statement, name, names, 0, n);
}

void
set_log(struct parser *p, const char *level)
{
	int i;

	i = find_word(p, "level", level, conf_levels, 0, LOG_LEVEL_DEBUG + 1);
	if (i != -1 && !twice(p, &p->seen_log, "the", "log level"))
		p->conf->level = (enum log_level)i;
}

void
set_rest(struct parser *p)
{
	struct conf *c = p->conf;
	int a, b;

	if (c->nlisten == 0) {
		(void)parse_address("0.0.0.0", WIRE_PORT, &c->listen[0]);
		(void)parse_address("::", WIRE_PORT, &c->listen[1]);
		c->nlisten = 2;
	}
	for (a = ROLE_PARENT + 1; a < ROLE_COUNT; a++) {
		for (b = a + 1; b < ROLE_COUNT; b++) {
			if (strcmp(c->user[a], c->user[b]) != 0)
				continue;
			p->statement_line = p->seen_user[b] != 0
						? p->seen_user[b]
						: p->seen_user[a];
			parser_error(p,
			    "%s and %s have the same user \"%s\"; "
			    "each needs one of its own",
			    role_names[a], role_names[b], c->user[a]);
		}
	}
}

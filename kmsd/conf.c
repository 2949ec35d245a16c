/* The configuration as a whole: defaults, reading a file, printing. */
#include "config.h"

#include <sys/stat.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmsd/parser.h"

const char *const conf_layers[LAYER_COUNT] = {
	[LAYER_FILES] = "files",
	[LAYER_TCP] = "tcp",
	[LAYER_SIGNALS] = "signals",
	[LAYER_SYSCALLS] = "syscalls",
};

const char *const conf_levels[LOG_LEVEL_DEBUG + 1] = {
	[LOG_LEVEL_FATAL] = "fatal",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

#define LIMIT(n, m, d, min, max)                                           \
	{                                                                  \
		"limit", n, offsetof(struct limits, m), d, min, max, false \
	}
#define SPAN(s, n, m, d, min, max)                                  \
	{                                                           \
		s, n, offsetof(struct limits, m), d, min, max, true \
	}

const struct conf_number conf_numbers[CONF_NUMBERS] = {
	LIMIT("connections", connections, 1000, 1, 100000),
	LIMIT("per-source", per_source, 100, 1, 100000),
	LIMIT("rate", rate, 100, 1, 1000000),
	LIMIT("new-machines", new_machines, 1000, 1, 1000000),
	LIMIT("decisions-per-day", decisions_per_day, 200, 1, 1000000),
	SPAN("limit", "skew", skew, 14400, 60, 14400),
	SPAN("deadline", "hello", deadline_hello, 10, 1, 3600),
	SPAN("deadline", "request", deadline_request, 10, 1, 3600),
	SPAN("deadline", "idle", deadline_idle, 60, 1, 86400),
};

static const char *const default_users[ROLE_COUNT] = {
	[ROLE_LISTENER] = "_kmsdnet",
	[ROLE_ACTIVATOR] = "_kmsdkey",
	[ROLE_STORE] = "_kmsddb",
	[ROLE_CONTROL] = "_kmsdctl",
};

static void
conf_default(struct conf *c)
{
	const struct conf_number *n;
	size_t i;

	memset(c, 0, sizeof(*c));
	paths_default(&c->paths);
	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		(void)strlcpy(c->user[i], default_users[i], CONF_USER_MAX);
	c->require[LAYER_FILES] = true;
	c->require[LAYER_SYSCALLS] = true;
	for (i = 0; i < CONF_NUMBERS; i++) {
		n = &conf_numbers[i];
		memcpy((char *)&c->limits + n->offset, &n->fallback,
		    sizeof(n->fallback));
	}
	c->level = LOG_LEVEL_INFO;
}

unsigned int
conf_parse(struct conf *c, const char *name, const char *text, size_t len,
    conf_report *report, void *arg)
{
	struct parser p;

	memset(&p, 0, sizeof(p));
	p.conf = c;
	p.name = name;
	p.report = report;
	p.arg = arg;
	p.p = text;
	p.end = text + len;
	p.line = p.statement_line = 1;
	conf_default(c);
	/* A word of n characters takes n + 1 bytes, and at least one. */
	if ((p.words = calloc(2, len + 1)) == NULL) {
		parser_error(&p, "out of memory");
		return (p.errors);
	}
	p.word = p.words;
	if (parse_conf(&p) != 0 && p.errors == 0)
		parser_error(&p, "syntax error");
	if (p.errors == 0)
		set_rest(&p);
	free(p.words);
	return (p.errors);
}

/* Opens the file and checks who can write it; -1 with errno or an error. */
static int
conf_open(const char *path, char *error, size_t size)
{
	struct stat sb;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) ==
	    -1) {
		(void)snprintf(error, size, "%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? "; an empty file takes all defaults, "
				      "see kmsd.conf(5)"
				    : "");
		return (-1);
	}
	if (fstat(fd, &sb) == -1)
		(void)snprintf(error, size, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(sb.st_mode))
		(void)snprintf(error, size, "%s: not a regular file", path);
	else if (sb.st_uid != 0 && sb.st_uid != geteuid())
		(void)snprintf(error, size,
		    "%s: belongs to uid %u; chown it "
		    "to root or to uid %u",
		    path, sb.st_uid, geteuid());
	else if ((sb.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		(void)snprintf(error, size,
		    "%s: others can write it; chmod "
		    "go-w %s",
		    path, path);
	else if (sb.st_size > CONF_SIZE_MAX)
		(void)snprintf(error, size, "%s: longer than %d bytes", path,
		    CONF_SIZE_MAX);
	else
		return (fd);
	(void)close(fd);
	return (-1);
}

unsigned int
conf_load(struct conf *c, const char *path, conf_report *report, void *arg)
{
	char error[2 * PATHS_MAX + 256], *text;
	size_t len = 0;
	ssize_t n = -1;
	unsigned int errors;
	int fd;

	if ((fd = conf_open(path, error, sizeof(error))) == -1) {
		report(arg, error);
		return (1);
	}
	if ((text = malloc(CONF_SIZE_MAX + 1)) != NULL) {
		while ((n = read(fd, text + len, CONF_SIZE_MAX + 1 - len)) > 0)
			len += (size_t)n;
	}
	if (n == -1 || len > CONF_SIZE_MAX) {
		(void)snprintf(error, sizeof(error), "%s: %s", path,
		    n == -1 ? strerror(errno) : "too long");
		report(arg, error);
		errors = 1;
	} else
		errors = conf_parse(c, path, text, len, report, arg);
	free(text);
	(void)close(fd);
	return (errors);
}

void
conf_print_listen(const struct conf_listen *l, char text[CONF_ADDRESS_MAX])
{
	const struct sockaddr_in *in = (const void *)&l->address;
	const struct sockaddr_in6 *in6 = (const void *)&l->address;
	char address[INET6_ADDRSTRLEN];
	const void *bytes = &in->sin_addr;
	uint16_t port = in->sin_port;

	if (l->address.ss_family == AF_INET6) {
		bytes = &in6->sin6_addr;
		port = in6->sin6_port;
	}
	if (inet_ntop(l->address.ss_family, bytes, address, sizeof(address)) ==
	    NULL)
		address[0] = '\0';
	(void)snprintf(
	    text, CONF_ADDRESS_MAX, "%s port %u", address, ntohs(port));
}

static void
print_string(FILE *f, const char *before, const char *s)
{
	(void)fprintf(f, "%s \"", before);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)fputc('\\', f);
		(void)fputc(*s, f);
	}
	(void)fputs("\"\n", f);
}

/* In the largest unit that divides it. */
static void
print_number(FILE *f, const struct conf_number *n, uint32_t value)
{
	static const struct {
		uint32_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	if (!n->duration) {
		(void)fprintf(f, "%s %s %u\n", n->statement, n->name, value);
		return;
	}
	while (value % units[i].seconds != 0)
		i++;
	(void)fprintf(f, "%s %s %u%c\n", n->statement, n->name,
	    value / units[i].seconds, units[i].unit);
}

static void
print_publishers(const struct conf *c, FILE *f)
{
	size_t i;

	for (i = 0; i < c->npublishers; i++)
		print_string(f, "publisher", c->publisher[i]);
	if (c->npublishers == 0)
		(void)fprintf(
		    f, "# publisher: every *.pub in %s\n", c->paths.publisher);
}

int
conf_print(const struct conf *c, FILE *f)
{
	char listen[CONF_ADDRESS_MAX];
	uint32_t value;
	size_t i;

	if (c->directory[0] != '\0')
		print_string(f, "directory", c->directory);
	else
		(void)fprintf(
		    f, "# directory: none, state in %s\n", c->paths.state);
	for (i = 0; i < c->nlisten; i++) {
		conf_print_listen(&c->listen[i], listen);
		(void)fprintf(f, "listen on %s\n", listen);
	}
	print_publishers(c, f);
	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		(void)fprintf(f, "user %s %s\n", role_names[i], c->user[i]);
	for (i = 0; i < LAYER_COUNT; i++)
		(void)fprintf(f, "sandbox %s %s\n",
		    c->require[i] ? "require" : "optional", conf_layers[i]);
	for (i = 0; i < CONF_NUMBERS; i++) {
		memcpy(&value,
		    (const char *)&c->limits + conf_numbers[i].offset,
		    sizeof(value));
		print_number(f, &conf_numbers[i], value);
	}
	(void)fprintf(f, "log %s\n", conf_levels[c->level]);
	return (fflush(f) == EOF || ferror(f) ? -1 : 0);
}

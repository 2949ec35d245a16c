/* Lines and fields of rules.tsv. */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hostile/rules_table.h"

#define LINE_LENGTH 1024
#define FIELDS 9

struct place {
	const char *file;
	unsigned int line;
};

static __attribute__((noreturn)) void
unreadable(const struct place *p, const char *what)
{
	errx(1, "%s:%u: not %s", p->file, p->line, what);
}

static uint32_t
number(const struct place *p, const char **s)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(*s, &end, 10);
	if (**s < '0' || **s > '9' || errno != 0 || n > 1000000)
		unreadable(p, "a number");
	*s = end;
	return ((uint32_t)n);
}

/* "4+2*8" */
static uint32_t
sum(const struct place *p, const char *s)
{
	uint32_t all = 0, product;

	for (;;) {
		product = number(p, &s);
		while (*s == '*') {
			s++;
			product *= number(p, &s);
		}
		all += product;
		if (*s == '\0')
			return (all);
		if (*s++ != '+')
			unreadable(p, "a sum");
	}
}

static void
copy(const struct place *p, char *to, size_t size, const char *from)
{
	if (*from == '\0' || strlcpy(to, from, size) >= size)
		unreadable(p, "a name of a length that has room");
}

/* "idle|batch", of the channel's names. */
static uint32_t
states(const struct place *p, const struct expected_channel *c, char *s)
{
	uint32_t mask = 0;
	char *one;
	int bit;

	if (strcmp(s, "any") == 0)
		return (0xffffffffU);
	while ((one = strsep(&s, "|")) != NULL) {
		for (bit = 0; bit < RULES_STATES_MAX; bit++)
			if (c->state[bit][0] != '\0' &&
			    strcmp(c->state[bit], one) == 0)
				break;
		if (bit == RULES_STATES_MAX)
			unreadable(p, "a state of this channel");
		mask |= 1U << bit;
	}
	return (mask);
}

/* "idle=0 batch=1" */
static void
name_states(const struct place *p, struct expected_channel *c, char *s)
{
	const char *bits;
	char *one, *is;
	uint32_t bit;

	while ((one = strsep(&s, " ")) != NULL) {
		if (*one == '\0')
			continue;
		if ((is = strchr(one, '=')) == NULL)
			unreadable(p, "a state with its bit");
		*is = '\0';
		bits = is + 1;
		if ((bit = number(p, &bits)) >= RULES_STATES_MAX)
			unreadable(p, "a bit");
		copy(p, c->state[bit], sizeof(c->state[bit]), one);
	}
}

static uint32_t
number_or_any(const struct place *p, const char *s)
{
	return (strcmp(s, "-") == 0 ? 0 : sum(p, s));
}

static void
add_rule(const struct place *p, struct expected_channel *c, char **field)
{
	struct expected_rule *r = &c->rule[c->nrules];

	if (c->nrules++ == RULES_TYPES_MAX)
		unreadable(p, "one of as many types as there is room for");
	r->type = (uint16_t)sum(p, field[0]);
	copy(p, r->name, sizeof(r->name), field[1]);
	r->states = states(p, c, field[2]);
	r->min = sum(p, field[3]);
	r->max = sum(p, field[4]);
	r->records = sum(p, field[5]);
	r->fds = sum(p, field[6]);
	r->times = number_or_any(p, field[7]);
	r->secret = strcmp(field[8], "secret") == 0;
	if (!r->secret && strcmp(field[8], "-") != 0)
		unreadable(p, "secret or -");
}

static void
read_line(const struct place *p, struct expected_rules *t, char *line)
{
	struct expected_channel *c;
	char *field[FIELDS + 1];
	size_t n;

	for (n = 0; n <= FIELDS && line != NULL; n++)
		field[n] = strsep(&line, "\t");
	if (strcmp(field[0], "channel") == 0 && n == 2) {
		if (t->nchannels == RULES_CHANNELS_MAX)
			unreadable(p, "one of as many channels as have room");
		c = &t->channel[t->nchannels++];
		copy(p, c->name, sizeof(c->name), field[1]);
		return;
	}
	if (t->nchannels == 0)
		unreadable(p, "a line of a channel");
	c = &t->channel[t->nchannels - 1];
	if (strcmp(field[0], "states") == 0 && n <= 2) {
		if (n == 2)
			name_states(p, c, field[1]);
	} else if (n == FIELDS)
		add_rule(p, c, field);
	else
		unreadable(p, "nine fields");
}

void
rules_table_read(struct expected_rules *t, const char *file)
{
	struct place p = { file, 0 };
	char line[LINE_LENGTH];
	FILE *f;

	memset(t, 0, sizeof(*t));
	if ((f = fopen(file, "r")) == NULL)
		err(1, "%s", file);
	while (fgets(line, sizeof(line), f) != NULL) {
		p.line++;
		if (strchr(line, '\n') == NULL)
			unreadable(&p, "a line of a length that has room");
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			read_line(&p, t, line);
	}
	if (ferror(f) || fclose(f) != 0)
		err(1, "%s", file);
}

const struct expected_channel *
rules_table_find(const struct expected_rules *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->nchannels; i++)
		if (strcmp(t->channel[i].name, name) == 0)
			return (&t->channel[i]);
	return (NULL);
}

const struct expected_rule *
rules_table_type(const struct expected_channel *c, uint16_t type)
{
	size_t i;

	for (i = 0; i < c->nrules; i++)
		if (c->rule[i].type == type)
			return (&c->rule[i]);
	return (NULL);
}

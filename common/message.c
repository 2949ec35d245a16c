/*
 * Messages by their tables: the lines and fields of a type, printed and
 * parsed.  What stands in a value is message_value.c.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/decimal.h"
#include "common/message_value.h"
#include "common/reason.h"

#define KEY_SHOWN_MAX 32 /* characters of an unexpected key in errors */

struct writer {
	const struct message_type *type;
	char *error;
	char *p;
	char *end; /* the NUL has its place here */
	bool limited; /* by the type's length, not by the buffer */
};

struct reader {
	const struct message_type *type;
	char *error;
	const char *line; /* under way, without its newline */
	size_t len;
	const char *next; /* the line after it */
	const char *end;
	unsigned int number; /* of the line, from 1 */
};

/* True if the bytes are a key: [a-z][a-z0-9-]*. */
static bool
is_key(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || s[0] < 'a' || s[0] > 'z')
		return (false);
	for (i = 1; i < len; i++) {
		if ((s[i] < 'a' || s[i] > 'z') && (s[i] < '0' || s[i] > '9') &&
		    s[i] != '-')
			return (false);
	}
	return (true);
}

/* True if the line is one of those that every type keeps and ignores. */
static bool
is_extension(const char *line, size_t len)
{
	const char *space;
	size_t n;

	if (len < 3 || line[0] != 'x' || line[1] != '-' || line[2] == ' ' ||
	    (space = memchr(line, ' ', len)) == NULL)
		return (false);
	n = (size_t)(space - line);
	return (
	    is_key(line, n) && message_text_trimmed(space + 1, len - n - 1));
}

static bool
is_head(const struct message_type *type, const char *line, size_t len)
{
	char version[DECIMAL_MAX];
	size_t n = strlen(type->name), nversion;

	nversion = decimal_print(type->version, version);
	return (len == n + 1 + nversion && memcmp(line, type->name, n) == 0 &&
		line[n] == ' ' && memcmp(line + n + 1, version, nversion) == 0);
}

int
message_is(const struct message_type *type, const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);

	return (
	    newline != NULL && is_head(type, text, (size_t)(newline - text)));
}

static int
fail_room(struct writer *w)
{
	if (w->limited)
		return (reason(w->error, "%s: longer than %zu bytes",
		    w->type->name, w->type->length_max));
	return (reason(w->error, "%s: the buffer is too small", w->type->name));
}

static int
put(struct writer *w, const char *s, size_t len)
{
	if ((size_t)(w->end - w->p) < len)
		return (fail_room(w));
	memcpy(w->p, s, len);
	w->p += len;
	return (0);
}

static int
print_part(struct writer *w, const struct message_field *f,
    const struct message_part *part, const char *element)
{
	char expected[MESSAGE_EXPECTED_MAX];
	int n;

	n = message_value_print(
	    part, element + part->offset, w->p, (size_t)(w->end - w->p));
	if (n == -1)
		return (fail_room(w));
	if (n == 0) {
		message_value_expected(part, expected);
		return (reason(w->error, "%s: %s: not %s", w->type->name,
		    f->key, expected));
	}
	w->p += n;
	return (0);
}

static int
print_element(
    struct writer *w, const struct message_field *f, const char *element)
{
	size_t i;

	if (put(w, f->key, strlen(f->key)) == -1)
		return (-1);
	for (i = 0; i < f->nparts; i++) {
		if (put(w, " ", 1) == -1 ||
		    print_part(w, f, &f->parts[i], element) == -1)
			return (-1);
	}
	return (put(w, "\n", 1));
}

static int
print_repeated(
    struct writer *w, const struct message_field *f, const char *message)
{
	size_t n, i;

	memcpy(&n, message + f->presence, sizeof(n));
	if (n < f->min || n > f->max)
		return (reason(w->error, "%s: %s: %zu times, not %zu to %zu",
		    w->type->name, f->key, n, f->min, f->max));
	for (i = 0; i < n; i++) {
		if (print_element(w, f, message + f->offset + i * f->size) ==
		    -1)
			return (-1);
	}
	return (0);
}

static int
print_extensions(
    struct writer *w, const struct message_field *f, const char *message)
{
	const char *p = message + f->offset, *newline;
	size_t len = strnlen(p, f->max);

	if (len == f->max)
		return (reason(w->error, "%s: x- lines: over %zu bytes",
		    w->type->name, f->max - 1));
	for (; len > 0; len -= (size_t)(newline + 1 - p), p = newline + 1) {
		if ((newline = memchr(p, '\n', len)) == NULL ||
		    !is_extension(p, (size_t)(newline - p)))
			return (reason(w->error, "%s: x- lines: malformed",
			    w->type->name));
		if (put(w, p, (size_t)(newline + 1 - p)) == -1)
			return (-1);
	}
	return (0);
}

static int
print_field(
    struct writer *w, const struct message_field *f, const char *message)
{
	bool present;

	switch (f->need) {
	case MESSAGE_OPTIONAL:
		memcpy(&present, message + f->presence, sizeof(present));
		if (!present)
			return (0);
		break;
	case MESSAGE_REPEATED:
		return (print_repeated(w, f, message));
	case MESSAGE_EXTENSIONS:
		return (print_extensions(w, f, message));
	case MESSAGE_REQUIRED:
		break;
	}
	return (print_element(w, f, message + f->offset));
}

/* Prints n fields; nothing stays in the buffer if that fails. */
static int
print_fields(struct writer *w, const struct message_field *f, size_t n,
    const void *message, char *buf)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (print_field(w, &f[i], message) == -1) {
			*buf = '\0';
			return (-1);
		}
	}
	*w->p = '\0';
	return ((int)(w->p - buf));
}

static int
writer_init(struct writer *w, const struct message_type *type, char *buf,
    size_t size, char *error)
{
	w->type = type;
	w->error = error;
	w->p = buf;
	w->limited = size > type->length_max;
	w->end = buf;
	if (size == 0)
		return (fail_room(w));
	w->end += w->limited ? type->length_max : size - 1;
	*buf = '\0';
	return (0);
}

int
message_print(const struct message_type *type, const void *message, char *buf,
    size_t size, char error[MESSAGE_ERROR_MAX])
{
	char version[DECIMAL_MAX];
	struct writer w;

	if (writer_init(&w, type, buf, size, error) == -1)
		return (-1);
	if (put(&w, type->name, strlen(type->name)) == -1 ||
	    put(&w, " ", 1) == -1 ||
	    put(&w, version, decimal_print(type->version, version)) == -1 ||
	    put(&w, "\n", 1) == -1) {
		*buf = '\0';
		return (-1);
	}
	return (print_fields(&w, type->fields, type->nfields, message, buf));
}

/* The field's index, or the number of fields if no field has this key. */
static size_t
find_field(const struct message_type *type, const char *key)
{
	size_t i;

	for (i = 0; i < type->nfields; i++) {
		if (strcmp(type->fields[i].key, key) == 0)
			break;
	}
	return (i);
}

int
message_print_range(const struct message_type *type, const void *message,
    const char *first, const char *last, char *buf, size_t size,
    char error[MESSAGE_ERROR_MAX])
{
	struct writer w;
	size_t from, to;

	if (writer_init(&w, type, buf, size, error) == -1)
		return (-1);
	from = find_field(type, first);
	to = find_field(type, last);
	if (to == type->nfields || from > to)
		return (reason(error, "%s: no lines from %s to %s", type->name,
		    first, last));
	return (
	    print_fields(&w, type->fields + from, to - from + 1, message, buf));
}

/* Goes to the next line; behind the last one there is an empty one. */
static void
advance(struct reader *r)
{
	const char *newline;

	r->line = r->next;
	r->len = 0;
	r->number++;
	if (r->next == r->end)
		return;
	/* There is one: the text ends with a newline. */
	newline = memchr(r->next, '\n', (size_t)(r->end - r->next));
	r->len = (size_t)(newline - r->next);
	r->next = newline + 1;
}

static bool
has_line(const struct reader *r)
{
	return (r->line != r->end);
}

/* True if the line begins with the key and a space. */
static bool
has_key(const struct reader *r, const char *key)
{
	size_t n = strlen(key);

	return (
	    r->len > n && r->line[n] == ' ' && memcmp(r->line, key, n) == 0);
}

/* Fails on the line under way, which has not the key that must come. */
static int
fail_line(struct reader *r, const char *key)
{
	const char *space = memchr(r->line, ' ', r->len);
	size_t n = space == NULL ? r->len : (size_t)(space - r->line);

	if (!has_line(r))
		return (reason(r->error, "%s: %s is missing at the end",
		    r->type->name, key));
	if (!is_key(r->line, n) || n > KEY_SHOWN_MAX)
		return (reason(r->error, "%s: line %u: expected %s",
		    r->type->name, r->number, key));
	return (reason(r->error, "%s: line %u: expected %s, found %.*s",
	    r->type->name, r->number, key, (int)n, r->line));
}

static int
parse_element(struct reader *r, const struct message_field *f, char *element)
{
	const struct message_part *part;
	char expected[MESSAGE_EXPECTED_MAX];
	const char *p, *space;
	size_t i, n, len;

	n = strlen(f->key) + 1;
	p = r->line + n;
	len = r->len - n;
	for (i = 0; i < f->nparts; i++, p += n + 1, len -= n + 1) {
		part = &f->parts[i];
		n = len;
		if (i + 1 < f->nparts) {
			if ((space = memchr(p, ' ', len)) == NULL)
				return (reason(r->error,
				    "%s: line %u: %s: %zu values expected",
				    r->type->name, r->number, f->key,
				    f->nparts));
			n = (size_t)(space - p);
		}
		if (message_value_parse(part, p, n, element + part->offset) ==
		    -1) {
			message_value_expected(part, expected);
			return (reason(r->error, "%s: line %u: %s: not %s",
			    r->type->name, r->number, f->key, expected));
		}
	}
	advance(r);
	return (0);
}

static int
parse_repeated(struct reader *r, const struct message_field *f, char *message)
{
	size_t n;

	for (n = 0; has_key(r, f->key); n++) {
		if (n == f->max)
			return (reason(r->error,
			    "%s: line %u: %s: more than %zu times",
			    r->type->name, r->number, f->key, f->max));
		if (parse_element(r, f, message + f->offset + n * f->size) ==
		    -1)
			return (-1);
	}
	if (n < f->min)
		return (fail_line(r, f->key));
	memcpy(message + f->presence, &n, sizeof(n));
	return (0);
}

static int
parse_extensions(struct reader *r, const struct message_field *f, char *message)
{
	const char *first = r->line;
	size_t len = 0;

	while (has_line(r) && is_extension(r->line, r->len)) {
		len += r->len + 1;
		if (len >= f->max)
			return (reason(r->error,
			    "%s: line %u: x- lines: over %zu bytes",
			    r->type->name, r->number, f->max - 1));
		advance(r);
	}
	memcpy(message + f->offset, first, len);
	return (0);
}

static int
parse_field(struct reader *r, const struct message_field *f, char *message)
{
	const bool present = true;

	switch (f->need) {
	case MESSAGE_OPTIONAL:
		if (!has_key(r, f->key))
			return (0);
		memcpy(message + f->presence, &present, sizeof(present));
		break;
	case MESSAGE_REPEATED:
		return (parse_repeated(r, f, message));
	case MESSAGE_EXTENSIONS:
		return (parse_extensions(r, f, message));
	case MESSAGE_REQUIRED:
		if (!has_key(r, f->key))
			return (fail_line(r, f->key));
		break;
	}
	return (parse_element(r, f, message + f->offset));
}

static int
parse_lines(struct reader *r, char *message)
{
	const struct message_type *type = r->type;
	size_t i;

	advance(r);
	if (!is_head(type, r->line, r->len))
		return (reason(r->error, "%s: line 1 is not \"%s %u\"",
		    type->name, type->name, type->version));
	advance(r);
	for (i = 0; i < type->nfields; i++) {
		if (parse_field(r, &type->fields[i], message) == -1)
			return (-1);
	}
	return (has_line(r) ? fail_line(r, "the end") : 0);
}

int
message_parse(const struct message_type *type, const char *text, size_t len,
    void *message, char error[MESSAGE_ERROR_MAX])
{
	struct reader r = {
		.type = type, .error = error, .next = text, .end = text + len
	};

	memset(message, 0, type->size);
	if (len > type->length_max)
		return (reason(error, "%s: longer than %zu bytes", type->name,
		    type->length_max));
	if (len == 0 || text[len - 1] != '\n')
		return (reason(
		    error, "%s: the last line has no newline", type->name));
	if (parse_lines(&r, message) == -1) {
		memset(message, 0, type->size);
		return (-1);
	}
	return (0);
}

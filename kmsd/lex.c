/*
 * Cuts kmsd.conf into words as pf.conf does: # comments, "strings", a
 * backslash before the end of a line.  Keywords are keywords only where a
 * statement has them, and never in quotes.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "kmsd/parser.h"
#include "kmsd/parse.h"

static const struct statement {
	const char *word;
	int token;
	const char *usage;
} statements[] = {
	{ "directory", DIRECTORY, "directory PATH" },
	{ "listen", LISTEN, "listen on ADDRESS [port NUMBER]" },
	{ "publisher", PUBLISHER, "publisher FILE" },
	{ "user", USER, "user ROLE NAME" },
	{ "sandbox", SANDBOX, "sandbox require|optional LAYER" },
	{ "limit", LIMIT, "limit NAME NUMBER" },
	{ "deadline", DEADLINE, "deadline hello|request|idle DURATION" },
	{ "log", LOGLEVEL, "log LEVEL" },
};

#define NSTATEMENTS (sizeof(statements) / sizeof(statements[0]))

const char *
lex_usage(int token)
{
	size_t i;

	for (i = 0; i < NSTATEMENTS; i++) {
		if (statements[i].token == token)
			return (statements[i].usage);
	}
	return (NULL);
}

/* Skips blanks, continued lines and a comment. */
static void
skip(struct parser *p)
{
	while (p->p < p->end) {
		if (*p->p == ' ' || *p->p == '\t')
			p->p++;
		else if (*p->p == '\\' && p->end - p->p >= 2 &&
			 p->p[1] == '\n') {
			p->p += 2;
			p->line++;
		} else if (*p->p == '#') {
			while (p->p < p->end && *p->p != '\n')
				p->p++;
		} else
			return;
	}
}

static int
broken(struct parser *p, const char *text)
{
	if (!p->inside)
		p->statement_line = p->line;
	p->inside = true;
	parser_error(p, "%s", text);
	p->reported = true;
	while (p->p < p->end && *p->p != '\n')
		p->p++;
	return (BROKEN);
}

static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 || c == 0x7f);
}

static bool
ends_word(const struct parser *p)
{
	if (*p->p == '\\')
		return (p->end - p->p >= 2 && p->p[1] == '\n');
	return (*p->p != '\0' && strchr(" \t\n#\"", *p->p) != NULL);
}

/* A string in quotes, in which \" and \\ stand for themselves. */
static int
lex_string(struct parser *p)
{
	p->p++;
	while (p->p < p->end && *p->p != '"') {
		if (*p->p == '\n')
			break;
		if (*p->p == '\\' && p->end - p->p >= 2 &&
		    (p->p[1] == '"' || p->p[1] == '\\'))
			p->p++;
		if (is_control(*p->p))
			return (broken(p, "control character in a string"));
		*p->word++ = *p->p++;
	}
	if (p->p == p->end || *p->p != '"')
		return (broken(p, "string without its closing quote"));
	p->p++;
	*p->word++ = '\0';
	return (WORD);
}

static int
lex_word(struct parser *p)
{
	while (p->p < p->end && !is_control(*p->p) && !ends_word(p))
		*p->word++ = *p->p++;
	if (p->p < p->end && is_control(*p->p) && !ends_word(p))
		return (broken(p, "control character (a carriage return?); "
				  "expected plain text"));
	*p->word++ = '\0';
	return (WORD);
}

/* The token of a word where statements have keywords, else WORD. */
static int
keyword(struct parser *p, const char *text, bool first)
{
	char list[256] = "";
	size_t i;

	if (p->keyword == LISTEN && strcmp(text, "on") == 0)
		return (ON);
	if (p->keyword == LISTEN && strcmp(text, "port") == 0)
		return (PORT);
	if (!first)
		return (WORD);
	for (i = 0; i < NSTATEMENTS; i++) {
		if (strcmp(statements[i].word, text) == 0)
			return (p->keyword = statements[i].token);
		(void)strlcat(list, i == 0 ? "" : ", ", sizeof(list));
		(void)strlcat(list, statements[i].word, sizeof(list));
	}
	parser_error(
	    p, "unknown statement \"%.64s\"; expected one of %s", text, list);
	p->reported = true;
	return (BROKEN);
}

/* The end of a line, or of a file whose last line has none. */
static int
lex_newline(struct parser *p)
{
	p->last = "the end of the line";
	p->inside = false;
	if (p->p < p->end) {
		p->p++;
		p->line++;
	}
	return ('\n');
}

int
lex_token(struct parser *p, char **text)
{
	bool first, quoted;
	int token;

	skip(p);
	if (p->p == p->end && !p->inside)
		return (0);
	if (p->p == p->end || *p->p == '\n')
		return (lex_newline(p));
	if ((first = !p->inside)) {
		p->inside = true;
		p->reported = false;
		p->keyword = 0;
		p->statement_line = p->line;
	}
	quoted = *p->p == '"';
	p->last = *text = p->word;
	token = quoted ? lex_string(p) : lex_word(p);
	if (token == WORD && (first || !quoted))
		token = keyword(p, *text, first);
	return (token);
}

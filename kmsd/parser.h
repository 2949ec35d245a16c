/*
 * What lexer, grammar and the settings that it calls share while one file is
 * parsed.
 */
#ifndef KMSD_PARSER_H
#define KMSD_PARSER_H

#include "kmsd/conf.h"

struct parser {
	struct conf *conf;
	const char *name; /* of the file */
	conf_report *report;
	void *arg;
	unsigned int errors;

	/* The lexer's. */
	const char *p, *end;
	unsigned int line; /* of the next character */
	char *words, *word; /* room for words; the next one */
	bool inside; /* of a statement */
	int keyword; /* token of this statement, or 0 */
	unsigned int statement_line; /* where the statement begins */
	bool reported; /* the lexer has named the error */
	const char *last; /* the last token, for errors */

	/* Lines on which something was set that is set only once. */
	unsigned int seen_directory, seen_log;
	unsigned int seen_user[ROLE_COUNT];
	unsigned int seen_layer[LAYER_COUNT];
	unsigned int seen_number[CONF_NUMBERS];
};

/* The grammar, made by yacc: 0, or 1 if it gave up. */
int parse_conf(struct parser *);

/* The next token of parse.h; a word's text goes to *text. */
int lex_token(struct parser *, char **);

/* What a statement looks like, or NULL: "log LEVEL". */
const char *lex_usage(int);

/* Reports an error in the statement that is being read. */
void parser_error(struct parser *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* One for each statement; they report what is wrong. */
void set_directory(struct parser *, const char *);
void set_listen(struct parser *, const char *, const char *);
void set_publisher(struct parser *, const char *);
void set_user(struct parser *, const char *, const char *);
void set_layer(struct parser *, const char *, const char *);
void set_number(struct parser *, const char *, const char *, const char *);
void set_log(struct parser *, const char *);

/* Fills in what the file left out and checks what belongs together. */
void set_rest(struct parser *);

#endif

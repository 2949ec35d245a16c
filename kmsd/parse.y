/* The grammar of kmsd.conf(5). */
%{
#include "config.h"

#include "kmsd/parser.h"

/*
 * byacc and bison agree on no way to pass an argument; the grammar is entered
 * once at a time.
 */
static struct parser *parser;

int yylex(void);
int yyparse(void);
void yyerror(const char *);
%}

%union {
	char *text;
}

%token DIRECTORY LISTEN ON PORT PUBLISHER USER SANDBOX LIMIT DEADLINE LOGLEVEL
%token BROKEN
%token <text> WORD

%%

configuration	: /* empty */
		| configuration '\n'
		| configuration statement '\n'
		| configuration error '\n' {
			yyerrok;
		}
		;

statement	: DIRECTORY WORD {
			set_directory(parser, $2);
		}
		| LISTEN ON WORD {
			set_listen(parser, $3, NULL);
		}
		| LISTEN ON WORD PORT WORD {
			set_listen(parser, $3, $5);
		}
		| PUBLISHER WORD {
			set_publisher(parser, $2);
		}
		| USER WORD WORD {
			set_user(parser, $2, $3);
		}
		| SANDBOX WORD WORD {
			set_layer(parser, $2, $3);
		}
		| LIMIT WORD WORD {
			set_number(parser, "limit", $2, $3);
		}
		| DEADLINE WORD WORD {
			set_number(parser, "deadline", $2, $3);
		}
		| LOGLEVEL WORD {
			set_log(parser, $2);
		}
		;

%%

int
yylex(void)
{
	return (lex_token(parser, &yylval.text));
}

/* Generators word their messages differently: ours says what is expected. */
void
yyerror(const char *unused)
{
	const char *usage;

	(void)unused;
	if (parser->reported)
		return;
	if ((usage = lex_usage(parser->keyword)) == NULL)
		parser_error(parser, "syntax error at %s", parser->last);
	else
		parser_error(parser, "unexpected %s; expected: %s",
		    parser->last, usage);
}

int
parse_conf(struct parser *p)
{
	int error;

	parser = p;
	error = yyparse();
	parser = NULL;
	return (error);
}

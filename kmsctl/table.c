/* Gathers cells and prints them in columns. */
#include "config.h"

#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kmsctl/table.h"

void
table_init(struct table *t, size_t ncolumns, uint32_t right)
{
	memset(t, 0, sizeof(*t));
	t->ncolumns = ncolumns;
	t->right = right;
}

void
table_free(struct table *t)
{
	while (t->ncells > 0)
		free(t->cell[--t->ncells]);
	free(t->cell);
	t->cell = NULL;
	t->room = 0;
}

void
table_text(struct table *t, const char *text)
{
	const size_t room = t->room == 0 ? 64 : 2 * t->room;

	if (t->ncells == t->room) {
		t->cell = reallocarray(t->cell, room, sizeof(*t->cell));
		if (t->cell == NULL)
			err(2, NULL);
		t->room = room;
	}
	if ((t->cell[t->ncells++] = strdup(text)) == NULL)
		err(2, NULL);
}

void
table_format(struct table *t, const char *fmt, ...)
{
	char text[TABLE_CELL_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_text(t, text);
}

size_t
table_width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (((unsigned char)*text & 0xc0) != 0x80)
			n++;
	}
	return (n);
}

static void
spaces(FILE *f, size_t n)
{
	(void)fprintf(f, "%*s", (int)n, "");
}

void
table_print(const struct table *t, FILE *f)
{
	size_t width[TABLE_COLUMNS_MAX] = { 0 };
	size_t column, i, pad;

	for (i = 0; i < t->ncells; i++) {
		column = i % t->ncolumns;
		if (table_width(t->cell[i]) > width[column])
			width[column] = table_width(t->cell[i]);
	}
	for (i = 0; i < t->ncells; i++) {
		column = i % t->ncolumns;
		pad = width[column] - table_width(t->cell[i]);
		if ((t->right & (1U << column)) != 0) {
			spaces(f, pad);
			pad = 0;
		}
		(void)fputs(t->cell[i], f);
		if (column + 1 == t->ncolumns)
			(void)fputc('\n', f);
		else
			spaces(f, pad + 2);
	}
}

/* Aligned columns of text. */
#ifndef KMSCTL_TABLE_H
#define KMSCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 10
#define TABLE_CELL_MAX 512 /* bytes, with the NUL */

struct table {
	size_t ncolumns;
	uint32_t right; /* bit mask of columns that end at the right */
	char **cell;
	size_t ncells, room;
};

/* Ends the program when there is no memory. */
void table_init(struct table *, size_t, uint32_t);
void table_free(struct table *);

/* Cells go from left to right, then to the next line; they are copied. */
void table_text(struct table *, const char *);
void table_format(struct table *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The widest column's cells decide; two spaces between columns. */
void table_print(const struct table *, FILE *);

/* Columns on a terminal that a text takes: characters, not bytes. */
size_t table_width(const char *);

#endif

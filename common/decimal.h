/* Whole numbers as messages write them: digits without leading zeros. */
#ifndef COMMON_DECIMAL_H
#define COMMON_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define DECIMAL_MAX 20 /* digits of the largest uint64_t */

/* Writes the digits, without a NUL.  Returns their number. */
size_t decimal_print(uint64_t, char[DECIMAL_MAX]);

/*
 * Parses exactly what decimal_print() writes, up to a largest value.  Returns
 * 0, or -1.
 */
int decimal_parse(const char *, size_t, uint64_t, uint64_t *);

#endif

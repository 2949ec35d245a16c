/*
 * One part of a message's value: the text of each kind, printed and parsed.
 * For message.c and those who show single values.
 */
#ifndef COMMON_MESSAGE_VALUE_H
#define COMMON_MESSAGE_VALUE_H

#include <stdbool.h>

#include "common/message.h"

#define MESSAGE_EXPECTED_MAX 160 /* bytes of a description, with its NUL */

/*
 * Prints the object as text of at most room bytes; the byte behind may be
 * overwritten too.  Returns the length, 0 if the kind does not allow the
 * value, -1 if the room is too small.
 */
int message_value_print(
    const struct message_part *, const void *, char *, size_t);

/*
 * Parses exactly len bytes into the object.  Returns 0, or -1 if this is not
 * what message_value_print() prints.
 */
int message_value_parse(
    const struct message_part *, const char *, size_t, void *);

/* What the part takes, in words, for errors. */
void message_value_expected(
    const struct message_part *, char[MESSAGE_EXPECTED_MAX]);

/* True for valid text that is not empty and has no space at either end. */
bool message_text_trimmed(const char *, size_t);

#endif

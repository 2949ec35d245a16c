/* Reasons of failures as text, for functions that return -1 and a reason. */
#ifndef COMMON_REASON_H
#define COMMON_REASON_H

/*
 * Formats into error (MESSAGE_ERROR_MAX bytes, may be NULL).  Returns -1, so
 * that a function can end with it.
 */
int reason(char *, const char *, ...) __attribute__((format(printf, 2, 3)));

#endif

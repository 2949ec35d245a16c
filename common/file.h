/*
 * Whole small files, for the tools: read with a limit, created without ever
 * overwriting, replaced so that a crash leaves the old or the new one.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <sys/types.h>

#include <stddef.h>

#define FILE_ERROR_MAX 512 /* bytes, with the NUL */

/*
 * Reads a regular file of at most max bytes; "-" is standard input.  Returns
 * malloc'd bytes with a NUL behind them and sets the length; NULL with the
 * reason, which names the file, in error.
 */
char *file_read(const char *, size_t, size_t *, char[FILE_ERROR_MAX]);

/*
 * Makes a new file and syncs it; an existing one is never touched.  Returns
 * 0, or -1 with the reason in error; nothing is left behind then.
 */
int file_create(
    const char *, mode_t, const void *, size_t, char[FILE_ERROR_MAX]);

/*
 * Writes a temporary file beside it, syncs, renames, syncs the folder.
 * Returns 0, or -1 with the reason in error; the old file is then untouched.
 */
int file_replace(
    const char *, mode_t, const void *, size_t, char[FILE_ERROR_MAX]);

#endif

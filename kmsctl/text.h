/* How values are shown to people; text of others never as it is. */
#ifndef KMSCTL_TEXT_H
#define KMSCTL_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/documents.h"

#define TEXT_SAFE_MAX (4 * 1024 + 1)
#define TEXT_KEY_MAX (2 * KEYNUM_LEN + 1)

/*
 * The text as it is safe on a terminal: valid text without control characters
 * stays as it is where the terminal's locale can show it, all else goes
 * through vis(3).
 */
void text_safe(const char *, size_t, char[TEXT_SAFE_MAX]);

/* A time, or "-" for 0 and what is out of range. */
void text_time(int64_t, char[KTIME_STRLEN]);

/* The key number of a publisher's key in hexadecimal digits. */
void text_key(const uint8_t[PUBKEY_LEN], char[TEXT_KEY_MAX]);

#endif

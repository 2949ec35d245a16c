/* Values as text for people. */
#include "config.h"

#define LIBBSD_OPENBSD_VIS 1 /* or <vis.h> warns of strnvis() */

#include <langinfo.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <vis.h>

#include "common/message.h"
#include "kmsctl/text.h"

static bool
is_ascii(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if ((unsigned char)text[i] > 0x7e)
			return (false);
	}
	return (true);
}

void
text_safe(const char *text, size_t len, char safe[TEXT_SAFE_MAX])
{
	if (len > (TEXT_SAFE_MAX - 1) / 4)
		len = (TEXT_SAFE_MAX - 1) / 4;
	if (message_text_valid(text, len) &&
	    (is_ascii(text, len) ||
		strcmp(nl_langinfo(CODESET), "UTF-8") == 0)) {
		memcpy(safe, text, len);
		safe[len] = '\0';
		return;
	}
	(void)strvisx(safe, text, len, VIS_CSTYLE | VIS_NL | VIS_TAB);
}

void
text_time(int64_t sec, char text[KTIME_STRLEN])
{
	const struct ktime t = { .sec = sec };

	if (sec == 0 || ktime_print(t, text) == -1)
		(void)strlcpy(text, "-", KTIME_STRLEN);
}

void
text_key(const uint8_t key[PUBKEY_LEN], char text[TEXT_KEY_MAX])
{
	size_t i;

	/* Behind the two letters of the algorithm. */
	for (i = 0; i < KEYNUM_LEN; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", key[2 + i]);
}

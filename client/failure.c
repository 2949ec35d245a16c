/* Formats the reasons of failures. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/failure.h"
#include "common/codes.h"

static void __attribute__((format(printf, 3, 0)))
failure_print(struct failure *f, uint32_t code, const char *fmt, va_list ap)
{
	f->code = code;
	f->check = CHECK_NONE;
	f->refused = false;
	f->unverified = CODE_OK;
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
}

int
failure_set(struct failure *f, uint32_t code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	failure_print(f, code, fmt, ap);
	va_end(ap);
	return (-1);
}

int
failure_errno(struct failure *f, const char *fmt, ...)
{
	int saved = errno;
	uint32_t code = CODE_OK;
	size_t len;
	va_list ap;

	if (saved == EACCES || saved == EPERM || saved == EROFS)
		code = CODE_ACCESS_DENIED;
	va_start(ap, fmt);
	failure_print(f, code, fmt, ap);
	va_end(ap);
	len = strlen(f->text);
	(void)snprintf(
	    f->text + len, sizeof(f->text) - len, ": %s", strerror(saved));
	errno = saved;
	return (-1);
}

int
failure_check(struct failure *f, enum check check, const char *detail)
{
	(void)failure_set(f, checks[check].code, "%s%s%s", checks[check].text,
	    detail == NULL ? "" : ": ", detail == NULL ? "" : detail);
	f->check = check;
	return (-1);
}

void
failure_escape(char *out, size_t size, const char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len && n + 5 <= size; i++) {
		if (text[i] >= 0x20 && text[i] < 0x7f && text[i] != '\\') {
			out[n++] = text[i];
			continue;
		}
		(void)snprintf(out + n, 5, "\\x%02x", (unsigned char)text[i]);
		n += 4;
	}
	if (size > 0)
		out[n] = '\0';
}

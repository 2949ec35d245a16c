/*
 * Only in builds with sanitizers, and there in each process that confines
 * itself: it has no environment to take options from, may not start the
 * thread with which the leak checker looks at it, and can't run the program
 * that finds names for addresses.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>

const char *__asan_default_options(void);
void __sanitizer_on_print(const char *);

const char *
__asan_default_options(void)
{
	/* A status that nothing else has: the parent says it in its log. */
	return ("detect_leaks=0:symbolize=0:exitcode=86:handle_abort=1:"
		"strict_string_checks=1:detect_stack_use_after_return=1:"
		"check_initialization_order=1");
}

/*
 * A report begins with a write of nothing, which ends a log that is read from
 * a channel of packets.  So it goes to fd 1, which is nowhere in a child, and
 * its text to the log.
 */
static __attribute__((constructor)) void
report_by_text(void)
{
	__sanitizer_set_report_fd((void *)(uintptr_t)STDOUT_FILENO);
}

void
__sanitizer_on_print(const char *text)
{
	const size_t len = strlen(text);

	if (len != 0 && send(STDERR_FILENO, text, len, MSG_NOSIGNAL) == -1 &&
	    errno == ENOTSOCK)
		(void)!write(STDERR_FILENO, text, len);
}

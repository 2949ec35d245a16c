/* What kms(1) prints: the status as lines, failures with their advice. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/kms_output.h"
#include "common/base64.h"
#include "common/codes.h"
#include "common/ktime.h"
#include "common/uuid.h"

static const int exit_of_state[] = {
	[KMSCLIENT_UNLICENSED] = EXIT_UNLICENSED,
	[KMSCLIENT_LICENSED] = EXIT_LICENSED,
	[KMSCLIENT_OOB_GRACE] = EXIT_GRACE,
	[KMSCLIENT_OOT_GRACE] = EXIT_GRACE,
	[KMSCLIENT_NON_GENUINE_GRACE] = EXIT_GRACE,
	[KMSCLIENT_NOTIFICATION] = EXIT_UNLICENSED,
};

int
output_exit(const struct kmsclient_status *st)
{
	return (exit_of_state[st->state]);
}

/* "label   2026-11-22T10:00:00Z", or the other text where there is none. */
static void
line_time(const char *label, int64_t sec, const char *none)
{
	char text[KTIME_STRLEN];
	struct ktime t = { sec };

	(void)ktime_print(t, text);
	(void)printf("%-12s%s\n", label, sec == 0 ? none : text);
}

static void
line_uuid(const char *label, const uint8_t uuid[UUID_LEN])
{
	char text[UUID_STRLEN];

	uuid_print(uuid, text);
	(void)printf("%-12s%s\n", label, text);
}

static void
line_machine(const struct kmsclient_status *st)
{
	char text[BASE64_LEN(sizeof(st->machine)) + 1];

	/* As in the host's log and in kmsctl(8). */
	(void)base64_encode(
	    text, sizeof(text), st->machine, sizeof(st->machine));
	(void)printf("%-12s%s\n", "machine", text);
}

static void
lines_more(const struct kmsclient_status *st)
{
	line_uuid("uuid", st->product);
	line_machine(st);
	if (st->has_grant != 0) {
		line_time("granted", st->granted, "never");
		line_uuid("certificate", st->certificate);
	}
	line_time("answered", st->answered, "never");
	line_time("clock", st->now, "unknown");
}

void
output_status(const struct kmsclient_status *st, bool verbose)
{
	(void)printf("%-12s%s\n", "product", st->name);
	(void)printf("%-12s%s\n", "state", kmsclient_state_name(st->state));
	if (st->text[0] != '\0')
		(void)printf("%-12s%s\n", "because", st->text);
	line_time("expires", st->expires, "no grant");
	if (st->ends != 0 && st->state != KMSCLIENT_LICENSED)
		line_time("grace until", st->ends, "unknown");
	(void)printf("%-12s%s\n", "host",
	    st->host[0] == '\0' ? "none has answered yet" : st->host);
	if (st->answered != 0)
		(void)printf("%-12s%llu of %llu needed\n", "count",
		    (unsigned long long)st->count,
		    (unsigned long long)st->needed);
	if (st->refusal != 0)
		(void)printf("%-12s%s 0x%08X\n", "refused",
		    kmsclient_code_name(st->refusal), st->refusal);
	line_time("next", st->next, "not planned");
	if (verbose)
		lines_more(st);
}

void
output_failure(const char *text, uint32_t code, uint32_t unverified)
{
	const char *advice = kmsclient_code_advice(unverified);
	bool answered =
	    code == CODE_NO_HOST && unverified != 0 && advice[0] != '\0';

	if (!answered)
		advice = kmsclient_code_advice(code);
	(void)fflush(stdout);
	(void)fprintf(stderr, "kms: %s\n", text);
	if (code == 0)
		return;
	(void)fprintf(
	    stderr, "kms: %s 0x%08X\n", kmsclient_code_name(code), code);
	if (advice[0] != '\0')
		(void)fprintf(stderr, "kms: %s%s\n",
		    answered ? "if the unverified answer is right: " : "",
		    advice);
}

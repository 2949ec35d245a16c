/*
 * Cuts a stream into frames.  What is no frame at the very beginning is
 * perhaps another protocol; a few more bytes are waited for to tell which.
 */
#include "config.h"

#include <string.h>

#include "listener/frames.h"

void
frames_reset(struct frames *f)
{
	f->len = f->frame = 0;
	f->begun = false;
}

uint8_t *
frames_space(struct frames *f, size_t *room)
{
	*room = sizeof(f->buf) - f->len;
	return (f->buf + f->len);
}

void
frames_got(struct frames *f, size_t n)
{
	f->len = (uint16_t)(f->len + n);
}

/* The first bytes of the protocols that wire_guess() knows. */
static bool
may_be_foreign(uint8_t c)
{
	return ((c >= 'A' && c <= 'Z') || c == 0x05 || c == 0x16);
}

static enum frames_result
refuse(const struct frames *f)
{
	if (f->begun || !may_be_foreign(f->buf[0]))
		return (FRAMES_MALFORMED);
	if (strcmp(wire_guess(f->buf, f->len), "unknown") != 0)
		return (FRAMES_FOREIGN);
	return (f->len < FRAMES_GUESS ? FRAMES_MORE : FRAMES_MALFORMED);
}

enum frames_result
frames_next(struct frames *f, struct frame *frame)
{
	int n;

	if (f->frame > 0) {
		f->len = (uint16_t)(f->len - f->frame);
		memmove(f->buf, f->buf + f->frame, f->len);
		f->frame = 0;
	}
	if ((n = wire_frame(f->buf, f->len, WIRE_CLIENT_MAX)) == -1)
		return (refuse(f));
	if (n == 0)
		return (FRAMES_MORE);
	f->frame = (uint16_t)n;
	f->begun = true;
	frame->type = f->buf[2];
	frame->payload = f->buf + 3;
	frame->len = (size_t)n - 3;
	return (FRAMES_ONE);
}

bool
frames_partial(const struct frames *f)
{
	return (f->len > f->frame);
}

const char *
frames_guess(const struct frames *f)
{
	return (wire_guess(f->buf, f->len));
}

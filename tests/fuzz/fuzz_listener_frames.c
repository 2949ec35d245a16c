/*
 * A stream of a client cut into frames and answered, without sockets: the
 * first byte says how many bytes come in a read.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "listener/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
make_offer(struct offers *os)
{
	const struct la_certificate c = { 0, "HOST", "SEAL", 4, 4 };
	const struct la_product p = { { 7 }, { 1 }, 0, 5, 6 };
	const struct la_document d = { { 7 }, { 1 }, FETCH_PRODUCT, "P", 1 };
	const char *why;

	if (offer_begin(os, &why) == -1 ||
	    offer_certificate(os, &c, &why) == -1 ||
	    offer_product(os, &p, &why) == -1 ||
	    offer_document(os, &d, &why) == -1 ||
	    offer_end(os, true, &why) == -1)
		abort();
}

/* Returns false when the connection is to be closed. */
static bool
answer_all(struct answers *a, struct session *s, struct frames *f)
{
	uint8_t out[ANSWER_MAX];
	struct wire_sealed request;
	enum frames_result result;
	enum answer answer;
	struct frame frame;
	size_t len = 0, room;

	while ((result = frames_next(f, &frame)) == FRAMES_ONE) {
		answer = answer_frame(a, s, &frame, out, &len, &request);
		if (answer == ANSWER_HAND_ON) {
			if (!s->hello || request.box < frame.payload ||
			    request.box + request.box_len !=
				frame.payload + frame.len)
				abort();
		} else if (wire_frame(out, len, WIRE_HOST_MAX) != (int)len)
			abort();
		if (answer == ANSWER_SEND_CLOSE)
			return (false);
	}
	(void)frames_space(f, &room);
	if (result == FRAMES_MORE && room == 0)
		abort();
	return (result == FRAMES_MORE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answers a;
	struct session s = { .hello = false };
	struct frames f;
	size_t step, n, room;
	uint8_t *to;

	if (size == 0)
		return (0);
	if (a.offers.current == NULL)
		make_offer(&a.offers);
	step = *data++ + 1u;
	size--;
	frames_reset(&f);
	do {
		to = frames_space(&f, &room);
		n = size < step ? size : step;
		n = n < room ? n : room;
		memcpy(to, data, n);
		frames_got(&f, n);
		data += n;
		size -= n;
	} while (answer_all(&a, &s, &f) && size > 0);
	return (0);
}

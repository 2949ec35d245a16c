/*
 * Frames: the first byte is the type, the rest the payload.  What a decoder
 * takes, its encoder writes again byte for byte.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

union any {
	struct wire_hello hello;
	struct wire_hello_reply hello_reply;
	enum wire_fetch fetch;
	struct wire_sealed sealed;
	struct wire_sealed_reply sealed_reply;
	struct wire_error error;
};

/* Decodes and encodes.  Returns -2 if the payload is refused. */
static int
again(uint8_t type, const uint8_t *p, size_t len, uint8_t *out, size_t size)
{
	union any m;

	switch (type) {
	case WIRE_HELLO:
		return (wire_get_hello(p, len, &m.hello) == -1
			    ? -2
			    : wire_put_hello(&m.hello, out, size));
	case WIRE_HELLO_REPLY:
		return (wire_get_hello_reply(p, len, &m.hello_reply) == -1
			    ? -2
			    : wire_put_hello_reply(&m.hello_reply, out, size));
	case WIRE_FETCH:
		return (wire_get_fetch(p, len, &m.fetch) == -1
			    ? -2
			    : wire_put_fetch(m.fetch, out, size));
	case WIRE_FETCHED:
		return (wire_put_fetched((const char *)p, len, out, size));
	case WIRE_SEALED:
		return (wire_get_sealed(p, len, &m.sealed) == -1
			    ? -2
			    : wire_put_sealed(&m.sealed, out, size));
	case WIRE_SEALED_REPLY:
		return (
		    wire_get_sealed_reply(p, len, &m.sealed_reply) == -1
			? -2
			: wire_put_sealed_reply(&m.sealed_reply, out, size));
	case WIRE_ERROR:
		return (wire_get_error(p, len, &m.error) == -1
			    ? -2
			    : wire_put_error(&m.error, out, size));
	default:
		return (-2);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t out[WIRE_HOST_MAX + 2];
	size_t max;
	int n;

	n = wire_frame(data, len, WIRE_CLIENT_MAX);
	if (n < -1 || n > WIRE_CLIENT_MAX + 2 || (n > 0 && (size_t)n > len))
		abort();
	(void)wire_guess(data, len);
	if (len == 0)
		return (0);
	max = (data[0] & 0x80) != 0 ? WIRE_HOST_MAX : WIRE_CLIENT_MAX;
	n = again(data[0], data + 1, len - 1, out, sizeof(out));
	/* A payload may be well-formed and yet too long for a frame. */
	if (n == -2 || (n == -1 && len > max))
		return (0);
	if (n < 0 || (size_t)n != len + 2 || memcmp(out + 2, data, len) != 0 ||
	    wire_frame(out, (size_t)n, max) != n)
		abort();
	return (0);
}

/* Hosts as people name them: name, name:port, [address]:port. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/named_host.h"
#include "common/decimal.h"
#include "common/message.h"
#include "common/wire.h"

/* Copies len bytes; -1 if they are none or do not fit. */
static int
take(char *out, size_t size, const char *text, size_t len)
{
	if (len == 0 || len >= size)
		return (-1);
	memcpy(out, text, len);
	out[len] = '\0';
	return (0);
}

static int
take_port(struct named_host *h, const char *text)
{
	uint64_t port;

	if (decimal_parse(text, strlen(text), 65535, &port) == -1 || port == 0)
		return (-1);
	return (take(h->port, sizeof(h->port), text, strlen(text)));
}

/* Splits before the port, if there is one.  Sets where it begins. */
static int
split(const char *text, const char **name, size_t *len, const char **port)
{
	const char *end;

	*name = text;
	*port = NULL;
	if (text[0] == '[') {
		if ((end = strchr(text, ']')) == NULL)
			return (-1);
		*name = text + 1;
		*len = (size_t)(end - text) - 1;
		if (end[1] == ':')
			*port = end + 2;
		return (end[1] == ':' || end[1] == '\0' ? 0 : -1);
	}
	*len = strlen(text);
	end = strchr(text, ':');
	if (end != NULL && strchr(end + 1, ':') == NULL) {
		*len = (size_t)(end - text);
		*port = end + 1;
	}
	return (0);
}

int
named_host_parse(struct named_host *h, const char *text)
{
	const char *name, *port;
	size_t len;

	memset(h, 0, sizeof(*h));
	if (take(h->named, sizeof(h->named), text, strlen(text)) == -1 ||
	    !message_text_valid(text, strlen(text)))
		return (-1);
	if (split(text, &name, &len, &port) == -1 ||
	    take(h->host, sizeof(h->host), name, len) == -1)
		return (-1);
	if (port != NULL)
		return (take_port(h, port));
	(void)snprintf(h->port, sizeof(h->port), "%d", WIRE_PORT);
	return (0);
}

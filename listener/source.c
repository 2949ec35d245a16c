/*
 * Addresses of clients, in the one form that limits, log and records use.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "listener/source.h"

#define MAPPED_LEN 12 /* bytes before the IPv4 address */
#define PREFIX_LEN 8 /* bytes of a /64 */

static const uint8_t mapped[MAPPED_LEN] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

void
source_address(const struct sockaddr *sa, uint8_t address[SOURCE_LEN])
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(address, 0, SOURCE_LEN);
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(address, mapped, MAPPED_LEN);
		memcpy(address + MAPPED_LEN, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(address, &in6.sin6_addr, SOURCE_LEN);
	}
}

void
source_key(const uint8_t address[SOURCE_LEN], uint8_t key[SOURCE_LEN])
{
	memcpy(key, address, SOURCE_LEN);
	if (memcmp(address, mapped, MAPPED_LEN) != 0)
		memset(key + PREFIX_LEN, 0, SOURCE_LEN - PREFIX_LEN);
}

const char *
source_text(const uint8_t address[SOURCE_LEN], char *text)
{
	bool v4 = memcmp(address, mapped, MAPPED_LEN) == 0;

	if (inet_ntop(v4 ? AF_INET : AF_INET6,
		v4 ? address + MAPPED_LEN : address, text,
		SOURCE_TEXT_MAX) == NULL)
		text[0] = '\0';
	return (text);
}

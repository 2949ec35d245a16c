/* What a machine says about itself: identity, name, whether it is virtual. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "client/hardware.h"
#include "common/codes.h"

#define MACHINE_ID_FILE "/etc/machine-id"
#define CPU_FILE "/proc/cpuinfo"
#define CPU_MAX 8192 /* bytes: the first processor's flags stand in them */

/* The first bytes of a file.  Returns their number, or -1 with errno. */
static ssize_t
read_start(const char *path, char *buf, size_t size)
{
	size_t got = 0;
	ssize_t n = 0;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	while (got < size && (n = read(fd, buf + got, size - got)) > 0)
		got += (size_t)n;
	(void)close(fd);
	return (n == -1 ? -1 : (ssize_t)got);
}

int
hardware_identity(char identity[HARDWARE_IDENTITY_MAX], struct failure *f)
{
	ssize_t n;

	n = read_start(MACHINE_ID_FILE, identity, HARDWARE_IDENTITY_MAX);
	if (n == -1)
		return (failure_set(f, CODE_OK,
		    "%s: %s; name an identity of this machine instead",
		    MACHINE_ID_FILE, strerror(errno)));
	while (n > 0 && (identity[n - 1] == '\n' || identity[n - 1] == ' '))
		n--;
	if (n < 32)
		return (failure_set(f, CODE_OK,
		    "%s: not initialised; name an identity of this machine "
		    "instead",
		    MACHINE_ID_FILE));
	return ((int)n);
}

void
hardware_hash(const char *identity, size_t len, const uint8_t product[UUID_LEN],
    uint8_t hardware[HARDWARE_LEN])
{
	(void)crypto_generichash(hardware, HARDWARE_LEN,
	    (const unsigned char *)identity, len, product, UUID_LEN);
}

void
hardware_name(char name[HOST_MAX + 1])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-";
	char raw[HOST_MAX + 1] = "";
	size_t i, n = 0;

	if (gethostname(raw, sizeof(raw) - 1) == -1)
		raw[0] = '\0';
	for (i = 0; raw[i] != '\0'; i++)
		name[n++] = strchr(allowed, raw[i]) != NULL ? raw[i] : '-';
	name[n] = '\0';
	if (n == 0)
		memcpy(name, "unknown", sizeof("unknown"));
}

bool
hardware_virtual(void)
{
	char buf[CPU_MAX];
	ssize_t n;

	n = read_start(CPU_FILE, buf, sizeof(buf));
	return (n > 0 && memmem(buf, (size_t)n, " hypervisor", 11) != NULL);
}

/* kmsd.conf: what parses prints, and what is printed parses to the same. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "kmsd/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
report(void *arg, const char *line)
{
	(void)arg;
	if (strchr(line, '\n') != NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct conf first, second;
	char *text = NULL;
	size_t printed;
	FILE *f;

	if (len > CONF_SIZE_MAX ||
	    conf_parse(&first, "fuzz", (const char *)data, len, report, NULL) !=
		0)
		return (0);
	if ((f = open_memstream(&text, &printed)) == NULL)
		abort();
	if (conf_print(&first, f) == -1 || fclose(f) == EOF)
		abort();
	if (conf_parse(&second, "printed", text, printed, report, NULL) != 0 ||
	    memcmp(&first, &second, sizeof(first)) != 0)
		abort();
	free(text);
	return (0);
}

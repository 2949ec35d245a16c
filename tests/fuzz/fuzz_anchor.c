/*
 * The files that the parent keeps, and what the activator takes them for: what
 * parses prints to the same bytes, and an edge has a root.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/anchor.h"
#include "common/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(const char *printed, int n, const char *text, size_t len)
{
	if (n == -1 || (size_t)n != len || memcmp(printed, text, len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct manifest manifest;
	char error[MESSAGE_ERROR_MAX], again[MANIFEST_MAX];
	const char *text = (const char *)data;
	struct anchor anchor;
	struct tree_hash root;

	if (anchor_parse(text, len, &anchor, error) == 0) {
		same(again, anchor_print(&anchor, again), text, len);
		tree_root(&anchor.edge, &root);
	} else if (memchr(error, '\0', sizeof(error)) == NULL)
		abort();
	if (manifest_parse(text, len, &manifest, error) == 0)
		same(again, manifest_print(&manifest, again), text, len);
	else if (memchr(error, '\0', sizeof(error)) == NULL)
		abort();
	return (0);
}

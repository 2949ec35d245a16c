/*
 * Runs a fuzz target over every file of its corpus once and prints TAP: the
 * corpus as a regression test, with any compiler.
 */
#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
run_file(const char *path)
{
	static uint8_t buf[1 << 20];
	FILE *f;
	size_t len;

	if ((f = fopen(path, "rb")) == NULL)
		err(1, "%s", path);
	len = fread(buf, 1, sizeof(buf), f);
	if (ferror(f))
		err(1, "%s", path);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(buf, len);
}

int
main(int argc, char *argv[])
{
	char dir[PATH_MAX], path[PATH_MAX];
	const char *name, *top;
	struct dirent *e;
	DIR *d;
	int n = 0;

	(void)argc;
	if ((name = strstr(argv[0], "fuzz_")) == NULL)
		errx(1, "%s: not named fuzz_NAME", argv[0]);
	while (strstr(name + 1, "fuzz_") != NULL)
		name = strstr(name + 1, "fuzz_");
	if ((top = getenv("TOP_SRCDIR")) == NULL)
		top = ".";
	if (snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", top,
		name + strlen("fuzz_")) >= (int)sizeof(dir))
		errx(1, "%s: path too long", top);
	if ((d = opendir(dir)) == NULL)
		err(1, "%s", dir);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >=
		    (int)sizeof(path))
			errx(1, "%s: path too long", dir);
		run_file(path);
		printf("ok %d - %s\n", ++n, e->d_name);
	}
	(void)closedir(d);
	if (n == 0)
		printf("not ok 1 - the corpus in %s is empty\n", dir);
	printf("1..%d\n", n == 0 ? 1 : n);
	return (0);
}

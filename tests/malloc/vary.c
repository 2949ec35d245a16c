/*
 * Stands where a child's program should be, and starts that program, which
 * was moved to the folder real beside it, with the allocator's tunables that
 * stand in the file real/tunables: a child's environment is empty otherwise.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TUNABLES_MAX 1024 /* bytes */
#define EXIT_CANNOT 87

static int
read_tunables(const char *path, char *line, size_t size)
{
	FILE *f;
	int ret = -1;

	if ((f = fopen(path, "re")) == NULL)
		return (-1);
	if (fgets(line, (int)size, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		ret = 0;
	}
	(void)fclose(f);
	return (ret);
}

int
main(int argc, char *argv[])
{
	char path[PATH_MAX], file[PATH_MAX], tunables[TUNABLES_MAX];
	char *envp[2] = { tunables, NULL };
	const char *name;
	int folder;

	if (argc < 1 || (name = strrchr(argv[0], '/')) == NULL)
		return (EXIT_CANNOT);
	folder = (int)(name - argv[0]);
	if (snprintf(path, sizeof(path), "%.*s/real%s", folder, argv[0],
		name) >= (int)sizeof(path) ||
	    snprintf(file, sizeof(file), "%.*s/real/tunables", folder,
		argv[0]) >= (int)sizeof(file) ||
	    read_tunables(file, tunables, sizeof(tunables)) == -1)
		return (EXIT_CANNOT);
	(void)execve(path, argv, envp);
	return (EXIT_CANNOT);
}

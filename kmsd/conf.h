/*
 * The configuration of kmsd (kmsd.conf(5)): its struct, defaults, reading,
 * printing.  What is printed reads back to the same configuration.
 */
#ifndef KMSD_CONF_H
#define KMSD_CONF_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/ipc_parent.h"
#include "common/paths.h"
#include "common/start.h"

#define CONF_SIZE_MAX 65536 /* bytes of the file */
#define CONF_USER_MAX 32 /* bytes, with the NUL */
#define CONF_ADDRESS_MAX 64 /* "ffff:... port 65535" with its NUL */

struct conf_listen {
	struct sockaddr_storage address;
	socklen_t len;
};

/* The layers of confinement that may be required or optional. */
enum conf_layer {
	LAYER_FILES,
	LAYER_TCP,
	LAYER_SIGNALS,
	LAYER_SYSCALLS,
	LAYER_COUNT
};

extern const char *const conf_layers[LAYER_COUNT];
extern const char *const conf_levels[LOG_LEVEL_DEBUG + 1];

struct conf {
	char directory[PATHS_MAX]; /* "": the paths of the build */
	struct paths paths;
	struct conf_listen listen[START_LISTEN_MAX];
	size_t nlisten;
	/* Publishers' keys; none means every *.pub in paths.publisher. */
	char publisher[START_PUBLISHERS_MAX][PATHS_MAX];
	size_t npublishers;
	char user[ROLE_COUNT][CONF_USER_MAX];
	bool require[LAYER_COUNT];
	struct limits limits;
	enum log_level level;
};

/* A number of struct limits that a statement sets. */
struct conf_number {
	const char *statement; /* "limit", "deadline" */
	const char *name;
	size_t offset; /* in struct limits */
	uint32_t fallback, min, max;
	bool duration; /* written as 4h, kept in seconds */
};

#define CONF_NUMBERS 9
extern const struct conf_number conf_numbers[CONF_NUMBERS];

/* Gets each error as one line without a newline: "FILE:LINE: text". */
typedef void conf_report(void *, const char *);

/*
 * Parses len bytes; name stands in the errors.  Returns 0, or the number of
 * errors that were reported; the configuration is then not to be used.
 */
unsigned int conf_parse(
    struct conf *, const char *, const char *, size_t, conf_report *, void *);

/*
 * Reads a file that only its owner, who is root or the user, can write.
 * Returns as conf_parse().
 */
unsigned int conf_load(struct conf *, const char *, conf_report *, void *);

/* Prints everything that is in force.  Returns 0, or -1 on a write error. */
int conf_print(const struct conf *, FILE *);

/* "ADDRESS port N", as in a listen statement. */
void conf_print_listen(const struct conf_listen *, char[CONF_ADDRESS_MAX]);

#endif

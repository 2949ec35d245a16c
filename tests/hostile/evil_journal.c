/*
 * The file in which an evil child says what it did.  Whoever reads it may do so
 * after this process was killed at any moment: a record counts when the number
 * of bytes in use has grown over it.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/hostile/evil.h"

#define FRAMES_AT 4096
#define FRAMES 64
#define NEWEST 3
#define RECORDS_AT (FRAMES_AT + FRAMES * FRAME_MAX)
#define HOW_LEN 32

struct head {
	_Atomic uint64_t used; /* bytes behind RECORDS_AT */
	uint64_t frames; /* kept so far */
	uint64_t lost; /* records for which there was no room */
	uint64_t outlived; /* broken rules */
};

struct record {
	uint32_t len; /* of what follows */
	uint8_t kind, peer;
	uint16_t role;
	uint32_t generation, number;
	char how[HOW_LEN];
};

static uint8_t *map;
static size_t size;
static uint32_t current;

/* Beside the folder that is to be the root; as this process's first user. */
int
journal_open(const char *root)
{
	char path[512], *slash;
	struct stat st;
	void *p = MAP_FAILED;
	int fd;

	(void)snprintf(path, sizeof(path), "%s", root);
	if ((slash = strrchr(path, '/')) == NULL)
		return (-1);
	(void)snprintf(slash, sizeof(path) - (size_t)(slash - path), "/evil");
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return (-1);
	if (fstat(fd, &st) == 0 && st.st_size > RECORDS_AT)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p == MAP_FAILED)
		return (-1);
	map = p;
	size = (size_t)st.st_size;
	return (0);
}

bool
journal_is_open(void)
{
	return (map != NULL);
}

void
journal_begin(uint32_t generation, uint32_t seed)
{
	current = generation;
	journal_put('G', ROLE_PARENT, 0, "begins", &seed, sizeof(seed));
}

void
journal_put(char kind, enum role peer, uint32_t number, const char *how,
    const void *data, size_t len)
{
	struct head *head = (struct head *)map;
	struct record r = { .len = (uint32_t)len,
		.kind = (uint8_t)kind,
		.peer = (uint8_t)peer,
		.role = (uint16_t)evil_role.role,
		.generation = current,
		.number = number };
	uint64_t used;
	uint8_t *p;

	if (map == NULL)
		return;
	used = atomic_load(&head->used);
	if (used + sizeof(r) + len > size - RECORDS_AT) {
		head->lost++;
		return;
	}
	if (kind == 'O')
		head->outlived++;
	(void)strlcpy(r.how, how, sizeof(r.how));
	p = map + RECORDS_AT + used;
	memcpy(p, &r, sizeof(r));
	if (len > 0)
		memcpy(p + sizeof(r), data, len);
	atomic_store(&head->used, used + sizeof(r) + len);
}

void
journal_keep_frame(const void *data, size_t len)
{
	struct head *head = (struct head *)map;
	const uint32_t n = (uint32_t)len;
	uint8_t *p;

	if (map == NULL || len > FRAME_MAX - sizeof(n))
		return;
	p = map + FRAMES_AT + head->frames % FRAMES * FRAME_MAX;
	memcpy(p + sizeof(n), data, len);
	memcpy(p, &n, sizeof(n));
	head->frames++;
}

size_t
journal_frame(uint8_t frame[FRAME_MAX])
{
	const struct head *head = (const struct head *)map;
	uint64_t n;
	const uint8_t *p;
	uint32_t len;

	if (map == NULL || head->frames == 0)
		return (0);
	/* Mostly the newest: older ones are of other generations. */
	n = evil_one_in(3) ? FRAMES : NEWEST;
	if (n > head->frames)
		n = head->frames;
	n = (head->frames - 1 - evil_below((uint32_t)n)) % FRAMES;
	p = map + FRAMES_AT + n * FRAME_MAX;
	memcpy(&len, p, sizeof(len));
	if (len > FRAME_MAX - sizeof(len))
		return (0);
	memcpy(frame, p + sizeof(len), len);
	return (len);
}

/*
 * A disk in memory for SQLite: it forgets what was not synced when its power
 * is cut, at an event of the test's choice, and can fail the n-th call.  Of a
 * sync that fails it keeps nothing, though all of it can still be read: the next
 * one succeeds without it, as with the page cache of Linux.
 */
#ifndef TESTS_DURABILITY_DISK_H
#define TESTS_DURABILITY_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_VFS "disk"

/* What a cut leaves of the writes since the last sync. */
enum disk_mode {
	DISK_DROP, /* nothing */
	DISK_KEEP, /* all: as if only the process had died */
	DISK_TEAR /* any of their sectors */
};

enum disk_call {
	DISK_READ,
	DISK_WRITE,
	DISK_SYNC,
	DISK_TRUNCATE,
	DISK_OPEN,
	DISK_DELETE,
	DISK_SIZE,
	DISK_CALLS
};

struct disk;

/* Registers the VFS (once) on a new, empty disk. */
struct disk *disk_new(void);
void disk_free(struct disk *);

/* The power goes at this event; 0 is never. */
void disk_cut_at(struct disk *, unsigned int);

/* Counts an event; a sync counts two, before and after. */
void disk_event(struct disk *);
unsigned int disk_events(const struct disk *);
bool disk_dead(const struct disk *);

/* The n-th such call from now on fails with this SQLite code; 0 is never. */
void disk_fail(struct disk *, enum disk_call, unsigned int, int);
/* Whether that call came. */
bool disk_failed(const struct disk *);
/* From now on files are opened for reading only. */
void disk_read_only(struct disk *);

/* How many such calls there were. */
unsigned int disk_calls(const struct disk *, enum disk_call);

/* After the connection is closed: what is on the disk when it is powered. */
void disk_power_on(struct disk *, enum disk_mode, uint64_t *);

#endif

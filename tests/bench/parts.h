/*
 * What an activation can't do without, measured alone and in the same run:
 * the floor of cryptography, an echo of equal frames, one upsert and one entry
 * in SQLite at an equal batch, and the device's fdatasync.
 */
#ifndef BENCH_PARTS_H
#define BENCH_PARTS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Each returns nanoseconds of CPU for one activation (fdatasync: of wall time
 * for one call), or a negative number if it could not be measured.
 */

/* One beforenm, one signature, one opening, one sealing. */
double part_floor(uint64_t, size_t, size_t);

/* The server's half of an epoll echo on loopback: in bytes, out bytes. */
double part_echo(uint64_t, size_t, size_t, size_t);

/* An upsert and an entry, so many a transaction, below this folder. */
double part_store(uint64_t, const char *, size_t);

double part_fdatasync(uint64_t, const char *);

#endif

/* The anchor and the manifest, between the activator's records and the disk. */
#ifndef KMSD_STATE_H
#define KMSD_STATE_H

#include "kmsd/kmsd.h"

/*
 * Reads both files.  A missing anchor is an error, a missing manifest not.
 * Returns 0, or -1 with the reason in error.
 */
int state_open(struct kmsd *, char *, size_t);

/* Makes the timers; needs the event base.  Returns 0, or -1. */
int state_start(struct kmsd *);

/*
 * A newer anchor: kept in memory, written at most once a second, and tried
 * again each second if the disk refuses; after a while nobody is served, so
 * that it becomes no newer.  Returns -1 if its length is out of bounds, else 0.
 */
int state_anchor(struct kmsd *, const void *, size_t);

/*
 * A newer manifest: written at once, then confirmed under its sequence; tried
 * again each second if the disk refuses.  As state_anchor().
 */
int state_manifest(struct kmsd *, uint32_t, const void *, size_t);

/* Writes what is dirty, last of all.  Returns -1 if something is lost. */
int state_flush(struct kmsd *);

#endif

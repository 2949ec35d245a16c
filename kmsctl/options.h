/*
 * The options that stand before the command, as they were given: what kmsctl
 * tells its user to type next shall work as it is typed.
 */
#ifndef KMSCTL_OPTIONS_H
#define KMSCTL_OPTIONS_H

/* Notes -d, -f and -s, each NULL where it was not given. */
void options_note(const char *, const char *, const char *);

/* Each as a shell takes it, behind a blank: " -d /srv/kms"; else "". */
const char *options_typed(void);

/* " -f FILE" for kmsd, which reads this configuration; like options_typed(). */
const char *options_of_kmsd(const char *);

/* Of -d, or NULL. */
const char *options_directory(void);

#endif

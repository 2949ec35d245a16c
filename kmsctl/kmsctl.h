/* What the commands of kmsctl share: where the host's files are. */
#ifndef KMSCTL_KMSCTL_H
#define KMSCTL_KMSCTL_H

#include "kmsctl/ask.h"
#include "kmsctl/options.h"
#include "kmsd/conf.h"

struct kmsctl {
	struct conf conf; /* its paths, and the store's user */
	const char *file; /* the configuration that was read, or NULL */
	const char *socket; /* -s, or NULL */
};

/*
 * Connects for a change (control.sock), or for a question (control.sock where
 * the user may, else status.sock).  As ask_open().
 */
int kmsctl_change(const struct kmsctl *, struct ask *);
int kmsctl_question(const struct kmsctl *, struct ask *);

/* Ends the program with the usage of one command, and why. */
void kmsctl_usage(const char *, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/*
 * The same for an option of the command's: what getopt(3) returned, which was
 * given ":" so that it says nothing itself.
 */
void kmsctl_wrong_option(char *const[], int) __attribute__((noreturn));

/* The commands; each returns the exit status. */
int init_main(struct kmsctl *, int, char **);
int install_main(struct kmsctl *, int, char **);
int activate_main(struct kmsctl *, int, char **);
int stop_main(struct kmsctl *, int, char **);
int clock_accept(struct kmsctl *, int, char **);

int show_main(struct kmsctl *, int, char **);
int show_host(struct kmsctl *, int, char **);
int show_sandbox(struct kmsctl *, int, char **);
int show_counters(struct kmsctl *, int, char **);
int show_count(struct kmsctl *, int, char **);
int show_products(struct kmsctl *, int, char **);
int show_documents(struct kmsctl *, int, char **);
int show_machines(struct kmsctl *, int, char **);
int show_logs(struct kmsctl *, int, char **);

int audit_show(struct kmsctl *, int, char **);
int audit_checkpoint(struct kmsctl *, int, char **);
int audit_verify(struct kmsctl *, int, char **);
int audit_accept_rollback(struct kmsctl *, int, char **);

#endif

/*
 * libkmsclient: whether a product is licensed on this machine, and asking an
 * activation host for a grant.  See kmsclient(3).
 *
 * The library keeps no global state, prints nothing and never ends the
 * process.  A handle may be used by one thread at a time, different handles
 * by different threads at once.  Names may not be NULL unless it is said.
 */
#ifndef KMSCLIENT_H
#define KMSCLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KMSCLIENT_UUID_LEN 16 /* bytes */
#define KMSCLIENT_NAME_MAX 128 /* bytes, without the NUL */
#define KMSCLIENT_HOST_MAX 280 /* bytes, without the NUL */
#define KMSCLIENT_TEXT_MAX 511 /* bytes, without the NUL */
#define KMSCLIENT_HOSTS_MAX 16

struct kmsclient;

enum kmsclient_state {
	KMSCLIENT_UNLICENSED,
	KMSCLIENT_LICENSED,
	KMSCLIENT_OOB_GRACE, /* no grant yet */
	KMSCLIENT_OOT_GRACE, /* the hardware is another */
	KMSCLIENT_NON_GENUINE_GRACE, /* the certificate is void */
	KMSCLIENT_NOTIFICATION /* grant or grace has ended */
};

/* Times are seconds since 1970-01-01T00:00:00Z, 0 where there is none. */
struct kmsclient_status {
	uint8_t product[KMSCLIENT_UUID_LEN];
	char name[KMSCLIENT_NAME_MAX + 1]; /* UTF-8 */
	int32_t state; /* enum kmsclient_state */
	uint32_t code; /* why it is not licensed, or 0 */
	char text[KMSCLIENT_TEXT_MAX + 1]; /* the same in words, or "" */
	int64_t now; /* latest known time */
	int64_t granted; /* when the grant was given */
	int64_t expires; /* when the grant ends or ended */
	int64_t ends; /* when this state ends by itself */
	int64_t next; /* when to ask a host again */
	int64_t answered; /* the newest answer, host's time */
	uint64_t count, needed; /* machines, in that answer */
	uint32_t refusal; /* its code if it refused, or 0 */
	char host[KMSCLIENT_HOST_MAX + 1]; /* who gave it, or "" */
	uint8_t certificate[KMSCLIENT_UUID_LEN]; /* of the grant, or zero */
	uint8_t machine[16]; /* the machine's id, or zero */
	uint8_t has_grant; /* 1: the five fields of it are set */
};

/*
 * A new handle without settings.  NULL if there is no memory or libsodium
 * does not start.  The caller ends it with kmsclient_close(), which takes
 * NULL too.
 */
struct kmsclient *kmsclient_open(void);
void kmsclient_close(struct kmsclient *);

/*
 * Settings.  What they are given is copied.  Return 0, or -1 (see
 * kmsclient_error()).
 *
 * publisher: the text of the publisher's signify public key; required.
 * product: the signed kms-product that ships with the product; required.
 * state: the state directory; by default /var/lib/kms for root, else
 *   ~/.local/share/kms, and for reading /var/lib/kms if that is missing.
 * identity: bytes that name this machine, instead of /etc/machine-id.
 * virtual: 1 or 0, instead of what the processor says.
 * timeout: seconds for each step of a conversation, 1 to 60; default 20.
 */
int kmsclient_set_publisher(struct kmsclient *, const char *, size_t);
int kmsclient_set_product(struct kmsclient *, const char *, size_t);
int kmsclient_set_state(struct kmsclient *, const char *);
int kmsclient_set_identity(struct kmsclient *, const void *, size_t);
int kmsclient_set_virtual(struct kmsclient *, int);
int kmsclient_set_timeout(struct kmsclient *, int);

/*
 * Adds a host to ask, after those added before: "name", "name:port",
 * "[address]:port"; the port is 1688 by default.  Returns 0 or -1.
 */
int kmsclient_add_host(struct kmsclient *, const char *);

/*
 * A function that is told, in one line without a newline, what is under way.
 * It gets the argument; NULL ends it.  What hosts said is escaped.
 */
void kmsclient_set_log(
    struct kmsclient *, void (*)(void *, const char *), void *);

/*
 * Asks the hosts, in their order, for a grant, until one answers for good.
 * Writes the state directory and blocks for up to the timeout a step.
 * Returns 0 if a grant was given, or -1.
 */
int kmsclient_activate(struct kmsclient *);

/*
 * The same if a grant is held and the time of its renewal has come, or if it
 * is held and the second argument is not 0.  Returns 0 if a grant was given,
 * 1 if nothing was due, or -1.
 */
int kmsclient_renew(struct kmsclient *, int);

/*
 * How this machine stands with the product, from the state directory alone:
 * asks nobody, writes nothing, needs no rights but to read.  The last argument is
 * the size of the caller's struct; later versions may add fields at the end.
 * Returns 0, or -1 if the state can't be read; a product then takes itself
 * for unlicensed.
 */
int kmsclient_status(struct kmsclient *, struct kmsclient_status *, size_t);

/*
 * Why the last call on this handle returned -1: a text for people, and a code
 * (0 where there is none).  Both hold until the next call on the handle.
 */
const char *kmsclient_error(const struct kmsclient *);
uint32_t kmsclient_code(const struct kmsclient *);

/* 1 if that was the refusal of a host whose reply was believed, else 0. */
int kmsclient_refused(const struct kmsclient *);

/*
 * The first code that a host which gave no grant gave without a signature, or
 * 0; kmsclient_code() is then not that, since anybody can have said it.
 */
uint32_t kmsclient_unverified(const struct kmsclient *);

/* Constant texts: of a state, of a code ("unknown" if it is not ours). */
const char *kmsclient_state_name(int);
const char *kmsclient_code_name(uint32_t);
const char *kmsclient_code_advice(uint32_t);

#ifdef __cplusplus
}
#endif

#endif

/* What a handle of libkmsclient holds: settings, and the last failure. */
#ifndef CLIENT_HANDLE_H
#define CLIENT_HANDLE_H

#include "client/hardware.h"
#include "client/named_host.h"
#include "common/documents.h"
#include "common/signify.h"

struct kmsclient {
	struct pubkey publisher;
	bool has_publisher;
	char *product; /* signed document */
	size_t product_len;
	char *dir; /* NULL: the default */
	char identity[HARDWARE_IDENTITY_MAX];
	size_t identity_len; /* 0: /etc/machine-id */
	int virtual; /* -1: find out */
	int64_t timeout; /* milliseconds */
	struct named_host host[KMSCLIENT_HOSTS_MAX];
	size_t nhosts;
	void (*log)(void *, const char *);
	void *log_arg;
	struct failure failure;
};

/* Tells the handle's log function, if there is one. */
void handle_log(const struct kmsclient *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif

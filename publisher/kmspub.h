/* The commands of kmspub(1) and what several of them share. */
#ifndef PUBLISHER_KMSPUB_H
#define PUBLISHER_KMSPUB_H

#include "common/documents.h"
#include "common/signify.h"

/* Each takes the arguments behind its words and returns an exit status. */
int keys_main(int, char *[]); /* keygen, issuer */
int product_new_main(int, char *[]);
int product_sign_main(int, char *[]);
int product_check_main(int, char *[]);
int host_certify_main(int, char *[]);
int revoke_main(int, char *[]);

/* Prints the command's usage line and exits 2. */
void usage(const char *) __attribute__((noreturn));

/* The words of the command, as the user gave them: "product sign". */
const char *command_name(void);

/* Loads or dies with the reason. */
void load_public(const char *, struct pubkey *);
void load_secret(const char *, struct seckey *);

/* Signs a message and writes it to a new file, or dies with the reason. */
void sign_to_file(const struct seckey *, const struct message_type *,
    const void *, const char *);

/* "30d", "12h" and so on, in seconds; dies if it is none. */
int64_t duration_argument(char, const char *);
/* A number between the bounds; dies if it is none. */
long long number_argument(char, const char *, long long, long long);

#endif

/* The database of kmsd-audit: opened for itself alone, and never changed. */
#ifndef KMSCTL_VERIFY_DB_H
#define KMSCTL_VERIFY_DB_H

#include "kmsctl/verify.h"
#include "store/db.h"

/*
 * Opens FOLDER/NAME.  A write-ahead log beside it is read and left as it is.
 * Returns 0, or -1 with the reason in db's error.
 */
int verify_db_open(struct db *, const char *, const char *);
void verify_db_close(struct db *);

/* Gives all logs to the verification.  Returns 0, or -1 with the reason. */
int verify_db_logs(struct db *, struct verify *);

/*
 * The signed kms-host with this serial, which the caller frees; NULL with the
 * reason in db's error.
 */
char *verify_db_certificate(struct db *, const uint8_t[UUID_LEN], size_t *);

#endif

/* Tells the service manager how the host is (sd_notify(3), by hand). */
#ifndef KMSD_NOTIFY_H
#define KMSD_NOTIFY_H

/*
 * A descriptor connected to the socket that NOTIFY_SOCKET names: a path, or
 * with "@" an abstract name, which no confined process can connect to any
 * more.  -1: there is none, or the log says why.
 */
int notify_open(void);

/*
 * Sends an assignment, such as "READY=1", and a status in words; does nothing
 * without a descriptor.  Either may be NULL.  The status may quote a child:
 * what is not printable in it is not sent.
 */
void notify(int, const char *, const char *);

#endif

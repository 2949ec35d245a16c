/* Tells the service manager how the host is (sd_notify(3), by hand). */
#ifndef KMSD_NOTIFY_H
#define KMSD_NOTIFY_H

/*
 * Sends an assignment, such as "READY=1", and a status in words, both to the
 * socket named by NOTIFY_SOCKET; does nothing if there is none.  Either may be
 * NULL.  The status may quote a child: what is not printable in it is not sent.
 */
void notify(const char *, const char *);

#endif

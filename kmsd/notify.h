/* Tells the service manager how the host is (sd_notify(3), by hand). */
#ifndef KMSD_NOTIFY_H
#define KMSD_NOTIFY_H

/*
 * Sends the assignments, such as "READY=1\nSTATUS=text", to the socket named
 * by NOTIFY_SOCKET; does nothing if there is none.
 */
void notify(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif

/* Log lines to syslog(3), when the parent is in the background. */
#ifndef KMSD_SYSTEMLOG_H
#define KMSD_SYSTEMLOG_H

/* A sink for log_set_sink(): level (enum log_level), process, text. */
void systemlog_line(int, const char *, const char *);

#endif

/* The commands that change a running host. */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/ktime.h"
#include "kmsctl/kmsctl.h"
#include "kmsctl/text.h"

#define STOP_MS 10000 /* for a host to stop */
#define STOP_LOOK_MS 20

/* Says what the host said. */
static int
tell(struct ask *a, int status)
{
	char safe[TEXT_SAFE_MAX];

	if (status == STATUS_OK && a->answer.text[0] != '\0') {
		text_safe(a->answer.text, strlen(a->answer.text), safe);
		(void)printf("%s\n", safe);
	}
	ask_close(a);
	return (status);
}

int
install_main(struct kmsctl *k, int argc, char **argv)
{
	char error[FILE_ERROR_MAX], *bytes;
	struct admin_install i;
	struct ipc_writer *w;
	struct ask a;

	if (argc != 2)
		kmsctl_usage("one file is needed");
	memset(&i, 0, sizeof(i));
	bytes = file_read(argv[1], DOCUMENT_BYTES_MAX, &i.len, error);
	if (bytes == NULL)
		errx(STATUS_FAILED, "%s", error);
	if (kmsctl_change(k, &a) != STATUS_OK) {
		free(bytes);
		return (STATUS_FAILED);
	}
	a.about = argv[1];
	w = ask_begin(&a, REC_INSTALL, ADMIN_INSTALL_MAX);
	i.id = a.id;
	i.bytes = bytes;
	admin_put_install(w, &i);
	free(bytes);
	return (tell(&a, ask_end(&a, NULL, NULL)));
}

/* The request, until it is written. */
struct request {
	char *text;
	size_t len;
};

static void
keep_request(void *ctx, const struct answer_row *row)
{
	struct request *r = ctx;

	if (row->record != REC_TEXT || r->text != NULL)
		return;
	if ((r->text = malloc(row->u.text.len + 1)) == NULL)
		err(STATUS_FAILED, NULL);
	memcpy(r->text, row->u.text.text, row->u.text.len);
	r->len = row->u.text.len;
}

static int
write_request(const char *path, const struct request *r)
{
	char error[FILE_ERROR_MAX];

	if (r->text == NULL) {
		warnx("kmsd answered without a request; see its log");
		return (STATUS_FAILED);
	}
	if (file_create(path, 0644, r->text, r->len, error) == -1) {
		warnx("%s", error);
		return (STATUS_FAILED);
	}
	(void)printf("%s: the request of this host\n"
		     "Send it to the publisher, and install the certificate "
		     "that comes back:\n"
		     "\tkmsctl%s install FILE\n",
	    path, options_typed());
	return (STATUS_OK);
}

static int
activate_offline(struct kmsctl *k, const char *path, const char *name)
{
	struct request request = { NULL, 0 };
	struct admin_host_request h;
	struct ipc_writer *w;
	struct ask a;
	int status;

	if (access(path, F_OK) == 0)
		errx(STATUS_FAILED, "%s: exists; it is not overwritten", path);
	if (kmsctl_change(k, &a) != STATUS_OK)
		return (STATUS_FAILED);
	memset(&h, 0, sizeof(h));
	(void)strlcpy(h.name, name, sizeof(h.name));
	w = ask_begin(&a, REC_HOST_REQUEST, sizeof(h) + 4);
	h.id = a.id;
	admin_put_host_request(w, &h);
	status = ask_end(&a, keep_request, &request);
	ask_close(&a);
	if (status == STATUS_OK)
		status = write_request(path, &request);
	free(request.text);
	return (status);
}

int
activate_main(struct kmsctl *k, int argc, char **argv)
{
	static const struct option options[] = {
		{ "offline", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	char name[HOST_MAX + 1];
	const char *path = NULL;
	int c;

	if (gethostname(name, sizeof(name)) == -1)
		err(STATUS_FAILED, "gethostname");
	name[HOST_MAX] = '\0';
	while ((c = getopt_long(argc, argv, "+:n:", options, NULL)) != -1) {
		if (c == 'o')
			path = optarg;
		else if (c != 'n')
			kmsctl_wrong_option(argv, c);
		else if (strlcpy(name, optarg, sizeof(name)) >= sizeof(name))
			kmsctl_usage(
			    "the name is longer than %d characters", HOST_MAX);
	}
	if (path == NULL || optind != argc)
		kmsctl_usage("--offline and a new file are needed");
	return (activate_offline(k, path, name));
}

int
clock_accept(struct kmsctl *k, int argc, char **argv)
{
	struct admin_who who;
	struct ipc_writer *w;
	struct ask a;

	(void)argv;
	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if (kmsctl_change(k, &a) != STATUS_OK)
		return (STATUS_FAILED);
	memset(&who, 0, sizeof(who));
	w = ask_begin(&a, REC_CLOCK_ACCEPT, 8);
	who.id = a.id;
	admin_put_who(w, &who);
	return (tell(&a, ask_end(&a, NULL, NULL)));
}

/* The parent removes its sockets last. */
static bool
is_gone(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	bool gone;
	int fd;

	(void)strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) == -1)
		return (false);
	gone = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1;
	(void)close(fd);
	return (gone);
}

int
stop_main(struct kmsctl *k, int argc, char **argv)
{
	const struct timespec look = { 0, STOP_LOOK_MS * 1000000 };
	const char *path =
	    k->socket != NULL ? k->socket : k->conf.paths.control;
	int64_t deadline;
	struct ask a;
	int status;

	(void)argv;
	if (argc != 1)
		kmsctl_usage("nothing may follow");
	if (kmsctl_change(k, &a) != STATUS_OK)
		return (STATUS_FAILED);
	if ((status = ask_id(&a, REC_STOP_HOST, NULL, NULL)) != STATUS_OK)
		return (tell(&a, status));
	deadline = ktime_boot_ms() + STOP_MS;
	ask_wait_closed(&a, STOP_MS);
	ask_close(&a);
	while (!is_gone(path)) {
		if (ktime_boot_ms() > deadline) {
			warnx("kmsd has not stopped after %d s; see its log",
			    STOP_MS / 1000);
			return (STATUS_REFUSED);
		}
		(void)nanosleep(&look, NULL);
	}
	(void)printf("kmsd has stopped\n");
	return (STATUS_OK);
}

/* Tests of the host's paths. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/paths.h"

static void
test_default(void **state)
{
	struct paths p;

	(void)state;
	paths_default(&p);
	assert_string_equal(p.conf, KMSD_CONF_DIR "/kmsd.conf");
	assert_string_equal(p.host_key, KMSD_CONF_DIR "/host.key");
	assert_string_equal(p.publisher, KMSD_CONF_DIR "/publisher");
	assert_string_equal(p.state, KMSD_STATE_DIR);
	assert_string_equal(p.lock, KMSD_STATE_DIR "/lock");
	assert_string_equal(p.anchor, KMSD_STATE_DIR "/anchor");
	assert_string_equal(p.manifest, KMSD_STATE_DIR "/manifest");
	assert_string_equal(p.db, KMSD_STATE_DIR "/db");
	assert_string_equal(p.empty, KMSD_STATE_DIR "/empty");
	assert_string_equal(p.control, KMSD_RUN_DIR "/control.sock");
	assert_string_equal(p.status, KMSD_RUN_DIR "/status.sock");
}

static void
test_below(void **state)
{
	struct paths p;

	(void)state;
	assert_int_equal(paths_below(&p, "/srv/kms//"), 0);
	assert_string_equal(p.conf, "/srv/kms/kmsd.conf");
	assert_string_equal(p.state, "/srv/kms");
	assert_string_equal(p.run, "/srv/kms");
	assert_string_equal(p.db, "/srv/kms/db");
	assert_int_equal(paths_below(&p, "/"), 0);
	assert_string_equal(p.lock, "/lock");
	assert_int_equal(paths_below(&p, "run"), -1);
	assert_int_equal(paths_below(&p, ""), -1);
}

/* The longest directory is the one whose control.sock fits a sun_path. */
static void
test_length(void **state)
{
	const size_t most = PATHS_SOCKET_MAX - 1 - strlen("/control.sock");
	char dir[2 * PATHS_MAX];
	struct paths p;

	(void)state;
	memset(dir, 'x', sizeof(dir));
	dir[0] = '/';
	dir[most] = '\0';
	assert_int_equal(paths_below(&p, dir), 0);
	assert_int_equal(strlen(p.control), PATHS_SOCKET_MAX - 1);
	dir[most] = 'x';
	dir[most + 1] = '\0';
	assert_int_equal(paths_below(&p, dir), -1);
	dir[most + 1] = 'x';
	dir[sizeof(dir) - 1] = '\0';
	assert_int_equal(paths_below(&p, dir), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_length),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

/*
 * The filters of system calls: an interpreter runs the compiled programs of
 * both machines for every number, and compares with what the tables say; what
 * must never be allowed stands here as numbers of its own.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/seccomp.h"
#include "tests/unit/seccomp_generic.h"

#define NUMBERS 1024
#define KILL SECCOMP_RET_KILL_PROCESS
#define ALLOWED SECCOMP_RET_ALLOW

struct compiled {
	struct sock_filter code[SECCOMP_PROGRAM_MAX];
	size_t n;
};

static uint32_t
jump(const struct sock_filter *f, uint32_t a)
{
	switch (f->code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
		return (a == f->k ? f->jt : f->jf);
	case BPF_JMP | BPF_JGE | BPF_K:
		return (a >= f->k ? f->jt : f->jf);
	case BPF_JMP | BPF_JGT | BPF_K:
		return (a > f->k ? f->jt : f->jf);
	default:
		fail_msg("instruction 0x%x", f->code);
		return (0);
	}
}

/* Runs a program; everything that the kernel would refuse to load fails. */
static uint32_t
interpret(const struct compiled *c, const struct seccomp_data *data)
{
	uint32_t a = 0;
	size_t at;

	for (at = 0; at < c->n; at++) {
		const struct sock_filter *f = &c->code[at];

		if (f->code == (BPF_RET | BPF_K))
			return (f->k);
		if (f->code == (BPF_LD | BPF_W | BPF_ABS)) {
			assert_true(f->k % 4 == 0 && f->k < sizeof(*data));
			memcpy(&a, (const uint8_t *)data + f->k, sizeof(a));
		} else if (f->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= f->k;
		else
			at += jump(f, a);
	}
	fail_msg("the program runs past its end");
	return (0);
}

static void
compile(struct compiled *c, const struct seccomp_machine *m, enum role role)
{
	c->n = seccomp_compile(m, role, false, c->code, SECCOMP_PROGRAM_MAX);
	assert_true(c->n > 8);
}

static uint32_t
run(const struct compiled *c, uint32_t arch, uint32_t nr, const uint64_t *args)
{
	struct seccomp_data data = { .arch = arch, .nr = (int)nr };

	memcpy(data.args, args, sizeof(data.args));
	return (interpret(c, &data));
}

/* What one table says of a call; false: nothing. */
static bool
look_up(const struct seccomp_table *t, const struct seccomp_machine *m,
    uint32_t nr, const uint64_t *args, uint32_t *action)
{
	const struct seccomp_rule *r;
	size_t i, k;

	for (i = 0; i < t->n; i++) {
		r = &t->rules[i];
		if (m->numbers[r->call] != (int)nr)
			continue;
		for (k = 0; k < r->ntests; k++)
			if ((args[r->test[k].argument] & r->test[k].mask) !=
			    r->test[k].value)
				break;
		if (k < r->ntests)
			continue;
		*action =
		    r->error == 0 ? ALLOWED : SECCOMP_RET_ERRNO | r->error;
		return (true);
	}
	return (false);
}

static uint32_t
expected(const struct seccomp_machine *m, enum role role, uint32_t nr,
    const uint64_t *args)
{
	uint32_t action;
	int other;

	if (look_up(&seccomp_tables[role], m, nr, args, &action))
		return (action);
	for (other = 0; role == ROLE_PARENT && other < ROLE_COUNT; other++)
		if (look_up(&seccomp_tables[other], m, nr, args, &action))
			return (action);
	if (look_up(&seccomp_common, m, nr, args, &action))
		return (action);
	return (nr > m->highest ? SECCOMP_RET_ERRNO | ENOSYS : KILL);
}

/* For the arguments of each rule: as it wants them, and each bit wrong. */
static void
try_rule(const struct compiled *c, const struct seccomp_machine *m,
    enum role role, const struct seccomp_rule *r)
{
	uint64_t args[6] = { 0 };
	const int nr = m->numbers[r->call];
	size_t i;
	int bit;

	if (nr == -1)
		return;
	for (i = 0; i < r->ntests; i++)
		args[r->test[i].argument] = r->test[i].value;
	assert_int_equal(run(c, m->arch, (uint32_t)nr, args),
	    expected(m, role, (uint32_t)nr, args));
	for (i = 0; i < r->ntests; i++) {
		for (bit = 0; bit < 64; bit++) {
			args[r->test[i].argument] ^= 1ULL << bit;
			assert_int_equal(run(c, m->arch, (uint32_t)nr, args),
			    expected(m, role, (uint32_t)nr, args));
			args[r->test[i].argument] ^= 1ULL << bit;
		}
	}
}

static void
try_table(const struct compiled *c, const struct seccomp_machine *m,
    enum role role, const struct seccomp_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		try_rule(c, m, role, &t->rules[i]);
}

static void
test_every_number(void **state)
{
	static const uint64_t args[][6] = { { 0, 0, 0, 0, 0, 0 },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
		    UINT64_MAX },
		{ 1, 2, 3, 4, 5, 6 } };
	static struct compiled c;
	const struct seccomp_machine *m;
	size_t machine, i;
	uint32_t nr;
	int role;

	(void)state;
	for (machine = 0; machine < seccomp_nmachines; machine++) {
		m = &seccomp_machines[machine];
		for (role = 0; role < ROLE_COUNT; role++) {
			compile(&c, m, (enum role)role);
			for (nr = 0; nr < NUMBERS; nr++)
				for (i = 0; i < 3; i++)
					assert_int_equal(
					    run(&c, m->arch, nr, args[i]),
					    expected(m, (enum role)role, nr,
						args[i]));
			try_table(
			    &c, m, (enum role)role, &seccomp_tables[role]);
			try_table(&c, m, (enum role)role, &seccomp_common);
		}
	}
}

static void
test_other_numberings(void **state)
{
	static const uint64_t none[6];
	static struct compiled c;
	const struct seccomp_machine *m = &seccomp_machines[0];
	uint32_t nr;

	(void)state;
	assert_int_equal(m->arch, AUDIT_ARCH_X86_64);
	compile(&c, m, ROLE_STORE);
	assert_int_equal(run(&c, m->arch, 0, none), ALLOWED);
	for (nr = 0; nr < NUMBERS; nr++) {
		assert_int_equal(run(&c, AUDIT_ARCH_I386, nr, none), KILL);
		assert_int_equal(run(&c, AUDIT_ARCH_AARCH64, nr, none), KILL);
		assert_int_equal(
		    run(&c, m->arch, nr | 0x40000000U, none), KILL);
	}
	assert_int_equal(run(&c, m->arch, UINT32_MAX, none), KILL);
}

/* The numbers of the build machine, and the generic ones, which arm64 has. */
static void
test_numbers(void **state)
{
	const int16_t *generic;
	size_t n, i;

	(void)state;
#ifdef __x86_64__
#define CALL(name, amd64, arm64) assert_int_equal(amd64, SYS_##name);
#define CALL_AMD64(name, amd64) assert_int_equal(amd64, SYS_##name);
#include "common/seccomp_calls.h"
#undef CALL
#undef CALL_AMD64
#endif
	generic = seccomp_generic_numbers(&n);
	assert_int_equal(n, CALL_COUNT);
	for (i = 0; i < n; i++)
		assert_int_equal(seccomp_machines[1].numbers[i], generic[i]);
}

#ifdef __x86_64__
/* By numbers: no child may do any of this, whatever its arguments are. */
static void
test_never(void **state)
{
	static const int never[] = { SYS_execve, SYS_execveat, SYS_fork,
		SYS_vfork, SYS_clone, SYS_clone3, SYS_ptrace, SYS_socket,
		SYS_socketpair, SYS_bind, SYS_connect, SYS_mount, SYS_umount2,
		SYS_chroot, SYS_pivot_root, SYS_kill, SYS_tkill, SYS_tgkill,
		SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_open,
		SYS_pidfd_getfd, SYS_io_uring_setup, SYS_bpf, SYS_keyctl,
		SYS_add_key, SYS_perf_event_open, SYS_userfaultfd, SYS_setuid,
		SYS_setgid, SYS_setresuid, SYS_setresgid, SYS_setgroups,
		SYS_capset, SYS_prlimit64, SYS_setrlimit, SYS_unshare,
		SYS_setns, SYS_shmget, SYS_msgget, SYS_semget, SYS_mq_open,
		SYS_memfd_create, SYS_ioctl, SYS_personality, SYS_link,
		SYS_symlink, SYS_rename, SYS_chmod, SYS_fchdir, SYS_seccomp,
		SYS_dup, SYS_dup2, SYS_dup3, SYS_splice, SYS_inotify_init1,
		SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_init_module,
		SYS_arch_prctl, SYS_pkey_mprotect, SYS_remap_file_pages,
		SYS_readv, SYS_process_madvise };
	uint64_t args[6];
	static struct compiled c;
	size_t i;
	int role, fill;

	(void)state;
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		compile(&c, &seccomp_machines[0], (enum role)role);
		for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			for (fill = 0; fill < 256; fill++) {
				memset(args, fill, sizeof(args));
				assert_int_equal(run(&c, AUDIT_ARCH_X86_64,
						     (uint32_t)never[i], args),
				    KILL);
			}
	}
}

static void
test_arguments(void **state)
{
	uint64_t args[6] = { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC };
	static struct compiled c;
	int role;

	(void)state;
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		compile(&c, &seccomp_machines[0], (enum role)role);
		args[2] = PROT_READ | PROT_WRITE;
		assert_int_equal(
		    run(&c, AUDIT_ARCH_X86_64, SYS_mmap, args), ALLOWED);
		args[2] |= PROT_EXEC;
		assert_int_equal(
		    run(&c, AUDIT_ARCH_X86_64, SYS_mmap, args), KILL);
		assert_int_equal(
		    run(&c, AUDIT_ARCH_X86_64, SYS_mprotect, args), KILL);
		memset(args, 0, sizeof(args));
		args[0] = PR_GET_SECCOMP;
		assert_int_equal(
		    run(&c, AUDIT_ARCH_X86_64, SYS_prctl, args), ALLOWED);
		args[0] = PR_SET_DUMPABLE;
		assert_int_equal(
		    run(&c, AUDIT_ARCH_X86_64, SYS_prctl, args), KILL);
		/* Only the store has files. */
		memset(args, 0, sizeof(args));
		assert_int_equal(run(&c, AUDIT_ARCH_X86_64, SYS_openat, args),
		    role == ROLE_STORE ? ALLOWED : SECCOMP_RET_ERRNO | EACCES);
	}
	compile(&c, &seccomp_machines[0], ROLE_PARENT);
	memset(args, 0, sizeof(args));
	args[0] = SIGCHLD;
	assert_int_equal(run(&c, AUDIT_ARCH_X86_64, SYS_clone, args), ALLOWED);
	args[0] = SIGCHLD | 0x10000000; /* CLONE_NEWUSER */
	assert_int_equal(run(&c, AUDIT_ARCH_X86_64, SYS_clone, args), KILL);
	args[2] = PROT_READ | PROT_WRITE | PROT_EXEC;
	assert_int_equal(run(&c, AUDIT_ARCH_X86_64, SYS_mmap, args), KILL);
}
#endif

static void
test_bounds(void **state)
{
	static struct compiled c;
	size_t n, max;

	(void)state;
	n = seccomp_compile(&seccomp_machines[0], ROLE_PARENT, false, c.code,
	    SECCOMP_PROGRAM_MAX);
	assert_true(n > 0 && n < SECCOMP_PROGRAM_MAX);
	for (max = 0; max < n; max++)
		assert_int_equal(seccomp_compile(&seccomp_machines[0],
				     ROLE_PARENT, false, c.code, max),
		    0);
	assert_int_equal(
	    seccomp_compile(&seccomp_machines[0], ROLE_PARENT, true, c.code, n),
	    n);
	assert_int_equal(c.code[n - 1].k, SECCOMP_RET_LOG);
}

#ifndef KMSD_SANITIZED
/* The kernel takes it, and does as the interpreter says. */
static void
test_kernel(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		if (seccomp_in_force() ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    seccomp_confine(ROLE_LISTENER) != 0 ||
		    seccomp_mode() != SECCOMP_MODE_FILTER ||
		    !seccomp_in_force() || open("/", O_RDONLY) != -1 ||
		    errno != EACCES)
			_exit(1);
		(void)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_number),
		cmocka_unit_test(test_other_numberings),
		cmocka_unit_test(test_numbers),
#ifdef __x86_64__
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_arguments),
#endif
		cmocka_unit_test(test_bounds),
#ifndef KMSD_SANITIZED
		cmocka_unit_test(test_kernel),
#endif
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

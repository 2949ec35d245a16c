/*
 * The kernel's own generic numbers, from its headers, in a file that includes
 * nothing else: their names are those of the build machine's too.
 */
#include "config.h"

#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_SYS_CLONE3
#include <asm/bitsperlong.h>
#include <asm-generic/unistd.h>

#include "tests/unit/seccomp_generic.h"

static const int16_t numbers[] = {
#define CALL(name, amd64, arm64) __NR_##name,
#define CALL_AMD64(name, amd64) -1,
#include "common/seccomp_calls.h"
#undef CALL
#undef CALL_AMD64
};

const int16_t *
seccomp_generic_numbers(size_t *n)
{
	*n = sizeof(numbers) / sizeof(numbers[0]);
	return (numbers);
}

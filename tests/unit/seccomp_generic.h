/* The kernel's generic numbers of system calls, which arm64 uses. */
#ifndef TESTS_UNIT_SECCOMP_GENERIC_H
#define TESTS_UNIT_SECCOMP_GENERIC_H

#include <stddef.h>
#include <stdint.h>

/* By enum seccomp_call, -1: arm64 has it not. */
const int16_t *seccomp_generic_numbers(size_t *);

#endif

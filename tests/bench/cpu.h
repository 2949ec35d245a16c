/* Processor time: our own, and that of kmsd's processes as /proc says. */
#ifndef BENCH_CPU_H
#define BENCH_CPU_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define CPU_PROCESSES_MAX 16

struct cpu_process {
	pid_t pid;
	char name[32]; /* "kmsd", "kmsd-store" */
	uint64_t start, used; /* nanoseconds */
};

struct cpu_set {
	struct cpu_process process[CPU_PROCESSES_MAX];
	size_t n;
};

uint64_t cpu_wall_ns(void);
uint64_t cpu_own_ns(void);
uint64_t cpu_of_ns(pid_t); /* 0 if the process is gone */

/* The process and its children.  Returns -1 if it does not exist. */
int cpu_set_find(struct cpu_set *, pid_t);

/* Between begin and end each process's time is added to used. */
void cpu_set_begin(struct cpu_set *);
void cpu_set_end(struct cpu_set *);

#endif

/* Processor time from the clocks and from /proc/PID/schedstat. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/bench/cpu.h"

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec);
}

uint64_t
cpu_wall_ns(void)
{
	return (clock_ns(CLOCK_MONOTONIC));
}

uint64_t
cpu_own_ns(void)
{
	return (clock_ns(CLOCK_PROCESS_CPUTIME_ID));
}

uint64_t
cpu_of_ns(pid_t pid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return (0);
	if (fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	(void)fclose(f);
	return (ns);
}

/* The name in /proc/PID/comm; -1 if there is no such process. */
static int
read_name(pid_t pid, char *name, size_t size)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return (-1);
	if (fgets(name, (int)size, f) == NULL)
		name[0] = '\0';
	(void)fclose(f);
	name[strcspn(name, "\n")] = '\0';
	return (0);
}

static int
add(struct cpu_set *set, pid_t pid)
{
	struct cpu_process *p = &set->process[set->n];

	if (set->n == CPU_PROCESSES_MAX)
		return (-1);
	p->pid = pid;
	p->used = p->start = 0;
	if (read_name(pid, p->name, sizeof(p->name)) == -1)
		return (-1);
	set->n++;
	return (0);
}

int
cpu_set_find(struct cpu_set *set, pid_t parent)
{
	char path[64];
	FILE *f;
	int pid;

	set->n = 0;
	if (add(set, parent) == -1)
		return (-1);
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)parent, (int)parent);
	if ((f = fopen(path, "r")) == NULL)
		return (-1);
	while (fscanf(f, "%d", &pid) == 1)
		(void)add(set, pid);
	(void)fclose(f);
	return (0);
}

void
cpu_set_begin(struct cpu_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		set->process[i].start = cpu_of_ns(set->process[i].pid);
}

void
cpu_set_end(struct cpu_set *set)
{
	struct cpu_process *p;
	uint64_t now;
	size_t i;

	for (i = 0; i < set->n; i++) {
		p = &set->process[i];
		now = cpu_of_ns(p->pid);
		if (now > p->start)
			p->used += now - p->start;
	}
}

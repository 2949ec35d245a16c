#!/bin/sh
# The integration tests with the C library's allocator varied in every process,
# so that the tables of system calls hold whatever it does:
#
#	run.sh PREFIX VARY [VARIANT...]
#
# below a prefix of kmsd's own, whose children are replaced while this runs by
# VARY (tests/malloc/vary.c).  Prints TAP, each line with its variant.
#
# mappings: each block from 1 KiB on is a mapping of its own.
# heap: nothing is a mapping; the heap grows by what is needed, and what is
# freed at its end goes back at once, by brk.  No caches; both fill what is
# given out and what is freed.  (Huge pages are not varied: whether the kernel
# has them stands in a file that confined processes may not open.)
set -u
cd "$(dirname "$0")" || exit 1
[ $# -ge 2 ] || {
	echo "usage: run.sh PREFIX VARY [VARIANT...]" >&2
	exit 1
}
PREFIX=$1
vary=$2
shift 2
[ $# -gt 0 ] || set -- mappings heap
children=$PREFIX/libexec/kmsd
real=$children/real
# Not those that start no child, that look at programs or files (test_linkage,
# test_dist), or that list the calls of an allocator left alone (test_strace).
# The units are started as root with paths of their own (test_systemd).
tests=${TESTS:-test_audit test_baddatabase test_baddocuments test_badframes
test_badsealed test_canary test_client test_credentials test_generations
test_grants test_interop test_kill test_kmsctl test_private test_refusals
test_rollback test_sandbox test_start}

tunables() {
	case $1 in
	mappings)
		set -- mmap_threshold=1024 mmap_max=60000 perturb=170
		;;
	heap)
		set -- mmap_max=0 trim_threshold=0 top_pad=0 tcache_count=0 \
		    mxfast=0 perturb=85
		;;
	*)
		echo "Bail out! no variant $1"
		exit 1
		;;
	esac
	printf 'GLIBC_TUNABLES='
	printf 'glibc.malloc.%s\n' "$@" | paste -s -d : -
}

restore() {
	[ ! -d "$real" ] || {
		rm -f "$real/tunables"
		mv "$real"/kmsd-* "$children"/
		rmdir "$real"
	}
}

[ ! -d "$real" ] || {
	echo "Bail out! $real is there: another run?"
	exit 1
}
trap restore EXIT
trap 'exit 1' INT TERM
mkdir "$real" || exit 1
for role in listener activator store control; do
	mv "$children/kmsd-$role" "$real/" &&
	    cp "$vary" "$children/kmsd-$role" || exit 1
done

failed=0
for variant in "$@"; do
	CHILD_ENVIRONMENT=$(tunables "$variant") || exit 1
	echo "$CHILD_ENVIRONMENT" >"$real/tunables"
	chmod 644 "$real/tunables"
	export CHILD_ENVIRONMENT
	out=$(
		# The parent's and the tools', which have an environment.
		export "${CHILD_ENVIRONMENT?}"
		export VARIANT="$variant"
		# Alone, since for a while it takes the variant away.
		a=0
		b=0
		../integration/run.sh "$PREFIX" ../malloc/test_varied.sh || a=1
		[ "$tests" = none ] || ../integration/run.sh "$PREFIX" \
		    $(printf '%s.sh ' $tests) || b=1
		[ $a -eq 0 ] && [ $b -eq 0 ]
	) || failed=1
	printf '%s\n' "$out" |
	    sed -e "s/^\(ok\|not ok\) - /\1 - $variant: /" \
		-e "s/^# [a-z_]*: [a-z_]*=.*/& variant=$variant/"
done
exit $failed

#!/bin/sh
# What the allocator of each child asks the kernel for, without and with the
# variant that tests/malloc/run.sh has set: it is in force.
. "${0%/*}/../integration/lib.sh"
. "${0%/*}/../integration/site.sh"

command -v strace >/dev/null || bail "strace is not installed"
tunables=$CHILD_DIR/real/tunables
[ -w "$tunables" ] || bail "$tunables is not there: this is run.sh's"
trap 'echo "$CHILD_ENVIRONMENT" >"$tunables"; finish' EXIT

# Under strace from the start: nobody else may attach later.
traced=$RUN/traced
real=$KMSD
echo "GLIBC_TUNABLES=" >"$tunables"
make_site 1 "limit rate 1000000" "limit per-source 1000"
stop_kmsd

# run_host NAME LINE: a host whose children have this environment, under load.
run_host() {
	echo "$2" >"$tunables"
	cat >"$traced" <<-TRACED
	#!/bin/sh
	exec strace -ff -qq -o '$RUN/$1' -e signal=none \\
	    -e trace=mmap,munmap,mremap,brk '$real' "\$@"
	TRACED
	chmod +x "$traced"
	new_log
	KMSD=$traced
	start_kmsd
	KMSD=$real
	check "$1: the host serves" \
	    wait_for "$WAIT" logged ": serving, generation 1"
	logged ": serving, generation 1" || tap_end
	STRACE_PID=$KMSD_PID
	KMSD_PID=$(cat "$STATE/lock")
	own_pid "$KMSD_PID"
	for role in $ROLES; do
		child_pid $role >"$RUN/$1.$role"
	done
	check "$1: a load is served" \
	    bench -t 2 -r 1 -n 2000 -C 64 -m visit
	check "$1: kmsctl is answered" sh -c "
	    '$KMSCTL' -f '$CONF' show machines &&
	    '$KMSCTL' -f '$CONF' audit show -n 500"
	kill -TERM "$KMSD_PID"
	wait "$STRACE_PID"
	is "$1: the host stops" $? 0
}

# count NAME ROLE CALLS: how often since it was executed.
count() {
	grep -cE "^($3)\(" "$RUN/$1.$(cat "$RUN/$1.$2")"
}

run_host plain "GLIBC_TUNABLES="
run_host varied "$CHILD_ENVIRONMENT"
case $VARIANT in
mappings) calls='mmap|mremap' ;;
heap) calls=brk ;;
esac
for role in $ROLES; do
	plain=$(count plain $role "$calls")
	varied=$(count varied $role "$calls")
	diag "$role: $calls: plain $plain, $VARIANT $varied"
	check "the variant is in force in the $role" \
	    test "$varied" -gt "$plain"
done
tap_end

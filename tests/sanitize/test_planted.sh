#!/bin/sh
# Each process of a build with sanitizers makes a mistake after it confined
# itself, and what the integration tests look for after each test finds it.
#
#	test_planted.sh BUILD	where "make check" has built the programs
set -u
cd "$(dirname "$0")" || exit 1
[ $# -eq 1 ] || {
	echo "usage: test_planted.sh BUILD" >&2
	exit 1
}
programs=$1/tests/sanitize/planted
PREFIX=$1
. ../integration/lib.sh
KMSD=$programs/kmsd
[ -x "$KMSD" ] || bail "$KMSD is not there: a build with sanitizers?"

# In this order, the numbers are plant.c's.
mistakes='heap-buffer-overflow heap-use-after-free signed.integer.overflow
forbidden.call.returned'
make_conf
cp "$CONF" "$RUN/plain.conf"
make_state

# run_plant NUMBER ROLE-NUMBER: a host until its first generation has ended.
run_plant() {
	cp "$RUN/plain.conf" "$CONF"
	: >"$LOG"
	if [ "$2" -eq 0 ]; then
		export KMSD_PLANT="$1"
	else
		unset KMSD_PLANT
		echo "limit per-source $((90000 + 10 * $1 + $2))" >>"$CONF"
	fi
	start_kmsd
	run_plant_pid=$KMSD_PID
	wait_for "$WAIT" grep -qE "$3" "$LOG"
	run_plant_found=$?
	kill -KILL "$run_plant_pid" 2>/dev/null
	wait "$run_plant_pid" 2>/dev/null
	return $run_plant_found
}

role_number=0
for role in kmsd $ROLES; do
	number=0
	for mistake in $mistakes; do
		run_plant "$number" "$role_number" "$mistake" ||
		    diag "$(tail -n 5 "$LOG")"
		case $mistake in
		forbidden*)
			contains "the filter of the $role only logs" "$LOG" \
			    "planted: a forbidden call returned"
			is "and nothing complains" "$(complaints "$LOG")" ""
			;;
		*)
			check "a $mistake in the $role is found" \
			    test -n "$(complaints "$LOG")"
			check "and the log says which" \
			    grep -qE "$mistake" "$LOG"
			;;
		esac
		number=$((number + 1))
	done
	role_number=$((role_number + 1))
done
tap_end_alone

# What the integration tests share: TAP, a private folder for each test, the
# installed programs below $PREFIX, deadlines instead of pauses.  A test is a
# script test_NAME.sh that begins with
#
#	. "${0%/*}/lib.sh"
#
# and ends with tap_end.  Programs that it starts with start_kmsd, or notes
# with own_pid, are killed when it ends; nothing else ever is.

set -u
: "${PREFIX:?the prefix below which kmsd is installed}"
PATH=$PATH:/usr/sbin:/sbin
export PATH
unset NOTIFY_SOCKET
KMSD=$PREFIX/sbin/kmsd
KMSCTL=$PREFIX/sbin/kmsctl
CHILD_DIR=$PREFIX/libexec/kmsd
ROLES='listener activator store control'
WAIT=${WAIT:-15}		# seconds, for whatever should happen at once

tap_count=0
tap_failed=0
own_pids=

umask 022
RUN=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-it.XXXXXX") || exit 1
chmod 755 "$RUN"
CONF=$RUN/kmsd.conf
STATE=$RUN/state
LOG=$RUN/log

# --- TAP

# ok DESCRIPTION, not_ok DESCRIPTION
ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# check DESCRIPTION COMMAND...: the command succeeds.
check() {
	check_name=$1
	shift
	if "$@" >"$RUN/check.out" 2>&1; then
		ok "$check_name"
	else
		not_ok "$check_name"
		diag "failed: $*"
		diag "$(cat "$RUN/check.out")"
	fi
}

# is DESCRIPTION GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		diag "got:    $2"
		diag "wanted: $3"
	fi
}

# contains DESCRIPTION FILE TEXT: the fixed text stands in the file.
contains() {
	if grep -qF -- "$3" "$2"; then
		ok "$1"
	else
		not_ok "$1"
		diag "not found: $3"
		diag "in $2:"
		diag "$(tail -n 20 "$2")"
	fi
}

bail() {
	echo "Bail out! $*"
	[ ! -s "$LOG" ] || diag "$(tail -n 30 "$LOG")"
	exit 1
}

tap_end() {
	is "nothing complains" "$(complaints "$RUN")" ""
	tap_end_alone
}

# The same, where complaints are what is tested.
tap_end_alone() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}

# --- Complaints

# What a sanitizer says, and what ends a process that its filter kills.
COMPLAINTS='(Address|Leak|UndefinedBehavior)Sanitizer|: runtime error: '
COMPLAINTS="$COMPLAINTS|ERROR: Can't open file|exited with status 86"
COMPLAINTS="$COMPLAINTS|signal 31 \\("
# Tools say it in files, since tests may throw away what they print; kmsd may
# write none, and says it in its log (common/sanitizer.c).
REPORTS=$RUN/reports
mkdir -m 1777 "$REPORTS"
chmod 1777 "$REPORTS"
export ASAN_OPTIONS="log_path=$REPORTS/tool:exitcode=86"

# complaints FILE|FOLDER...: the lines that complain.
complaints() {
	grep -rahE -- "$COMPLAINTS" "$@" | head -n 20
}

# True if the installed programs are a build with sanitizers.
is_sanitized() {
	grep -qa __asan_init "$KMSD"
}

# skip_all REASON: of this script, nothing is tested.
skip_all() {
	skip "all of it" "$1"
	tap_end
}

# --- Waiting

# wait_for SECONDS COMMAND...: until the command succeeds; fails at the end.
wait_for() {
	wait_until=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$wait_until" ] || return 1
		sleep 0.05
	done
}

# gone PID...: none of them is a process (zombies are gone).
gone() {
	for gone_pid in "$@"; do
		[ -e "/proc/$gone_pid/status" ] || continue
		grep -q '^State:.[ZX]' "/proc/$gone_pid/status" 2>/dev/null ||
			return 1
	done
}

# new_log: what is logged from now on; complaints are looked for in all of it.
new_log() {
	[ ! -e "$LOG" ] || cat "$LOG" >>"$RUN/log.before"
	: >"$LOG"
}

# logged TEXT [N]: the fixed text stands in the log, N times or more.
logged() {
	[ "$(grep -cF -- "$1" "$LOG")" -ge "${2:-1}" ]
}

# --- Processes

own_pid() {
	own_pids="$own_pids $1"
}

finish() {
	for finish_pid in $own_pids; do
		kill -KILL "$finish_pid" 2>/dev/null
	done
	# Children end at the end of file on fd 3.
	rm -rf "$RUN"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# A port of the test's own range, PORT_RANGE from PORT_BASE on, that nobody
# listens on.
free_port() {
	port_base=${PORT_BASE:-21000}
	port_range=${PORT_RANGE:-1000}
	port=$((port_base + ($$ + ${port_offset:-0}) % port_range))
	while grep -q "$(printf ':%04X 0' "$port")" /proc/net/tcp; do
		port=$((port + 1))
		[ "$port" -lt $((port_base + port_range)) ] || port=$port_base
	done
	port_offset=$((${port_offset:-0} + 17))
	echo "$port"
}

as_root() {
	[ "$(id -u)" -eq 0 ]
}

# --- A host of its own

# make_conf [LINE...]: a configuration in $RUN, with further lines.
make_conf() {
	PORT=$(free_port)
	{
		echo "directory \"$STATE\""
		echo "listen on 127.0.0.1 port $PORT"
		for make_conf_line in "$@"; do
			echo "$make_conf_line"
		done
	} >"$CONF"
}

# The first 16 bytes of BLAKE2b of the key in $RUN/host.pub, in base64.
host_id() {
	tail -n 1 "$RUN/host.pub" | base64 -d | tail -c 32 | b2sum -l 128 |
	    cut -d ' ' -f 1 | tr a-f A-F | basenc -d --base16 | base64
}

# The folders and files that kmsctl init makes.
make_state() {
	mkdir -m 755 "$STATE" "$STATE/publisher"
	mkdir -m 700 "$STATE/db"
	mkdir -m 555 "$STATE/empty"
	if as_root; then
		chown _kmsddb "$STATE/db"
	fi
	rm -f "$RUN/host.pub"
	(
		umask 077
		signify-openbsd -G -n -p "$RUN/host.pub" -s "$RUN/host.sec"
		mv "$RUN/host.sec" "$STATE/host.key"
		cat >"$STATE/anchor" <<-EOF
		kms-anchor 1
		host $(host_id)
		log $(cat /proc/sys/kernel/random/uuid)
		store $(cat /proc/sys/kernel/random/uuid)
		size 0
		EOF
	)
}

# start_kmsd [OPTION...]: in the foreground of the background; sets KMSD_PID.
start_kmsd() {
	ASAN_OPTIONS='' "$KMSD" -d -f "$CONF" "$@" >>"$LOG" 2>&1 &
	KMSD_PID=$!
	own_pid "$KMSD_PID"
}

# The same, and waits until it serves, or bails out.
start_serving() {
	start_kmsd "$@"
	wait_for "$WAIT" logged ": serving, generation " ||
	    bail "kmsd does not serve"
}

# stop_kmsd: SIGTERM; sets STATUS to what kmsd exited with.
stop_kmsd() {
	kill -TERM "$KMSD_PID"
	wait "$KMSD_PID"
	STATUS=$?
}

# kmsd_pids: the children's pids.  child_pid ROLE: the pid of one.
kmsd_pids() {
	cat "/proc/$KMSD_PID/task/$KMSD_PID/children"
}

child_pid() {
	for child_pid_one in $(kmsd_pids); do
		[ "$(cat "/proc/$child_pid_one/comm" 2>/dev/null)" = \
		    "kmsd-$1" ] || continue
		echo "$child_pid_one"
		return
	done
	return 1
}

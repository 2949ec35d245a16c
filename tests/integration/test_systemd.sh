#!/bin/sh
# The installed units under a real systemd: users and folders, walls, start,
# restart, credentials, stop.  That systemd is process 1 of namespaces of its
# own, see managed.sh.
. "${0%/*}/lib.sh"
as_root || {
	skip "the units start a host" "an ordinary user has no systemd to boot"
	tap_end
}
. "${0%/*}/site.sh"
. "${0%/*}/managed.sh"

HERE=$(cd "${0%/*}" && pwd)
UNITS=$PREFIX/lib/systemd/system
state=$(sed -n 's/^ReadWritePaths=-\([^ ]*\) .*/\1/p' "$UNITS/kmsd.service")
config=$(sed -n 's/^#LoadCredential=host.key:\(.*\)\/host.key$/\1/p' \
    "$UNITS/kmsd.service")
# The administrator's folder, and what it adds for these tests.
ADMIN=etc/systemd/system

boot_systemd
LOG=$SHARED/log
: >"$LOG"
cp "$UNITS/kmsd.service" "$UNITS/kmsd.socket" "$ROOT/$ADMIN/"

# drop_in NAME LINE...: of the service; the log comes to the test.  Where a
# unit hides the prefix, as PrivateTmp= does below /tmp, it is put back.
drop_in() {
	drop_in_name=$1
	shift
	mkdir -p "$ROOT/$ADMIN/kmsd.service.d"
	printf '%s\n' '[Service]' "$@" \
	    >"$ROOT/$ADMIN/kmsd.service.d/$drop_in_name.conf"
	inside systemctl daemon-reload
}

no_drop_in() {
	rm "$ROOT/$ADMIN/kmsd.service.d/$1.conf"
	inside systemctl daemon-reload
}

# property NAME [UNIT]
property() {
	inside systemctl show --property="$1" --value "${2:-kmsd.service}"
}

property_is() {
	[ "$(property "$1" "${3:-kmsd.service}")" = "$2" ]
}

# --- Users and folders

check "systemd makes the users" inside systemd-sysusers \
    "$PREFIX/lib/sysusers.d/kmsd.conf"
folders=$PREFIX/lib/tmpfiles.d/kmsd.conf
sockets=$(sed -n 's/^d \([^ ]*\) .*/\1/p' "$folders")
check "systemd makes the folder of the sockets" \
    inside systemd-tmpfiles --create "$folders"
is "with owner and mode" "$(inside stat -c '%U:%G %a' "$sockets")" \
    "root:root 755"
before=$(inside stat -c '%i %a %u %g %Y %Z' "$sockets")
check "and does so again" inside systemd-tmpfiles --create "$folders"
is "which changes nothing" \
    "$(inside stat -c '%i %a %u %g %Y %Z' "$sockets")" "$before"
inside chmod 777 "$sockets"
inside systemd-tmpfiles --create "$folders"
is "unless the folder is not as it should be" \
    "$(inside stat -c '%a' "$sockets")" 755

# --- As the README says

hidden=
case $PREFIX in
/tmp/* | /var/tmp/* | /home/* | /root/*)
	hidden="BindReadOnlyPaths=/installed:$PREFIX"
	;;
esac
drop_in test "StandardError=append:$LOG" $hidden
inside systemctl start kmsd >"$RUN/start" 2>&1
is "a host that was not made does not start" "$(property ActiveState)" failed
contains "and says what is missing" "$LOG" "$config/kmsd.conf: No such file"
is "nor does it wait for clients" "$(property ActiveState kmsd.socket)" inactive
inside systemctl reset-failed
check "the host is made" inside "$KMSCTL" init
inside install -m 640 /dev/null "$config/kmsd.conf"
make_publisher 1
cp "$PUB/test.pub" "$ROOT/$config/publisher/"

# --- The walls, from within them and without

cp "$HERE/walls.py" "$ROOT/opt/"
for place in home tmp dev; do
	: >"$ROOT/$place/walls"
done
echo secret >"$ROOT/opt/walls.secret"
chmod 600 "$ROOT/opt/walls.secret"
chown 65534 "$ROOT/opt/walls.secret"
mkdir -p "$ROOT/opt/writable"
try="ExecStart=/usr/bin/python3 /opt/walls.py $state $(readlink \
    "/proc/$INIT_PID/ns/net")"
{
	sed -e "s|^ExecStart=.*|$try|" -e 's/^Type=.*/Type=oneshot/' \
	    -e '/^Wants=/d' -e '/^After=/d' -e '/^Restart/d' \
	    -e '/^NotifyAccess=/d' -e "/^\[Install\]/,\$d" "$UNITS/kmsd.service"
	echo "StandardOutput=append:$SHARED/walled"
	[ -z "$hidden" ] || echo "$hidden"
} >"$ROOT/$ADMIN/walled.service"
printf '%s\n' '[Service]' Type=oneshot "$try" \
    "StandardOutput=append:$SHARED/plain" >"$ROOT/$ADMIN/plain.service"
for unit in walled plain; do
	check "the tries of the $unit unit end" inside systemctl start $unit
	diag "$unit: $(grep -c ': done' "$SHARED/$unit") done, $(grep -c \
	    ': refused' "$SHARED/$unit") refused"
done
diag "$(cat "$SHARED/walled")"
sed -n 's/^wall: \(.*\): .*/\1/p' "$SHARED/plain" >"$RUN/tries"
while IFS= read -r what; do
	check "in the unit one cannot $what" \
	    grep -q "^wall: $what: refused" "$SHARED/walled"
	check "the control: without it one can" \
	    grep -qx "wall: $what: done" "$SHARED/plain"
done <"$RUN/tries"
sed -n 's/^needed: \(.*\): .*/\1/p' "$SHARED/plain" >"$RUN/tries"
while IFS= read -r what; do
	check "in the unit one can $what" \
	    grep -qx "needed: $what: done" "$SHARED/walled"
done <"$RUN/tries"

# --- Start

# starts N: the log says for the Nth time that the host serves.
starts() {
	wait_for "$WAIT" logged ": serving, generation 1" "$1"
}

check "systemd starts the host" inside systemctl enable --now kmsd
check "and will at every boot" inside systemctl is-enabled kmsd
is "which said that it is ready" "$(property ActiveState)" active
is "and what it does" "$(property StatusText)" "serving, generation 1"
main=$(property MainPID)
is "it has these processes and no other" "$(inside sh -c "
    cat /sys/fs/cgroup/system.slice/kmsd.service/cgroup.procs" | wc -l)" 5
status_of() {
	inside sed -n "s/^$1:[[:space:]]*//p" "/proc/$main/status"
}
is "four capabilities" "$(status_of CapBnd)" 00000000000400e0
is "no others to be had" "$(status_of NoNewPrivs)" 1
is "no network" "$(inside ls "/proc/$main/root/sys/class/net" |
    tr '\n' ' ')" "lo "
is "limits" "$(inside cat "/proc/$main/limits" |
    awk '/^Max (core|locked)/ { print $(NF - 1) }' | tr '\n' ' ')" "0 8388608 "
check "kmsctl shows the confinement" \
    inside "$KMSCTL" show sandbox
is "which the kernel tells" "$(inside "$KMSCTL" show sandbox |
    sed -n 's/^told by *//p' | tr -s ' ')" "kernel kernel kernel kernel kernel"

# --- Clients

inside "$KMSCTL" activate --offline "$SHARED/request.kms" >"$RUN/certify" 2>&1
"$KMSPUB" host certify -s "$PUB/issuer.sec" -p "$PUB/test.pub" \
    -c "$PUB/product.kms" -x "$SHARED/host.kms" "$SHARED/request.kms" \
    >>"$RUN/certify" 2>&1 || bail "certify: $(cat "$RUN/certify")"
cp "$PUB/product.kms" "$SHARED/"
for document in product host; do
	check "it takes kms-$document" \
	    inside "$KMSCTL" install "$SHARED/$document.kms"
done

# ask NAME ADDRESS: a client in systemd's network.
cat >"$RUN/kms" <<END
#!/bin/sh
exec nsenter --target $INIT_PID --net '$PREFIX/bin/kms' "\$@"
END
chmod 755 "$RUN/kms"
KMS=$RUN/kms
ask() {
	client "$1" activate -H "$2:1688" >"$RUN/ask" 2>&1
	contains "a client at $2 is activated" "$RUN/ask" licensed
}
ask one 127.0.0.1
[ ! -e /proc/net/if_inet6 ] || ask two "[::1]"

# --- Ends, and what follows them

served=1
again() {
	served=$((served + 1))
	check "$1" starts "$served"
	check "and systemd knows" wait_for "$WAIT" property_is ActiveState active
	ask "$served" 127.0.0.1
}

inside kill -KILL "$main"
again "after a SIGKILL the host is started again"
is "by systemd" "$(property NRestarts)" 1
check "kmsctl stop stops it" inside "$KMSCTL" stop
check "for good" wait_for "$WAIT" property_is ActiveState inactive
check "so that nobody listens" wait_for "$WAIT" \
    property_is ActiveState inactive kmsd.socket
is "since that is no failure" "$(property Result)" success
inside systemctl start kmsd
again "systemd starts it again"
check "systemd restarts it" inside systemctl restart kmsd
again "and it serves"

# A store of another build, as in the middle of an upgrade, which is over when
# systemd starts the host again.
store=$CHILD_DIR/kmsd-store
mv "$ROOT$store" "$ROOT$store.whole"
LC_ALL=C sed -E 's/([0-9]+\.[0-9]+-[0-9a-f]*)[0-9a-f]\x00/\1X\x00/' \
    "$ROOT$store.whole" >"$ROOT$store"
chmod 755 "$ROOT$store"
drop_in upgrade "ExecStartPre=+/bin/mv /installed${store#"$PREFIX"}.whole \
/installed${store#"$PREFIX"}"
inside sh -c 'for pid in $(cat /proc/'"$(property MainPID)"'/task/*/children)
    do ! grep -q listener /proc/$pid/comm || kill -KILL $pid; done'
again "after exit 75 the host is started again"
contains "since its programs were replaced" "$LOG" \
    "the store on disk is of build"
is "by systemd, for the first time since" "$(property NRestarts)" 1
no_drop_in upgrade

# The unit's own line, with the key elsewhere.
mkdir -m 700 "$ROOT/opt/vault"
mv "$ROOT/$config/host.key" "$ROOT/opt/vault/"
inside systemctl stop kmsd >"$RUN/stop" 2>&1
inside systemctl start kmsd >"$RUN/start" 2>&1
is "without its key the host does not start" "$(property Result)" exit-code
drop_in credential "$(sed -n "s|^#\(LoadCredential=host.key:\).*|\1|p" \
    "$UNITS/kmsd.service")/opt/vault/host.key"
inside systemctl reset-failed
inside systemctl start kmsd >"$RUN/start" 2>&1
again "with the credential of the unit it does"
contains "and says whose key it has" "$LOG" \
    "the host key is the credential /run/credentials/kmsd.service/host.key"

check "systemd stops the host" inside systemctl stop kmsd
is "in order" "$(property Result) $(property ExecMainStatus)" "success 0"
contains "as the log says" "$LOG" "kmsd: stopped"
is "and nobody listens any more" "$(property ActiveState kmsd.socket)" inactive

# --- Starts that fail, and are not tried again

not_listening() {
	! inside systemctl is-active kmsd.socket
}

# fails WHY RESULT: the next start.
fails() {
	inside systemctl reset-failed
	: >"$LOG"
	inside systemctl start kmsd >"$RUN/start" 2>&1
	is "$1: the start fails" \
	    "$(property ActiveState) $(property Result)" "failed $2"
	is "$1: it is not tried again" "$(property NRestarts)" 0
	check "$1: nobody listens" not_listening
}
echo "no such word" >"$ROOT/$config/kmsd.conf"
fails "a bad kmsd.conf" exit-code
contains "and says which line" "$LOG" "kmsd.conf:1:"
echo "listen on 127.0.0.1 port 1688" >"$ROOT/$config/kmsd.conf"
fails "a kmsd.conf with another address" exit-code
contains "and says which" "$LOG" "and kmsd.conf does not; make them agree"
mkdir "$ROOT/$ADMIN/kmsd.socket.d"
printf '%s\n' '[Socket]' ListenStream= ListenStream=127.0.0.1:1688 \
    >"$ROOT/$ADMIN/kmsd.socket.d/address.conf"
inside systemctl daemon-reload
inside systemctl reset-failed
inside systemctl start kmsd
check "with that address in both it starts" starts 1
ask last 127.0.0.1
inside systemctl stop kmsd >"$RUN/stop" 2>&1

# Everything in one folder, as kmsd.conf(5) says of "directory".
inside "$KMSCTL" -d /opt/host init >"$RUN/init" 2>&1 ||
    bail "init: $(cat "$RUN/init")"
cp "$ROOT/$config/kmsd.conf" "$RUN/kmsd.conf"
echo 'directory "/opt/host"' >>"$ROOT/$config/kmsd.conf"
fails "a directory that the unit does not name" exit-code
contains "and says what to do" "$LOG" \
    "/opt/host/lock: Read-only file system; in a service of systemd, name the"
drop_in directory ReadWritePaths=/opt/host \
    LoadCredential=host.key:/opt/host/host.key
inside systemctl reset-failed
inside systemctl start kmsd
check "with the directory in both it starts" starts 1
check "and kmsctl finds it there" inside "$KMSCTL" -d /opt/host show
inside systemctl stop kmsd >"$RUN/stop" 2>&1
no_drop_in directory
cp "$RUN/kmsd.conf" "$ROOT/$config/kmsd.conf"

cat >"$RUN/hold.py" <<'END'
import socket, sys
s = socket.create_server(("127.0.0.1", 1688))
print("held", flush=True)
sys.stdin.read()
END
mkfifo "$RUN/hold"
nsenter --target "$INIT_PID" --net /usr/bin/python3 "$RUN/hold.py" \
    <"$RUN/hold" >"$RUN/held" &
own_pid $!
exec 9>"$RUN/hold"
wait_for "$WAIT" grep -q held "$RUN/held" || bail "cannot hold the port"
fails "a port that another has" exit-code
contains "and says where to look" "$LOG" "see why its socket unit does not"
exec 9>&-

# --- Controls: the filter is in force, for kmsd and for its children

# killed CALL WHOM SIGN...: without this call they die, which the sign shows.
killed() {
	killed_call=$1
	killed_whom=$2
	shift 2
	drop_in filter "SystemCallFilter=~$killed_call"
	inside systemctl reset-failed
	: >"$LOG"
	inside systemctl start --no-block kmsd
	check "the control: a filter without $killed_call kills $killed_whom" \
	    wait_for "$WAIT" "$@"
	inside systemctl stop kmsd >"$RUN/stop" 2>&1
	no_drop_in filter
}
SIGSYS=31
killed landlock_create_ruleset "the parent" property_is ExecMainStatus $SIGSYS
killed chroot "children" logged "was killed by signal $SIGSYS"
: >"$LOG"			# those were meant to
tap_end

#!/bin/sh
# What the processes do after READY, as the kernel sees it: no files, no new
# sockets, and one fdatasync for a batch.  And none lets another process of
# its user look into it.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"

command -v strace >/dev/null || bail "strace is not installed"

# Under strace from the start: nobody else may attach later.
traced=$RUN/traced
cat >"$traced" <<TRACED
#!/bin/sh
exec strace -ff -qq -y -s 0 -o '$RUN/trace' -e signal=none \\
    -e 'trace=%file,%network,%desc,fsync,fdatasync,execve' '$KMSD' "\$@"
TRACED
chmod +x "$traced"

# trace ROLE: the file with what it did.
trace() {
	echo "$RUN/trace.$(child_pid "$1")"
}

# since ROLE: what it did since mark.
mark() {
	for mark_role in $ROLES; do
		wc -c <"$(trace "$mark_role")" >"$RUN/mark.$mark_role"
	done
}

since() {
	tail -c "+$(($(cat "$RUN/mark.$1") + 1))" "$(trace "$1")"
}

# never ROLE WHAT EXPRESSION
never() {
	is "the $1 $2" "$(since "$1" | grep -E -- "$3" | head -n 5)" ""
}

syncs() {
	since store | grep -c '^fdatasync'
}

# Attaches and lets go again; prints what the kernel says.
cat >"$RUN/attach.py" <<'PY'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
ATTACH, DETACH = 16, 17
pid = int(sys.argv[1]) if len(sys.argv) > 1 else os.fork()
if pid == 0:
    os.execv("/bin/sleep", ["sleep", "30"])
libc.ptrace.argtypes = [ctypes.c_long] * 4
if libc.ptrace(ATTACH, pid, 0, 0) == -1:
    print(os.strerror(ctypes.get_errno()))
    sys.exit(1)
os.waitpid(pid, 0)
libc.ptrace(DETACH, pid, 0, 0)
if len(sys.argv) == 1:
    os.kill(pid, 9)
print("attached")
PY
python3=/usr/bin/python3

# as_user_of ROLE COMMAND...: as the user of the role, without capabilities.
as_user_of() {
	as_user_pid=$(child_pid "$1")
	shift
	if as_root; then
		set -- setpriv --reuid="$(awk '/^Uid:/ { print $2 }' \
		    "/proc/$as_user_pid/status")" \
		    --regid="$(awk '/^Gid:/ { print $2 }' \
		    "/proc/$as_user_pid/status")" --clear-groups "$@"
	fi
	"$@"
}

make_site 2 "limit rate 1000000" "limit per-source 1000"
chmod 644 "$RUN/attach.py"
is "a user may look into an own process" \
    "$(as_user_of store $python3 "$RUN/attach.py" 2>&1)" attached
for role in $ROLES; do
	is "nobody of its user may look into the $role" \
	    "$(as_user_of $role $python3 "$RUN/attach.py" \
	    "$(child_pid $role)" 2>&1)" "Operation not permitted"
	is "the $role belongs to root in /proc" \
	    "$(stat -c %u "/proc/$(child_pid $role)/environ")" 0
done
stop_kmsd
is "the host stops" "$STATUS" 0

# Again, traced.
new_log
real=$KMSD
KMSD=$traced
start_serving
KMSD=$real
STRACE_PID=$KMSD_PID
KMSD_PID=$(cat "$STATE/lock")
own_pid "$KMSD_PID"
for role in $ROLES; do
	check "the trace of the $role shows the files of its start" \
	    grep -q '^openat' "$(trace $role)"
done
mark
check "a load is served" bench -t 3 -r 1 -n 5000 -C 16 -m visit
for role in listener activator control; do
	never $role "opens no file after READY" '^(openat|open|creat)'
	never $role "names no file after READY" \
	    '^(unlink|rename|mkdir|link|symlink|chmod|truncate|execve)'
	never $role "writes no place of a file" '^(pwrite|ftruncate|falloc|f.*sync)'
	# strace shows paths of descriptors to root alone.
	! as_root ||
	    never $role "writes no file" '^write[v]?\([0-9]+</'
	never $role "makes no socket after READY" '^(socket|connect|bind|listen)'
done
check "the listener accepts" sh -c "grep -q '^accept4' '$(trace listener)'"
never activator "accepts nobody" '^accept'
never store "opens no file after READY" '^(openat|open|creat)'
never store "has no network" '^(socket|connect|bind|listen|accept)'
check "the store writes its database" \
    test "$(since store | grep -c '^pwrite64(')" -gt 0
check "and syncs it" test "$(syncs)" -gt 0

# Two requests in one packet.
together() {
	mark
	for name in "$@"; do
		client "$name" activate -H "127.0.0.1:$proxy" \
		    >"$RUN/$name.out" 2>&1 &
		eval "pid_$name=\$!"
	done
	for name in "$@"; do
		eval "wait \$pid_$name" || diag "$(cat "$RUN/$name.out")"
	done
}
mkfifo "$RUN/port"
$python3 "${0%/*}/held.py" "$PORT" "$(child_pid listener)" >"$RUN/port" &
own_pid $!
read -r proxy <"$RUN/port"
together one two
for name in one two; do
	contains "client $name has a grant" "$RUN/$name.out" licensed
done
is "two requests in one packet give one fdatasync" "$(syncs)" 1

# The control: one after the other.
mark
client three activate -H "127.0.0.1:$PORT" >"$RUN/three.out" 2>&1
client four activate -H "127.0.0.1:$PORT" >"$RUN/four.out" 2>&1
is "two, one after the other, give two" "$(syncs)" 2

kill -TERM "$KMSD_PID"
wait "$STRACE_PID"
is "the host stops" $? 0
tap_end

#!/bin/sh
# Each child has tried what it may not do, and kmsctl says that it could not.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"

make_conf
ctl init >"$RUN/init.log" 2>&1 || bail "init: $(cat "$RUN/init.log")"
start_kmsd
serves_or_ended() {
	logged ": serving, generation 1" || gone "$KMSD_PID"
}
wait_for "$WAIT" serves_or_ended
check "every process confines itself, and kmsd serves" \
    logged ": serving, generation 1"
gone "$KMSD_PID" && tap_end
is "it says that its filters only log in a build with sanitizers alone" \
    "$(grep -c 'filters of system calls only log' "$LOG")" \
    "$(if is_sanitized; then echo 1; else echo 0; fi)"
ctl show sandbox >"$RUN/sandbox" || bail "kmsctl show sandbox"

# value PROCESS LINE
value() {
	awk -v process="$1" -v line="$2" '
	    NR == 1 { for (i = 1; i <= NF; i++) if ($i == process) n = NF - i }
	    index($0, line "  ") == 1 { print $(NF - n) }' "$RUN/sandbox"
}

for role in kmsd $ROLES; do
	is "system calls of $role are filtered" "$(value $role seccomp)" filter
done
is "the parent can open nothing but its own" "$(value kmsd "open /")" refused
if as_root; then
	# SETUID, SETGID, KILL and SYS_CHROOT: memory of others is not among them.
	is "the parent keeps four capabilities" \
	    "$(value kmsd capabilities)" 400e0
fi
of_parent=$(value kmsd "seccomp filters")
check "the parent has a filter" test "$of_parent" -ge 1

# The kernel itself: FIELD of /proc/PID/status, WORDS of /proc/PID/limits.
status() {
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"
}
limit() {
	sed -n "s/^$2  *\([0-9a-z]*\) .*/\1/p" "/proc/$1/limits"
}
for role in $ROLES; do
	is "the $role can open no file" "$(value $role "open /")" refused
	pid=$(value $role pid)
	is "the $role has a filter of its own" \
	    "$(value $role "seccomp filters")" $((of_parent + 1))
	is "the $role has no capabilities" "$(value $role capabilities)" none
	is "the kernel is asked about the $role" "$(value $role "told by")" kernel
	is "and says the user" "$(value $role uid)" "$(status "$pid" Uid)"
	is "and the filters" "$(value $role "seccomp filters")" \
	    "$(status "$pid" Seccomp_filters)"
	is "and locked memory" "$(value $role "locked memory")" \
	    $(($(status "$pid" VmLck) * 1024))
	is "and descriptors" "$(value $role "limit nofile")" \
	    "$(limit "$pid" "Max open files")"
	is "the $role can gain no privileges" \
	    "$(value $role no-new-privs)" yes
	is "the $role is not dumpable" "$(value $role dumpable)" no
	for line in "bind tcp" "connect tcp"; do
		[ "$(value $role "landlock tcp")" = yes ] || continue
		is "the $role is refused: $line" \
		    "$(value $role "$line")" refused
	done
	[ "$(value $role "landlock scope")" = no ] ||
	    is "the $role can signal nobody" \
	    "$(value $role "signal others")" refused
	for what in nproc core; do
		is "the $role may have 0 of $what" \
		    "$(value $role "limit $what")" 0
	done
done
# Of mlock(2) AddressSanitizer makes nothing.
is_sanitized || check "the activator's keys are locked" \
    test "$(value activator "locked memory")" -gt 0

# What is changed from outside is seen.
change="prlimit --pid $(value store pid) --nofile=20:20"
if as_root; then
	change="setpriv --reuid=$(value store uid) --regid=$(value store gid) \
	    --clear-groups $change"
fi
$change
ctl show sandbox >"$RUN/sandbox"
is "a limit that was changed from outside is shown" \
    "$(value store "limit nofile")" 20
stop_kmsd
is "the host stops" "$STATUS" 0

# A key that kmsd.conf names needs no folder of keys, and may be replaced.
mkdir "$RUN/keys"
new_key() {
	rm -f "$RUN/new.pub" "$RUN/new.sec"
	signify-openbsd -G -n -p "$RUN/new.pub" -s "$RUN/new.sec"
	mv "$RUN/new.pub" "$RUN/keys/named.pub"
}
new_key
make_conf "publisher \"$RUN/keys/named.pub\""
rmdir "$STATE/publisher"
new_log
start_serving
check "a host with a named key and no folder serves" \
    logged ": serving, generation 1"
new_key
kill -KILL "$(child_pid activator)"
check "the next generation reads the key that was put in its place" \
    wait_for "$WAIT" logged ": serving, generation 2"
stop_kmsd
is "the host stops" "$STATUS" 0

# Without /proc there is the processes' own word, and that is said.
if as_root && ! is_sanitized && unshare -m true 2>"$RUN/unshare"; then
	cat >"$RUN/without" <<-EOF
		#!/bin/sh
		exec unshare -m sh -c 'mount -t tmpfs none /proc && exec "\$0" "\$@"' \
		    "$KMSD" "\$@"
	EOF
	chmod 755 "$RUN/without"
	KMSD=$RUN/without
	new_log
	start_serving
	for role in $ROLES; do
		contains "without /proc: whose word that of $role is" "$LOG" \
		    "the confinement of the $role is what it says itself"
	done
	ctl show sandbox >"$RUN/sandbox"
	for role in kmsd $ROLES; do
		is "without /proc: shown of $role" \
		    "$(value $role "told by")" itself
		for line in capabilities "seccomp filters" "locked memory"; do
			is "without /proc: $line of $role" \
			    "$(value $role "$line")" unknown
		done
	done
	kill -KILL "$(child_pid activator)"
	check "without /proc: the next generation serves" \
	    wait_for "$WAIT" logged ": serving, generation 2"
	is "without /proc: nothing new is said of it" \
	    "$(grep -c 'is what it says itself' "$LOG")" 4
	stop_kmsd
	is "without /proc: the host stops" "$STATUS" 0
fi
tap_end

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
for role in $ROLES; do
	is "the $role can open no file" "$(value $role "open /")" refused
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
: >"$LOG"
start_serving
check "a host with a named key and no folder serves" \
    logged ": serving, generation 1"
new_key
kill -KILL "$(child_pid activator)"
check "the next generation reads the key that was put in its place" \
    wait_for "$WAIT" logged ": serving, generation 2"
stop_kmsd
is "the host stops" "$STATUS" 0
tap_end

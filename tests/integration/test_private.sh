#!/bin/sh
# A host below a folder that only its owner can enter, such as a home.
. "${0%/*}/lib.sh"

private=$RUN/private
mkdir -m 700 "$private"
STATE=$private/state
make_conf
make_state

# serves FOLDER: twice, the second time as those that were confined before.
serves() {
	new_log
	start_kmsd
	check "below $1 it serves" \
	    wait_for "$WAIT" logged ": serving, generation 1"
	check "a process dies" kill -KILL "$(child_pid store)"
	check "and the next generation serves" \
	    wait_for "$WAIT" logged ": serving, generation 2"
	cp "$STATE/anchor" "$RUN/anchor"
	stop_kmsd
	is "it stops in order" "$STATUS" 0
	check "and its last anchor is written" \
	    sh -c "! cmp -s '$STATE/anchor' '$RUN/anchor'"
}

kept="keeps the capability DAC_READ_SEARCH"
nothing_more() {
	check "with no more than it keeps elsewhere" \
	    sh -c "! grep -q '$kept' '$LOG'"
}
serves "a folder of its user"
nothing_more
if as_root; then
	chown nobody "$private"
	serves "a folder of somebody else"
	contains "and says what that takes" "$LOG" "$kept"

	chmod 711 "$private"
	serves "one that all can pass"
	nothing_more

	chmod 700 "$private"
	ln -s "$private" "$RUN/link"
	STATE=$RUN/link/state
	make_conf
	serves "a link into it"
	contains "and says what that takes" "$LOG" "$kept"

	STATE=$private/state
	chmod 711 "$private"
	mkdir -m 700 "$private/keys"
	signify-openbsd -G -n -p "$private/keys/a.pub" -s "$RUN/a.sec"
	chown nobody "$private/keys"
	make_conf "publisher \"$private/keys/a.pub\""
	serves "one with a folder of keys that is closed"
	nothing_more
	make_conf
fi

# refused MODE FOLDER TEXT
refused() {
	chmod "$1" "$2"
	new_log
	start_kmsd
	check "${2##*/} of mode $1: it does not start" \
	    wait_for "$WAIT" gone "$KMSD_PID"
	contains "and says why" "$LOG" "$3"
	chmod 755 "$2"
}
refused 555 "$STATE" ": Permission denied"
refused 777 "$STATE/publisher" "others can write it"
tap_end

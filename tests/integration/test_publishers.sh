#!/bin/sh
# The publishers' keys are those that were there when kmsd started, for every
# generation, whatever becomes of the files; and they may be links.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

make_site 1
generation=1

# next WHAT: a child dies, and the generation that follows knows the publisher.
next() {
	kill -KILL "$(child_pid listener)" || bail "there is no listener"
	generation=$((generation + 1))
	check "$1: the next generation serves" \
	    wait_for "$WAIT" logged ": serving, generation $generation"
	revision=$((${revision:-1} + 1))
	new_revision $revision >"$RUN/out" 2>&1 || bail "$(cat "$RUN/out")"
	check "$1: and knows the publisher" \
	    status 0 ctl install "$RUN/product.$revision"
}

# refused WHAT TEXT
refused() {
	new_log
	start_kmsd
	wait_for "$WAIT" gone "$KMSD_PID" || kill -TERM "$KMSD_PID"
	wait "$KMSD_PID"
	is "$1: exit status" $? 1
	contains "$1: message" "$LOG" "$2"
}

again() {
	new_log
	start_serving
	generation=1
}

next "nothing was changed"
echo garbage >"$STATE/publisher/new.pub"
next "a file that is no key was put there"
echo garbage >"$STATE/publisher/test.pub"
next "the key was written over"
rm "$STATE"/publisher/*
next "the folder is empty"
stop_kmsd
is "the host stops" "$STATUS" 0

# The control: at a start they count.
echo garbage >"$STATE/publisher/new.pub"
refused "a start with a file that is no key" "publisher key 1: line 1"
contains "and which that is" "$LOG" \
    "publisher key 1 is $STATE/publisher/new.pub"
is "which is said once" "$(grep -c 'publisher key 1 is' "$LOG")" 1
head -c 1025 /dev/zero >"$STATE/publisher/new.pub"
refused "a start with a long file" "$STATE/publisher/new.pub: longer than 1024"
rm "$STATE/publisher/new.pub"

# --- Links, out of all that the confined parent may open

mkdir -m 755 "$RUN/keys"
cp "$PUB/test.pub" "$RUN/keys/"
ln -s "$RUN/keys/test.pub" "$STATE/publisher/test.pub"
again
next "a link in the folder"
stop_kmsd
chmod 666 "$RUN/keys/test.pub"
refused "a link to a key that all can write" \
    "$STATE/publisher/test.pub: mode 0666; chmod it to 0644"
chmod 644 "$RUN/keys/test.pub"
if as_root; then
	chown nobody "$RUN/keys/test.pub"
	refused "a link to somebody's key" \
	    "$STATE/publisher/test.pub: belongs to uid $(id -u nobody)"
	chown 0 "$RUN/keys/test.pub"
fi
mv "$STATE/publisher/test.pub" "$RUN/link.pub"
echo "publisher \"$RUN/link.pub\"" >>"$CONF"
again
next "a link that kmsd.conf names"
rm -r "$RUN/link.pub" "$RUN/keys"
next "and that is gone"
stop_kmsd
is "the host stops" "$STATUS" 0
refused "a start without it" "$RUN/link.pub: No such file"
tap_end

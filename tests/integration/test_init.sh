#!/bin/sh
# kmsctl init leaves a whole host or nothing; and on a host that lacks something
# what kmsd says, and then kmsctl init, leads to a host that serves.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/host.sh"

# refused DESCRIPTION TEXT...: kmsd exits 1 and says all that.
refused() {
	refused_name=$1
	shift
	new_log
	start_kmsd
	wait_for "$WAIT" gone "$KMSD_PID" || kill -TERM "$KMSD_PID"
	wait "$KMSD_PID"
	is "$refused_name: kmsd exits" $? 1
	for refused_text in "$@"; do
		contains "$refused_name: kmsd says why" "$LOG" "$refused_text"
	done
}

# serves DESCRIPTION: and is stopped again.
serves() {
	new_log
	start_kmsd
	check "$1: kmsd serves" wait_for "$WAIT" logged ": serving, generation 1"
	stop_kmsd
}

# secrets: what no second kmsctl init may change.
secrets() {
	(cd "$STATE" && cksum host.key host.pub anchor)
}

# nothing_done DESCRIPTION WANTED: the state folder holds this, as it did.
nothing_done() {
	is "$1: nothing is made" "$(cd "$STATE" && echo *)" "$2"
}

# --- An init that fails leaves nothing, and the next one just works

make_publisher 2
make_conf
deep=$STATE
STATE=$RUN/deep/er/state
make_conf
if is_sanitized; then
	skip "failing system calls" "a leak checker does not work under strace"
else
	for file in anchor host.pub host.key; do
		strace -qq -o "$RUN/calls" -P "$STATE/$file" -e trace=openat \
		    -e inject=openat:error=ENOSPC \
		    "$KMSCTL" -f "$CONF" init >"$RUN/out" 2>&1
		is "no space for $file: exit status" $? 2
		contains "no space for $file: is said" "$RUN/out" \
		    "$STATE/$file: No space left on device"
		check "no space for $file: nothing is left" \
		    test ! -e "$RUN/deep"
		is "no space for $file: nothing is said to be made" \
		    "$(grep -c 'folder\|secret' "$RUN/out")" 0
	done
	# Somebody's file in a folder of ours is left where it is.
	mkdir -p "$STATE/db"
	chmod 700 "$STATE/db"
	! as_root || chown _kmsddb "$STATE/db"
	echo kept >"$STATE/db/kept"
	strace -qq -o "$RUN/calls" -P "$STATE/host.key" -e trace=openat \
	    -e inject=openat:error=EIO "$KMSCTL" -f "$CONF" init \
	    >"$RUN/out" 2>&1
	is "a folder that was there before: exit status" $? 2
	nothing_done "a folder that was there before" db
	is "and holds what it held" "$(ls "$STATE/db")" kept
	rm -r "$RUN/deep"
fi
# The secret key is the longest of the files, and the last.
{
	prlimit --fsize=150 "$KMSCTL" -f "$CONF" init -n host.example
	echo "exit status $?"
} 2>&1 | cat >"$RUN/out"
contains "files may not grow: exit status" "$RUN/out" "exit status 2"
contains "files may not grow: is said" "$RUN/out" \
    "$STATE/host.key: File too large"
check "files may not grow: nothing is left" test ! -e "$RUN/deep"
check "and then it just works" status 0 ctl init
rm -rf "$RUN/deep"
STATE=$deep

# --- A host that never served

make_conf
ctl init >"$RUN/out" 2>&1 || bail "$(cat "$RUN/out")"
before=$(secrets)
check "a whole host: init refuses" status 1 ctl init
contains "a whole host: and says why" "$RUN/out" "this host was made before"
rmdir "$STATE/db" "$STATE/publisher"
check "a new host without its folders: init makes them" status 0 ctl init
is "the database's: mode" "$(stat -c %a "$STATE/db")" 700
! as_root ||
    is "the database's: owner" "$(stat -c %U "$STATE/db")" _kmsddb
is "the publishers': mode" "$(stat -c %a "$STATE/publisher")" 755
is "init leaves key and anchor" "$(secrets)" "$before"
cp "$PUB/test.pub" "$STATE/publisher/"

# --- One that was in use

start_serving
certify_host
stop_kmsd
cp -a "$STATE" "$RUN/good"
before=$(secrets)

restore() {
	chmod -R u+w "$STATE"
	rm -rf "$STATE"
	cp -a "$RUN/good" "$STATE"
}

rmdir "$STATE/empty"
refused "no empty" "$STATE/empty: No such file or directory; run kmsctl init"
check "no empty: init makes it" status 0 ctl init
contains "no empty: and says so" "$RUN/out" "$STATE/empty	a folder"
is "no empty: mode" "$(stat -c %a "$STATE/empty")" 555
is "no empty: nothing else" "$(grep -c '	' "$RUN/out")" 1
is "no empty: key and anchor are left" "$(secrets)" "$before"
serves "no empty"

# A key that is a credential is not among the files.
restore
rmdir "$STATE/empty"
mkdir -m 700 "$RUN/credentials"
mv "$STATE/host.key" "$RUN/credentials/"
check "no empty, and the key is a credential: init makes it" status 0 ctl init
contains "and names the key" "$RUN/out" "$STATE/host.key: is missing"
CREDENTIALS_DIRECTORY=$RUN/credentials
export CREDENTIALS_DIRECTORY
serves "no empty, and the key is a credential"
unset CREDENTIALS_DIRECTORY

restore
rm -r "$STATE/publisher"
refused "no publisher" "$STATE/publisher: " "run kmsctl init"
check "no publisher: init makes it" status 0 ctl init
contains "no publisher: and asks for the keys" "$RUN/out" \
    "Put the publishers' public keys back into $STATE/publisher"
cp "$PUB/test.pub" "$STATE/publisher/"
serves "no publisher"

# The database is lost: no empty folder hides that.
restore
rm -r "$STATE/db"
here=$(cd "$STATE" && echo *)
refused "no db" "$STATE/db: " "run kmsctl init"
check "no db: init refuses" status 1 ctl init
contains "no db: and asks for a backup" "$RUN/out" "Put it back from a backup"
nothing_done "no db" "$here"
make=$(sed -n 's/.*\(install -d .*\), then start.*/\1/p' "$RUN/out")
check "no db: the command that it gives works" sh -c "$make"
new_log
start_kmsd
check "no db: kmsd does not serve" \
    wait_for "$WAIT" logged "rollback, no client is served"
check "no db: what else it said works" \
    status 0 ctl audit accept-rollback "the database is lost"
check "no db: and then kmsd serves" wait_for "$WAIT" logged ": serving, "
stop_kmsd

# Keys and anchor are never made anew.
for file in anchor host.key; do
	restore
	rm "$STATE/$file"
	here=$(cd "$STATE" && echo *)
	refused "no $file" "$STATE/$file: " "put it back" "kmsctl init"
	check "no $file: init refuses" status 1 ctl init
	contains "no $file: names it" "$RUN/out" "$STATE/$file: is missing"
	contains "no $file: asks for a backup" "$RUN/out" \
	    "Put back from a backup what is missing"
	nothing_done "no $file" "$here"
	sed -n 's/^kmsctl: \(.*\): exists$/\1/p' "$RUN/out" >"$RUN/away"
	mkdir "$RUN/old"
	xargs mv -t "$RUN/old" <"$RUN/away"
	check "no $file: with the rest moved away init makes a host" \
	    status 0 ctl init
	serves "no $file"
	rm -r "$RUN/old"
done
restore
echo garbage >"$STATE/anchor"
rmdir "$STATE/empty"
check "an anchor that is none: init refuses" status 1 ctl init
contains "and asks for a backup" "$RUN/out" "put it back from a backup"
check "and makes nothing" test ! -e "$STATE/empty"
restore
rmdir "$STATE/empty"
chmod 777 "$STATE/publisher"
check "a folder that all can write: init refuses" status 2 ctl init
contains "and gives the mode" "$RUN/out" "chmod it to 0755"
check "and makes nothing" test ! -e "$STATE/empty"
tap_end

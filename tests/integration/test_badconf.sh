#!/bin/sh
# kmsd.conf wrong in each statement: kmsd -n names file and line and says what
# is expected.  A table: what kmsd must say, a tab, the statement; \n in it is
# the end of a line.
. "${0%/*}/lib.sh"

TAB=$(printf '\t')
long=$(printf '%0300d' 0)
deep=/$(printf '%099d' 0)

# One line, its number; more lines, the last one's number.
try() {
	printf "directory \"/tmp/kmsd\"\n# a comment\n$2\n" >"$CONF"
	try_line=$(($(wc -l <"$CONF")))
	"$KMSD" -n -f "$CONF" >"$RUN/out" 2>"$RUN/err"
	try_status=$?
	if [ "$try_status" -eq 1 ] && [ "$(wc -l <"$RUN/err")" -eq 1 ] &&
	    grep -qF -- "$CONF:$try_line: " "$RUN/err" &&
	    grep -qF -- "$1" "$RUN/err"; then
		ok "$(printf '%.60s' "$2" | tr '\n' ' ')"
	else
		not_ok "$(printf '%.60s' "$2" | tr '\n' ' ')"
		diag "status $try_status, line $try_line, wanted: $1"
		diag "$(cat "$RUN/err")"
	fi
}

while IFS=$TAB read -r says statement; do
	case $says in
	'' | '#'*) continue ;;
	esac
	try "$says" "$statement"
done <<EOT
expected one of directory, listen,	frobnicate
expected one of directory, listen,	Listen on 127.0.0.1
expected one of directory, listen,	renew 7d
expected: directory PATH	log info\ndirectory
already set on line 1	directory "/tmp/other"
expected: listen on ADDRESS [port NUMBER]	listen
expected: listen on ADDRESS [port NUMBER]	listen on
expected: listen on ADDRESS [port NUMBER]	listen 127.0.0.1
expected: listen on ADDRESS [port NUMBER]	listen on 127.0.0.1 port
expected: listen on ADDRESS [port NUMBER]	listen on 127.0.0.1 1688
expected: listen on ADDRESS [port NUMBER]	listen on 127.0.0.1 port 1688 x
is not an IPv4 or IPv6 address	listen on localhost
is not an IPv4 or IPv6 address	listen on 127.0.0
is not an IPv4 or IPv6 address	listen on 127.0.0.1:1688
is not an IPv4 or IPv6 address	listen on ::x
is not an IPv4 or IPv6 address	listen on *
is not a number from 1 to 65535	listen on 127.0.0.1 port 0
is not a number from 1 to 65535	listen on 127.0.0.1 port 65536
is not a number from 1 to 65535	listen on 127.0.0.1 port -1
is not a number from 1 to 65535	listen on 127.0.0.1 port kms
is not a number from 1 to 65535	listen on 127.0.0.1 port +1688
is given twice	listen on 127.0.0.1\nlisten on 127.0.0.1 port 1688
expected: publisher FILE	publisher
expected: publisher FILE	publisher "/a.pub" "/b.pub"
is not an absolute path	publisher a.pub
is given twice	publisher "/a.pub"\npublisher "/a.pub"
expected: user ROLE NAME	user
expected: user ROLE NAME	user store
expected: user ROLE NAME	user store a b
expected one of listener, activator, store, control	user parent root
expected one of listener, activator, store, control	user database _db
is not the name of a user	user store 0
is not the name of a user	user store "a b"
is not the name of a user	user store "../x"
is not the name of a user	user store $long
have the same user	user store _kmsdkey
have the same user	user store _one\nuser control _one
is already set on line 3	user store _a\nuser store _b
expected: sandbox require|optional LAYER	sandbox
expected: sandbox require|optional LAYER	sandbox require
expected: sandbox require|optional LAYER	sandbox require files tcp
expected one of optional, require	sandbox off files
expected one of files, tcp, signals, syscalls	sandbox require seccomp
is already set on line 3	sandbox require tcp\nsandbox optional tcp
expected: limit NAME NUMBER	limit
expected: limit NAME NUMBER	limit rate
expected: limit NAME NUMBER	limit rate 1 2
expected one of connections, per-source, rate, new-machines, decisions-per-day, skew	limit machines 5
is not a number from 1 to 100000	limit connections 0
is not a number from 1 to 100000	limit connections 100001
is not a number from 1 to 100000	limit connections many
is not a number from 1 to 100000	limit connections 1k
is not a number from 1 to 100000	limit connections 99999999999999999999
is not a number from 1 to 100000	limit per-source 0
is not a number from 1 to 1000000	limit rate 0
is not a number from 1 to 1000000	limit rate 1.5
is not a number from 1 to 1000000	limit new-machines 0
is not a number from 1 to 1000000	limit decisions-per-day -1
is not a duration from 60s to 14400s	limit skew 5h
is not a duration from 60s to 14400s	limit skew 59s
is not a duration from 60s to 14400s	limit skew 3600
is not a duration from 60s to 14400s	limit skew h
is not a duration from 60s to 14400s	limit skew 1hour
is already set on line 3	limit rate 5\nlimit rate 5
expected: deadline hello|request|idle DURATION	deadline
expected: deadline hello|request|idle DURATION	deadline hello
expected: deadline hello|request|idle DURATION	deadline hello 1s 2s
expected one of hello, request, idle	deadline reply 1s
is not a duration from 1s to 3600s	deadline hello 0s
is not a duration from 1s to 3600s	deadline hello 10
is not a duration from 1s to 3600s	deadline request 2h
is not a duration from 1s to 3600s	deadline request -1s
is not a duration from 1s to 86400s	deadline idle 2d
is already set on line 3	deadline idle 1s\ndeadline idle 1s
expected: log LEVEL	log
expected: log LEVEL	log info debug
expected one of	log loud
the log level is already set on line 3	log info\nlog info
string without its closing quote	publisher "/a.pub
control character	log\\001info
control character	log "in\\001fo"
EOT

# Where the statement itself is at fault on line 1.
printf 'directory relative\n' >"$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "a relative directory" $? 1
contains "is named with its line" "$RUN/err" \
    "$CONF:1: directory \"relative\" is not an absolute path"
printf 'directory "%s"\n' "$deep" >"$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "a directory too long for a socket" $? 1
contains "is told" "$RUN/err" "$CONF:1: directory is too long"
printf 'log info\r\n' >"$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "a carriage return" $? 1
contains "is named" "$RUN/err" "$CONF:1: control character (a carriage return?)"
printf 'log info\0\n' >"$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "a NUL" $? 1
contains "is named, too" "$RUN/err" "$CONF:1: control character"
i=0
while [ $i -lt 70 ]; do
	i=$((i + 1))
	echo "listen on 127.0.0.$i"
done >"$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "too many addresses" $? 1
contains "are counted" "$RUN/err" "more than "
is "no more errors are listed than help" \
    "$(wc -l <"$RUN/err")" "$(head -n 20 "$RUN/err" | wc -l)"

# A file that is none, or not the administrator's alone.
echo "log info" >"$CONF"
chmod 666 "$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "a file that others can write" $? 1
contains "is refused with its cure" "$RUN/err" "chmod go-w $CONF"
rm "$CONF"
mkdir "$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "a folder" $? 1
contains "is none" "$RUN/err" "$CONF: not a regular file"
rmdir "$CONF"
head -c 65537 /dev/zero | tr '\0' '#' >"$CONF"
"$KMSD" -n -f "$CONF" 2>"$RUN/err"
is "a file too long" $? 1
contains "is told with the limit" "$RUN/err" "$CONF: longer than 65536 bytes"

# kmsctl reads the same file.
echo "limit rate many" >"$CONF"
chmod 644 "$CONF"
"$KMSCTL" -f "$CONF" show host 2>"$RUN/err"
is "kmsctl refuses it, too" $? 2
contains "and names the line" "$RUN/err" "$CONF:1: limit rate"
tap_end

#!/bin/sh
# What a system needs beside the programs stands where it should, with the
# paths of this installation.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"

unit=$PREFIX/lib/systemd/system/kmsd.service
socket=$PREFIX/lib/systemd/system/kmsd.socket
users=$PREFIX/lib/sysusers.d/kmsd.conf
folders=$PREFIX/lib/tmpfiles.d/kmsd.conf

is "the unit starts the installed kmsd" \
    "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")" "$KMSD"
for user in _kmsdnet _kmsdkey _kmsddb _kmsdctl; do
	check "there is a line for $user" grep -q "^u $user " "$users"
done
check "the folder of the sockets is an absolute path" \
    grep -q '^d /[^@]*/kmsd 0755 root root -$' "$folders"
is "the socket unit listens on the default port" \
    "$(sed -n 's/^ListenStream=//p' "$socket")" 1688
is "nothing is left to replace" "$(cat "$unit" "$socket" "$users" "$folders" |
    grep -c '@[a-z]*@')" 0

# What systemd itself thinks of the unit: 0 is best, 10 worst.
mkdir "$RUN/whole" "$RUN/plain" "$RUN/networked"
cp "$unit" "$RUN/whole"
exposure() {
	systemd-analyze security --offline=true "$RUN/$1/kmsd.service" \
	    2>"$RUN/analyze.err" |
	    sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p'
}
level=$(exposure whole)
diag "exposure: ${level:-unknown: $(cat "$RUN/analyze.err")}"
check "the exposure of the unit is 2.0 at most" awk -v n="$level" \
    'BEGIN { exit !(n != "" && n + 0 <= 2) }'
grep -v -E '^(Protect|Private|Restrict|System|Capability|NoNew|Memory)' \
    "$unit" >"$RUN/plain/kmsd.service"
level=$(exposure plain)
check "the control: without its walls it is more than 5" awk -v n="$level" \
    'BEGIN { exit !(n + 0 > 5) }'
sed -e '/^PrivateNetwork=/d' -e '/^RestrictAddressFamilies=/s/$/ AF_INET/' \
    "$unit" >"$RUN/networked/kmsd.service"
level=$(exposure networked)
check "the control: with a network it is more than 2.0" awk -v n="$level" \
    'BEGIN { exit !(n + 0 > 2) }'

mkdir -p "$RUN/root/etc" "$RUN/root/run"
check "systemd makes the users" systemd-sysusers --root="$RUN/root" "$users"
is "all four" "$(grep -c '^_kmsd' "$RUN/root/etc/passwd")" 4
is "and the administrators' group" \
    "$(grep -c '^_kmsd:' "$RUN/root/etc/group")" 1

# As an ordinary user it makes the folder for that user.
sed "s/ root root / $(id -u) $(id -g) /" "$folders" >"$RUN/tmpfiles.conf"
as_root && cp "$folders" "$RUN/tmpfiles.conf"
sockets=$RUN/root$(sed -n 's/^d \([^ ]*\) .*/\1/p' "$folders")
seen() {
	stat -c '%i %a %u %g %Y %Z' "$sockets"
}
check "systemd makes the folder of the sockets" \
    systemd-tmpfiles --create --root="$RUN/root" "$RUN/tmpfiles.conf"
is "with its owner and mode" "$(stat -c '%u %g %a' "$sockets")" \
    "$(id -u) $(id -g) 755"
before=$(seen)
check "and does so again" \
    systemd-tmpfiles --create --root="$RUN/root" "$RUN/tmpfiles.conf"
is "which changes nothing" "$(seen)" "$before"
chmod 777 "$sockets"
systemd-tmpfiles --create --root="$RUN/root" "$RUN/tmpfiles.conf"
is "unless the mode is another" "$(stat -c '%a' "$sockets")" 755

for script in freebsd openbsd; do
	file=$PREFIX/share/doc/kmsd/kmsd.rc.$script
	check "the script for $script is one" sh -n "$file"
	contains "and starts the installed kmsd" "$file" "$KMSD"
	contains "and says that nobody ran it" "$file" "NOT RUN YET"
done

# As the unit starts it: few capabilities, nothing to be gained.
if as_root; then
	caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" |
	    tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
	cat >"$RUN/service" <<SERVICE
#!/bin/sh
exec setpriv --bounding-set=-all,$caps --no-new-privs '$KMSD' "\$@"
SERVICE
	chmod +x "$RUN/service"
	KMSD=$RUN/service
fi
make_site 1
client one activate -H "127.0.0.1:$PORT" >"$RUN/one.out" 2>&1
contains "with the unit's capabilities alone it serves" "$RUN/one.out" licensed
check "and starts another generation" kill -KILL "$(child_pid store)"
check "of all processes" wait_for "$WAIT" logged ": serving, generation 2"
stop_kmsd
is "the host stops" "$STATUS" 0
tap_end

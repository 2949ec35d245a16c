#!/bin/sh
# What a system needs beside the programs stands where it should, with the
# paths of this installation.
. "${0%/*}/lib.sh"

unit=$PREFIX/lib/systemd/system/kmsd.service
users=$PREFIX/lib/sysusers.d/kmsd.conf
folders=$PREFIX/lib/tmpfiles.d/kmsd.conf

is "the unit starts the installed kmsd" \
    "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")" "$KMSD"
for user in _kmsdnet _kmsdkey _kmsddb _kmsdctl; do
	check "there is a line for $user" grep -q "^u $user " "$users"
done
check "the folder of the sockets is an absolute path" \
    grep -q '^d /[^@]*/kmsd 0755 root root -$' "$folders"
is "nothing is left to replace" "$(cat "$unit" "$users" "$folders" |
    grep -c '@[a-z]*@')" 0
tap_end

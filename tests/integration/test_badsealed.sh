#!/bin/sh
# Sealed requests that are wrong in one thing each: what the host answers, that
# nothing is stored, and that the same processes go on.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/python.sh"

make_site 1 "limit decisions-per-day 3" "limit rate 100000" \
    "limit per-source 1000" "limit new-machines 100000"
relay badsealed.py
stop_kmsd
is "kmsd stops in order" "$STATUS" 0
tap_end

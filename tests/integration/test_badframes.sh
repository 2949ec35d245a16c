#!/bin/sh
# Frames of wrong lengths and types, slow ones, and other protocols: refused,
# counted, logged, and the same processes go on.
. "${0%/*}/lib.sh"
. "${0%/*}/site.sh"
. "${0%/*}/python.sh"

make_site 1 "deadline hello 1s" "deadline request 1s" "deadline idle 2s" \
    "limit rate 100000" "limit per-source 1000"
relay badframes.py
stop_kmsd
is "kmsd stops in order" "$STATUS" 0
tap_end

#!/bin/sh
# Lints the manual pages; that another page is not installed is no fault.
cd "$(dirname "$0")/.." || exit 1
mandoc -Tlint -W style man/*.[1-9] |
    grep -v 'referenced manual not found' && exit 1
exit 0

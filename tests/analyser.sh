#!/bin/sh
# The findings of gcc's analyser (-fanalyzer) in what a build has printed: each
# stands in tests/analyser-findings with the reason why it is none, and what
# stands there is still found.
#
#	analyser.sh LOG
#
# A finding is known by file, kind and text, so that it may move in its file.
set -eu
known=$(cd "$(dirname "$0")" && pwd)/analyser-findings
work=$(mktemp -d "${TMPDIR:-/tmp}/kmsd-analyser.XXXXXX")
trap 'rm -rf "$work"' EXIT

findings() { # FILE
	sed 's/\033\[[0-9;]*[mK]//g' "$1" |
	    sed -n 's|^.*/\([a-z]*/[a-z_0-9]*\.[chy]\):[0-9:]* warning: \(.*\) \[CWE-[0-9]*\] \[-W\(analyzer-[a-z-]*\)\]$|\1	\3	\2|p'
	# What does not fit that form is a finding all the same.
	sed 's/\033\[[0-9;]*[mK]//g' "$1" | grep -e '-Wanalyzer' |
	    grep -vE '/[a-z]+/[a-z_0-9]+\.[chy]:[0-9:]* warning: .* \[CWE-[0-9]*\] \[-Wanalyzer-[a-z-]*\]$' |
	    sed 's/^/?	?	/' || :
}

# The control: the analyser finds what is planted.
mkdir "$work/planted"
cat >"$work/planted/twice.c" <<'C'
#include <stdlib.h>
void twice(void *p);
void twice(void *p) { free(p); free(p); }
C
gcc -c -fanalyzer -o "$work/twice.o" "$work/planted/twice.c" \
    >"$work/log" 2>&1
control=$(findings "$work/log" | grep -c 'analyzer-double-free') || :

findings "$1" | sort -u >"$work/found"
grep -v '^#' "$known" | cut -f1-3 | sort -u >"$work/known"
new=$(comm -23 "$work/found" "$work/known" | tee "$work/new" | wc -l)
gone=$(comm -13 "$work/found" "$work/known" | tee "$work/gone" | wc -l)
sed 's/^/new: /' "$work/new"
sed 's/^/no longer found: /' "$work/gone"
echo "# analyser: files=$(grep -cE '^ +CC +[a-z]+/' "$1")" \
    "known=$(comm -12 "$work/found" "$work/known" | wc -l)" \
    "new=$new gone=$gone control=$control"
! grep -v '^#' "$known" | awk -F '\t' '$4 == ""' | grep . || {
	echo "a finding without a reason"
	exit 1
}
[ "$new" -eq 0 ] && [ "$gone" -eq 0 ] && [ "$control" -gt 0 ]

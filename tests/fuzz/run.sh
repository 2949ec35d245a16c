#!/bin/sh
# Runs every libFuzzer target of a build folder for some seconds on a copy of
# its corpus:  run.sh BUILD SECONDS.  A crash leaves its input in BUILD.
set -eu
build=$1
seconds=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$build"
n=0
for target in tests/fuzz/fuzz_*; do
	[ -f "$target" ] && [ -x "$target" ] || continue
	name=${target##*/fuzz_}
	case $name in *.*) continue ;; esac
	mkdir -p "corpus/$name"
	cp "$top/tests/fuzz/corpus/$name"/* "corpus/$name/"
	echo "fuzz_$name"
	"./$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
	    -verbosity=0 -print_final_stats=1 "corpus/$name"
	n=$((n + 1))
done
[ "$n" -gt 0 ] || { echo "no targets in $build/tests/fuzz" >&2; exit 1; }

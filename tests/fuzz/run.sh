#!/bin/sh
# Runs every libFuzzer target of a build folder for some seconds on a copy of
# its corpus:  run.sh BUILD SECONDS.  A line a target says how often it was
# executed and how many edges it reached; the last line is the sum of all.  A
# crash leaves its input in BUILD.
set -eu
build=$1
seconds=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$build"
targets=0
executions=0
edges=0
crashes=0
began=$(date +%s)
mkdir -p fuzz-logs

# value NAME FILE: the last number behind NAME in libFuzzer's output.
value() {
	sed -n "s/.*$1 *\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1
}

for target in tests/fuzz/fuzz_*; do
	[ -f "$target" ] && [ -x "$target" ] || continue
	name=${target##*/fuzz_}
	case $name in *.*) continue ;; esac
	mkdir -p "corpus/$name"
	cp "$top/tests/fuzz/corpus/$name"/* "corpus/$name/"
	log=fuzz-logs/$name
	targets=$((targets + 1))
	if ! "./$target" -max_total_time="$seconds" -timeout=10 \
	    -rss_limit_mb=2048 -print_final_stats=1 \
	    "corpus/$name" >"$log" 2>&1; then
		crashes=$((crashes + 1))
		tail -n 60 "$log"
	fi
	e=$(value 'stat::number_of_executed_units:' "$log")
	c=$(value 'cov:' "$log")
	echo "fuzz_$name executions=${e:-0} edges=${c:-0}"
	executions=$((executions + ${e:-0}))
	edges=$((edges + ${c:-0}))
done
[ "$targets" -gt 0 ] ||
    { echo "no targets in $build/tests/fuzz" >&2; exit 1; }
echo "targets=$targets executions=$executions edges=$edges" \
    "crashes=$crashes seconds=$(($(date +%s) - began))"
[ "$crashes" -eq 0 ]

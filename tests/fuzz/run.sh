#!/bin/sh
# Runs every libFuzzer target of a build folder for some seconds on a copy of
# its corpus:  run.sh BUILD SECONDS.  A line a target says how often it was
# executed and how many edges it reached; the last line is the sum of all, with
# the number of those that were never executed.  A crash leaves its input in
# BUILD.
#
#	SEED=n	repeats the choices of a run, as far as it takes as long
set -eu
build=$1
seconds=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$build"
targets=0
executions=0
edges=0
crashes=0
idle=0
SEED=${SEED:-$(($(od -An -N4 -tu4 /dev/urandom) % 2147483647 + 1))}
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
	if ! "./$target" -seed="$SEED" -max_total_time="$seconds" -timeout=10 \
	    -rss_limit_mb=2048 -print_final_stats=1 \
	    "corpus/$name" >"$log" 2>&1; then
		crashes=$((crashes + 1))
		tail -n 60 "$log"
	fi
	e=$(value 'stat::number_of_executed_units:' "$log")
	c=$(value 'cov:' "$log")
	echo "fuzz_$name executions=${e:-0} edges=${c:-0}"
	[ "${e:-0}" -gt 0 ] || idle=$((idle + 1))
	executions=$((executions + ${e:-0}))
	edges=$((edges + ${c:-0}))
done
[ "$targets" -gt 0 ] ||
    { echo "no targets in $build/tests/fuzz" >&2; exit 1; }
echo "# fuzz: targets=$targets executions=$executions edges=$edges" \
    "crashes=$crashes idle=$idle seed=$SEED seconds=$(($(date +%s) - began))"
[ "$crashes" -eq 0 ] && [ "$idle" -eq 0 ]

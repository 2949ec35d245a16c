#!/bin/sh
# Which lines of the product its unit tests and corpora run, part by part:
# prints TAP for the programs, and the figures.
#
#	coverage.sh BUILD	a build with gcc --coverage
#
# Counted are the C programs of "make check": tests/unit, tests/durability,
# tests/hostile/test_rules and the corpora of tests/fuzz.  The suites in shell
# (supervision, integration) and the tests that start a process are not, since
# what is confined can write no counters; kmsd/ and whatever only a running
# process does come out too low.  test_memory walks the lines of test_power, slowly.
set -u
cd "$(dirname "$0")/.." || exit 1
TOP_SRCDIR=$PWD
CMOCKA_MESSAGE_OUTPUT=TAP
export TOP_SRCDIR CMOCKA_MESSAGE_OUTPUT
cd "$1" || exit 1

programs=$(printf 'include Makefile\nprint-programs:\n\t@echo %s\n' \
    '$(unit_tests) $(fuzz_programs)' |
    make -s -f - print-programs | tail -n 1)
make -s -j"$(getconf _NPROCESSORS_ONLN)" $programs >coverage.log 2>&1 || {
	echo "Bail out! the tests do not build"
	sed 's/^/# /' coverage.log | tail -n 20
	exit 1
}
find . -name '*.gcda' -exec rm -f {} +
n=0
failed=0
for program in $programs; do
	case $program in *_process | */test_start | */test_memory) continue ;; esac
	n=$((n + 1))
	if timeout 120 "./$program" >coverage.log 2>&1; then
		echo "ok $n - $program"
	else
		echo "not ok $n - $program"
		failed=1
		grep -v '^ok' coverage.log | sed 's/^/# /' | tail -n 20
	fi
done
find . -name '*.gcno' | sort >coverage.objects
python3 - "$TOP_SRCDIR" <<'PYTHON' || failed=1
import json
import os
import subprocess
import sys

top = os.path.realpath(sys.argv[1])
parts = ("listener activator store control kmsd common client kmsctl "
         "publisher").split()
with open("coverage.objects", encoding="ascii") as f:
    objects = f.read().split()
out = subprocess.run(["gcov", "--json-format", "--stdout", *objects],
                     check=True, stdout=subprocess.PIPE,
                     stderr=subprocess.DEVNULL, text=True).stdout
lines = {}
for text in out.splitlines():
    report = json.loads(text)
    where = report["current_working_directory"]
    for file in report["files"]:
        path = os.path.realpath(os.path.join(where, file["file"]))
        name = os.path.relpath(path, top)
        if name.split("/")[0] not in parts:
            name = os.path.relpath(path, os.getcwd())    # made by the build
        part = name.split("/")[0]
        if part in parts:
            for row in file["lines"]:
                key = part, name, row["line_number"]
                lines[key] = lines.get(key, False) or row["count"] > 0
for part in parts:
    seen = [hit for key, hit in lines.items() if key[0] == part]
    print(f"# coverage: part={part} lines={len(seen)} covered={sum(seen)}")
sys.exit(not all(any(k[0] == p for k in lines) for p in parts))
PYTHON
echo "1..$n"
exit $failed

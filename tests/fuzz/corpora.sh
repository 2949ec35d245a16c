#!/bin/sh
# Every fuzz program has a corpus that is not empty and a place in the build,
# and every corpus has its program.
here=${TOP_SRCDIR:-.}/tests/fuzz
n=0
failed=0

result() { # whether it is so, text
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=$((failed + 1))
	fi
}

for source in "$here"/fuzz_*.c; do
	name=${source##*/fuzz_}
	name=${name%.c}
	find "$here/corpus/$name" -type f -size +0 2>/dev/null | grep -q .
	result $? "fuzz_$name has a corpus"
	grep -qx "fuzz_programs += tests/fuzz/fuzz_$name" "$here/Makefile.inc"
	result $? "fuzz_$name is built"
	grep -qx "EXTRA_DIST += tests/fuzz/corpus/$name" "$here/Makefile.inc"
	result $? "the corpus of fuzz_$name is packed"
done
for folder in "$here"/corpus/*; do
	[ -f "$here/fuzz_${folder##*/}.c" ]
	result $? "the corpus ${folder##*/} has a program"
done
echo "1..$n"
[ "$failed" -eq 0 ]

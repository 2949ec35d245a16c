#!/bin/sh
# The kept vectors are what the generator makes today, byte for byte.
kept=$TOP_SRCDIR/tests/vectors/protocol.json
echo 1..1
vectors=$(./tests/vectors/generate | grep -c '^ *"[a-z_]*": ')
differ=$(./tests/vectors/generate | diff - "$kept" | grep -c '^[<>]')
echo "# vectors: vectors=$vectors differ=$differ"
if ./tests/vectors/generate | cmp - "$kept"
then
	echo "ok 1 - protocol.json is what the code makes"
else
	echo "not ok 1 - protocol.json is what the code makes"
fi

"""A grant that the log does not show, made by whoever holds the host key.

    secondtree.py HOST-KEY GRANT

Takes a grant and its proof, says another count in it, and signs the checkpoint
of a tree in which that stands at the same place.  Prints it.
"""

import base64
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../interop"))
import trust  # noqa: E402

SEED = slice(40, 72)  # of a secret key without a password: signify(1)


def main(key_path, grant_path):
    with open(key_path, "rb") as f:
        seed = base64.b64decode(f.read().splitlines()[1])[SEED]
    with open(grant_path, "rb") as f:
        entry, proof, checkpoint = f.read().split(b"\n\n", 2)
    entry = re.sub(rb"(?m)^count (\d+)$",
                   lambda m: b"count %d" % (int(m[1]) + 1), entry) + b"\n"
    lines = proof.split(b"\n")
    index = int(lines[1].split()[1])
    path = [base64.b64decode(text) for text in lines[2:]]
    origin, size = checkpoint.decode().split("\n")[:2]
    root = trust.root_of_proof(trust.leaf_hash(entry), index, int(size), path)
    sys.stdout.buffer.write(entry + b"\n" + trust.print_proof(
        index, path, trust.sign_checkpoint(origin, int(size), root, seed)))


main(*sys.argv[1:])

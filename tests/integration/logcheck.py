"""What clients hold, against the database of a stopped host.

    logcheck.py DATABASE grants FILE...     kmsbench's lines: index, hash
    logcheck.py DATABASE proofs FILE...     grants as kms keeps them
    logcheck.py DATABASE count TEXT         entries with this text
    logcheck.py DATABASE machines           machines and units counted
    logcheck.py DATABASE tally FILE...      kmsbench's lines in figures

Reads a copy of the database.  Exits 1 at anything that is missing, prints
how much there was; the tally only counts.
"""

import base64
import hashlib
import sqlite3
import sys

INDEX_BITS = 48


def entries(db):
    """The entries of the newest log."""
    log = db.execute("SELECT max(key) >> ? FROM entry",
                     (INDEX_BITS,)).fetchone()[0]
    rows = db.execute("SELECT key, text FROM entry WHERE key >> ? = ? "
                      "ORDER BY key", (INDEX_BITS, log)).fetchall()
    for i, (key, _) in enumerate(rows):
        if key & ((1 << INDEX_BITS) - 1) != i:
            sys.exit(f"entry {i} is missing")
    return [bytes(text) for _, text in rows]


def acknowledged(paths):
    for path in paths:
        with open(path, encoding="ascii") as f:
            for line in f:
                if line.endswith("\n"):
                    index, digest = line.split()
                    yield int(index), base64.b64decode(digest), path


def proofs(paths):
    for path in paths:
        with open(path, "rb") as f:
            entry, proof = f.read().split(b"\n\n", 1)
        index = int(proof.split(b"\n")[1].split()[1])
        yield index, hashlib.sha256(entry + b"\n").digest(), path


def find(log, held):
    seen = set()
    for index, digest, path in held:
        if index >= len(log):
            sys.exit(f"{path}: index {index}, the log has {len(log)}")
        if hashlib.sha256(log[index]).digest() != digest:
            sys.exit(f"{path}: entry {index} is another one")
        if index in seen:
            sys.exit(f"{path}: entry {index} was given twice")
        seen.add(index)
    if not seen:
        sys.exit("nobody holds a grant")
    print(len(seen))


def tally(log, held, units, counted):
    """Acknowledged, lost, given or counted twice."""
    seen, lost, twice = set(), 0, abs(units - counted)
    for index, digest, _ in held:
        twice += index in seen
        lost += index >= len(log) or \
            hashlib.sha256(log[index]).digest() != digest
        seen.add(index)
    print(f"acknowledged={len(seen)} lost={lost} twice={twice}")


def counts(db):
    units = db.execute("SELECT sum(physical + virtual) FROM bucket"
                       ).fetchone()[0] or 0
    return units, db.execute("SELECT count(DISTINCT machine) FROM machine"
                             ).fetchone()[0]


def machines(db):
    units, counted = counts(db)
    if units != counted:
        sys.exit(f"{counted} machines are counted as {units}")
    print(units)


def main():
    db = sqlite3.connect(sys.argv[1])
    what = sys.argv[2]
    if what == "grants":
        find(entries(db), acknowledged(sys.argv[3:]))
    elif what == "proofs":
        find(entries(db), proofs(sys.argv[3:]))
    elif what == "count":
        print(sum(sys.argv[3].encode() in e for e in entries(db)))
    elif what == "machines":
        machines(db)
    elif what == "tally":
        tally(entries(db), acknowledged(sys.argv[3:]), *counts(db))
    else:
        sys.exit(__doc__)


main()

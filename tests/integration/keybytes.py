"""Prints the bytes of every secret key of a host under load, and of its
clients, as patterns for scan.py: hexadecimal, one a line.

    keybytes.py FORM SEED-FILE ACTIVATOR PORT PUBLISHER-DIR CLIENT...

FORM host: the host key (its seed, the two halves it expands to, its file's
base64) and what is derived from it, the key of the salts.  seals: the X25519
secrets of the activator, read from its memory and held against the kms-seal
that it gives out.  machines: the clients' keys, and what each shares with the
seal; they stand nowhere once a reply has left.
"""
import base64
import glob
import hashlib
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))

import nacl.bindings  # noqa: E402

import checks  # noqa: E402
import client  # noqa: E402
import trust  # noqa: E402

SALT_PURPOSE = b"kmsd log entry salt"
SEALS = 64  # slots in the arena (activator/arena.h)
SEALS_BEHIND = 64 + 32  # from the seed: its key of 64 bytes, the salts'
SEED_AT = 40  # in the file's blob


def key_text(path):
    with open(path, "rb") as file:
        return file.read().splitlines()[1]


def seed_of(path):
    raw = base64.b64decode(key_text(path))
    assert len(raw) == 104 and raw[:2] == b"Ed"
    return raw[SEED_AT:SEED_AT + 32]


def host_patterns(path):
    seed = seed_of(path)
    scalar = bytearray(hashlib.sha512(seed).digest())
    scalar[0] &= 248
    scalar[31] = scalar[31] & 63 | 64
    text = key_text(path)
    # The characters that hold nothing but bits of the seed.
    first, last = -(-SEED_AT * 8 // 6), (SEED_AT + 32) * 8 // 6
    return [seed, bytes(scalar[:32]), bytes(scalar[32:]), text[first:last],
            hashlib.blake2b(seed, digest_size=32, key=SALT_PURPOSE).digest()]


def seal_public(port, folder):
    with open(folder + "/test.pub", "rb") as file:
        publisher = trust.read_public_key(file.read())
    with open(folder + "/product.kms", "rb") as file:
        product = checks.check_product(file.read(), publisher)
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        s.sendall(client.print_hello(publisher, product.get("product")))
        file = s.makefile("rb")
        size = int.from_bytes(file.read(2), "big")
        payload = file.read(size)[1:]
    _, _, _, host, seal = client.parse_hello_reply(payload)
    import time
    return checks.check_host(host, seal, product, int(time.time())).seal_key


def seal_patterns(path, pid, public):
    seed, found = seed_of(path), []
    with open(f"/proc/{pid}/maps") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            bounds = line.split(" ", 1)[0].split("-")
            start, end = (int(b, 16) for b in bounds)
            if "[v" in line or end - start > 1 << 26:
                continue
            mem.seek(start)
            try:
                region = mem.read(end - start)
            except OSError:
                continue
            at = region.find(seed)
            while at != -1:
                slots = region[at + SEALS_BEHIND:][:32 * SEALS]
                found += [slots[i:i + 32] for i in range(0, len(slots), 32)]
                at = region.find(seed, at + 1)
    found = [f for f in found if len(f) == 32 and len(set(f)) > 16]
    own = [f for f in found
           if nacl.bindings.crypto_scalarmult_base(f) == public]
    assert own, "the secret of the kms-seal is not where it should be"
    return found


def machine_patterns(folders, public):
    found = []
    for folder in folders:
        for name in glob.glob(folder + "/**/machine.key", recursive=True):
            with open(name) as file:
                for word in file.read().split():
                    try:
                        raw = base64.b64decode(word, validate=True)
                    except ValueError:
                        continue
                    if len(raw) == 32:
                        found += [raw, nacl.bindings.crypto_box_beforenm(
                            public, raw)]
    assert found, "no machine has a key"
    return found


def main():
    form, path, pid, port, folder = sys.argv[1:6]
    if form == "host":
        patterns = host_patterns(path)
    else:
        public = seal_public(int(port), folder)
        patterns = seal_patterns(path, pid, public) if form == "seals" else \
            machine_patterns(sys.argv[6:], public)
    for pattern in patterns:
        print(pattern.hex())


main()

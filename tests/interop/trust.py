"""Signed documents, sealed frames and proofs, as doc/protocol.md has them."""

import base64
import hashlib
import re

import nacl.bindings
import nacl.exceptions
import nacl.signing

import messages
from messages import Malformed

COMMENT = b"untrusted comment: "


class Refused(Exception):
    """Something that is not to be believed; the text says which check."""


def blake2b(size, *parts, key=b""):
    return hashlib.blake2b(b"".join(parts), digest_size=size, key=key).digest()


def b64decode(text, size):
    """Canonical base64 of bytes, exactly that many."""
    try:
        return messages.Base64(size).parse(text.decode("ascii"))
    except UnicodeDecodeError:
        raise Malformed("not base64")


# --- keys and signed documents


def read_public_key(data):
    """The blob of 42 bytes of a signify public key file."""
    lines = data.split(b"\n")
    if len(lines) != 3 or lines[2] != b"" or \
            not lines[0].startswith(COMMENT):
        raise Malformed("not a signify public key file")
    blob = b64decode(lines[1], 42)
    if blob[:2] != b"Ed":
        raise Malformed("not an Ed25519 key")
    return blob


def verify_bytes(key, message, signature):
    try:
        nacl.signing.VerifyKey(key).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, ValueError):
        return False
    return True


def verify_document(data, kind, blobs):
    """The message of a document that one of these keys signed, and the key.
    The signature is verified before the message is parsed."""
    lines = data.split(b"\n", 2)
    if len(lines) != 3:
        raise Refused("%s: not a signed document" % kind)
    comment, second, text = lines
    signature = b64decode(second, 74)
    signer = None
    for blob in blobs:
        if blob[:2] == signature[:2] == b"Ed" and \
                blob[2:10] == signature[2:10] and \
                verify_bytes(blob[10:], text, signature[10:]):
            signer = blob
    if signer is None:
        raise Refused("%s: not signed by the right key" % kind)
    if comment != COMMENT + text.split(b"\n", 1)[0]:
        raise Refused("%s: another comment than its first line" % kind)
    return messages.parse(text, kind), signer


def sign_document(message, seed, keynum):
    """As a publisher, an issuer or a host does it."""
    signature = b"Ed" + keynum + nacl.signing.SigningKey(seed).sign(
        message).signature
    return b"".join([COMMENT, message.split(b"\n", 1)[0], b"\n",
                     base64.b64encode(signature), b"\n", message])


# --- boxes


def machine_id(public):
    return blake2b(16, b"kms-machine", public)


def hardware_of(identity, product):
    return blake2b(16, identity, key=product)


def pad(text):
    size = max(512, (len(text) + 1 + 63) // 64 * 64)
    return text + b"\x80" + bytes(size - len(text) - 1)


def unpad(plain):
    text = plain.rstrip(b"\0")
    if text[-1:] != b"\x80" or pad(text[:-1]) != plain:
        raise Refused("the padding is wrong")
    return text[:-1]


def shared_key(public, secret):
    if public[31] & 0x80:
        raise Refused("a public key with bit 255 set")
    try:
        return nacl.bindings.crypto_box_beforenm(public, secret)
    except (nacl.exceptions.CryptoError, RuntimeError):
        raise Refused("a public key of low order")


def half_nonce(random, text):
    return blake2b(16, random, text)[:12]


def seal(text, nonce, shared):
    return nacl.bindings.crypto_box_afternm(pad(text), nonce, shared)


def unseal(box, nonce, shared):
    try:
        plain = nacl.bindings.crypto_box_open_afternm(box, nonce, shared)
    except (nacl.exceptions.CryptoError, ValueError):
        raise Refused("the box does not open")
    return unpad(plain)


# --- the log


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(hashes):
    """RFC 6962 section 2.1, as it stands there."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(tree_root(hashes[:split]), tree_root(hashes[split:]))


def root_of_proof(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2; None when the path has a wrong length."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn != 0:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    return r if sn == 0 else None


def origin_of(host_key, log):
    """From the 32 bytes of the key and the uuid's text."""
    return "kmsd/%s/%s" % (blake2b(16, host_key).hex(), log)


def note_key_id(origin, host_key):
    return hashlib.sha256(origin.encode() + b"\n\x01" + host_key).digest()[:4]


def sign_checkpoint(origin, size, root, seed):
    key = nacl.signing.SigningKey(seed)
    body = "%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode())
    body = body.encode()
    signature = note_key_id(origin, key.verify_key.encode()) + \
        key.sign(body).signature
    return body + b"\n\xe2\x80\x94 " + origin.encode() + b" " + \
        base64.b64encode(signature) + b"\n"


CHECKPOINT = re.compile(
    rb"(?P<body>(?P<origin>kmsd/(?P<key>[0-9a-f]{32})/"
    rb"(?P<log>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))\n"
    rb"(?P<size>[0-9]+)\n(?P<root>[A-Za-z0-9+/=]+)\n)"
    rb"\n\xe2\x80\x94 (?P=origin) (?P<signature>[A-Za-z0-9+/=]+)\n")


def verify_checkpoint(data, host_key):
    """(size, root) of a checkpoint that this host key signed."""
    match = CHECKPOINT.fullmatch(data)
    if match is None:
        raise Refused("not a checkpoint")
    origin = match["origin"].decode()
    if match["key"].decode() != blake2b(16, host_key).hex():
        raise Refused("checkpoint of another host")
    size = messages.Count(least=1).parse(match["size"].decode())
    root = b64decode(match["root"], 32)
    signature = b64decode(match["signature"], 68)
    if signature[:4] != note_key_id(origin, host_key):
        raise Refused("checkpoint with a wrong key id")
    if not verify_bytes(host_key, match["body"], signature[4:]):
        raise Refused("checkpoint with a bad signature")
    return size, root


def verify_grant(data, host_key):
    """The kms-grant message whose place in the host's log is proven."""
    if len(data) > 4096:
        raise Refused("grant: too long")
    parts = data.split(b"\n\n", 2)
    if len(parts) != 3:
        raise Refused("grant: parts missing")
    entry = parts[0] + b"\n"
    lines = parts[1].split(b"\n")
    if lines[0] != b"c2sp.org/tlog-proof@v1" or len(lines) < 2 or \
            not lines[1].startswith(b"index "):
        raise Refused("grant: not a tlog-proof")
    try:
        index = messages.COUNT.parse(lines[1][6:].decode("ascii"))
    except UnicodeDecodeError:
        raise Malformed("grant: index")
    path = [b64decode(text, 32) for text in lines[2:]]
    size, root = verify_checkpoint(parts[2], host_key)
    if root_of_proof(leaf_hash(entry), index, size, path) != root:
        raise Refused("grant: the proof does not lead to the root")
    return messages.parse(entry, "kms-grant")


def print_proof(index, path, checkpoint):
    lines = [b"c2sp.org/tlog-proof@v1", b"index %d" % index]
    lines += [base64.b64encode(p) for p in path]
    return b"\n".join(lines) + b"\n\n" + checkpoint


def salt_key(host_seed):
    return blake2b(32, host_seed, key=b"kmsd log entry salt")


def salt_of(entry, origin, key):
    """Over the lines that the salt of this type covers."""
    lines = entry.decode().split("\n")[1:-1]
    names = [text.split(" ", 1)[0] for text in lines]
    asked = entry.startswith((b"kms-grant ", b"kms-refusal "))
    end = names.index("virtual") + 1 if asked else names.index("salt")
    covered = "".join(text + "\n" for text in [origin] + lines[:end])
    return blake2b(16, covered.encode(), key=key)

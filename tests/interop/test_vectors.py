#!/usr/bin/python3
"""Verifies every value of tests/vectors/protocol.json with the code beside,
in both directions, and that the client refuses what differs.  Prints TAP."""

import hashlib
import json
import sys

import nacl.bindings
import nacl.public
import nacl.signing

import checks
import client
import messages
import trust
from messages import Malformed, TIME, parse
from trust import Refused

HEX = ("publisher_seed issuer_seed host_seed host_key seal_public seal_secret "
       "machine_public machine_secret shared frame_hello frame_hello_reply "
       "machine_id request_random request_nonce frame_sealed salt_key "
       "reply_nonce frame_sealed_reply frame_error").split()


class Vectors:
    """The values; notes which of them the tests have looked at."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.values = json.load(file)
        self.seen = set()

    def __getitem__(self, key):
        self.seen.add(key)
        value = self.values[key]
        if key in HEX:
            return bytes.fromhex(value)
        return value if isinstance(value, int) else value.encode()


def public_of(seed):
    return nacl.signing.SigningKey(seed).verify_key.encode()


def payload_of(frame, kind):
    size = int.from_bytes(frame[:2], "big")
    assert size == len(frame) - 2 and frame[2] == kind
    return frame[3:]


def refuses(function, *arguments):
    try:
        function(*arguments)
    except (Refused, Malformed):
        return True
    return False


def every_bit(data, step=1):
    """The data with one bit changed, for the bits of every step-th byte."""
    for at in range(0, len(data), step):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            yield bytes(changed)


# --- what the vectors are


class Known:
    """The vectors' parts, as the tests below use them."""

    def __init__(self, v):
        self.v = v
        self.publisher = trust.read_public_key(v["publisher_pub"])
        self.product = checks.check_product(v["product"], self.publisher)
        self.now = v["time"]
        self.host = checks.check_host(v["host"], v["seal"], self.product,
                                      self.now)
        self.request = parse(v["request"], "kms-request")
        self.own = {
            "publisher": self.publisher,
            "product": self.product.get("product"),
            "machine": trust.machine_id(v["machine_public"]),
            "hardware": trust.hardware_of(v["identity"],
                                          self.product.get("product"))}


def test_keys(v):
    assert public_of(v["publisher_seed"]) == \
        trust.read_public_key(v["publisher_pub"])[10:]
    assert public_of(v["host_seed"]) == v["host_key"]
    for public, secret in (("seal_public", "seal_secret"),
                           ("machine_public", "machine_secret")):
        key = nacl.public.PrivateKey(v[secret])
        assert key.public_key.encode() == v[public]
    assert trust.shared_key(v["seal_public"], v["machine_secret"]) == \
        trust.shared_key(v["machine_public"], v["seal_secret"]) == v["shared"]
    assert trust.machine_id(v["machine_public"]) == v["machine_id"]


def test_documents(v):
    k = Known(v)
    issuer = k.product.get("issuer")
    assert public_of(v["issuer_seed"]) == issuer[10:]
    host = k.host.certificate.get("host")
    assert host[10:] == v["host_key"]
    checks.check_revocation(v["revocation"], k.publisher)
    for name, kind, seed, signer in (
            ("product", "kms-product", "publisher_seed", k.publisher),
            ("revocation", "kms-revocation", "publisher_seed", k.publisher),
            ("host", "kms-host", "issuer_seed", issuer),
            ("seal", "kms-seal", "host_seed", host),
            ("host_request", "kms-host-request", "host_seed", host)):
        message, _ = trust.verify_document(v[name], kind, [signer])
        made = trust.sign_document(message.print(), v[seed], signer[2:10])
        assert made == v[name], name


def test_hello(v):
    k = Known(v)
    assert client.print_hello(k.publisher, k.own["product"]) == \
        v["frame_hello"]
    challenge, product, revocation, host, seal = client.parse_hello_reply(
        payload_of(v["frame_hello_reply"], 0x81))
    assert challenge == k.request.get("challenge")
    assert product == k.product.get("revision")
    assert revocation == checks.check_revocation(
        v["revocation"], k.publisher).get("revision")
    assert (host, seal) == (v["host"], v["seal"])
    made = challenge + product.to_bytes(4, "big") + \
        revocation.to_bytes(4, "big")
    for part in host, seal:
        made += len(part).to_bytes(2, "big") + part
    assert client.print_frame(0x81, made) == v["frame_hello_reply"]


def test_request(v):
    k = Known(v)
    request = k.request
    assert request.get("seal") == k.host.seal_id
    assert k.host.seal_key == v["seal_public"]
    assert request.get("machine") == v["machine_public"]
    assert request.get("product") == k.own["product"]
    assert request.get("hardware") == k.own["hardware"]
    assert request.get("last")[0] == k.host.store
    made = messages.make(
        "kms-request", seal=k.host.seal_id, machine=v["machine_public"],
        challenge=request.get("challenge"), product=k.own["product"],
        verb="activate", host_name=request.get("host-name"),
        hardware=k.own["hardware"], time=request.get("time"),
        state="unlicensed", left=0, virtual="no", last=(k.host.store, 0),
        nonce=request.get("nonce"))
    assert made.print() == v["request"]


def test_sealed(v):
    k = Known(v)
    nonce = v["request_nonce"]
    assert nonce[12:] == bytes(12)
    assert trust.half_nonce(v["request_random"], v["request"]) == nonce[:12]
    box = trust.seal(v["request"], nonce, v["shared"])
    assert client.print_sealed(k.host.seal_id, v["machine_public"],
                               nonce[:12], box) == v["frame_sealed"]
    payload = payload_of(v["frame_sealed"], 0x02)
    shared = trust.shared_key(payload[8:40], v["seal_secret"])
    assert trust.unseal(payload[52:], payload[40:52] + bytes(12), shared) == \
        v["request"]


def test_log(v):
    k = Known(v)
    origin = v["origin"].decode()
    assert trust.origin_of(v["host_key"], origin.rsplit("/", 1)[1]) == origin
    assert trust.salt_key(v["host_seed"]) == v["salt_key"]
    grant = parse(v["entry"], "kms-grant")
    assert trust.salt_of(v["entry"], origin, v["salt_key"]) == \
        grant.get("salt")
    for key, value in k.own.items():
        assert grant.get(key) == value, key
    for theirs, ours in (("client-time", "time"), ("state", "state"),
                         ("left", "left"), ("virtual", "virtual"),
                         ("host-name", "host-name")):
        assert grant.get(theirs) == k.request.get(ours), theirs
    assert grant.get("expires") == \
        grant.get("time") + k.product.get("validity")


def test_host_request(v):
    """Its key stands in it, its log line is a checkpoint in words."""
    text = v["host_request"].split(b"\n", 2)[2]
    request = parse(text, "kms-host-request")
    key = request.get("host")[10:]
    assert key == v["host_key"]
    log, size, root, signature = request.get("log")
    origin = trust.origin_of(key, messages.UUID.print(log))
    assert trust.sign_checkpoint(origin, size, root, v["host_seed"]) == \
        v["checkpoint"]
    assert trust.verify_bytes(key, v["checkpoint"].split(b"\n\n")[0] + b"\n",
                              signature)


def test_entries(v):
    """Every other type, its salt, and that another value has another."""
    origin = v["origin"].decode()
    for name in "refusal", "start", "change", "rollback", "summary":
        text = v["entry_" + name]
        entry = parse(text, "kms-" + name)
        salt = trust.salt_of(text, origin, v["salt_key"])
        assert salt == entry.get("salt"), name
        changed = text.replace(b"\ntime 2026", b"\ntime 2027")
        assert trust.salt_of(changed, origin, v["salt_key"]) != salt
    text = v["entry_refusal"]
    counted = text.replace(b"\ncount 4\n", b"\ncount 5\n")
    assert counted != text and trust.salt_of(
        counted, origin, v["salt_key"]) == parse(
            text, "kms-refusal").get("salt")
    assert parse(v["entry_change"], "kms-change").get("digest") == \
        hashlib.sha256(v["product"]).digest()


def test_checkpoint(v):
    size, root = trust.verify_checkpoint(v["checkpoint"], v["host_key"])
    made = trust.sign_checkpoint(v["origin"].decode(), size, root,
                                 v["host_seed"])
    assert made == v["checkpoint"]


def test_grant(v):
    k = Known(v)
    assert v["grant"].startswith(v["entry"] + b"\n")
    assert v["grant"].endswith(b"\n\n" + v["checkpoint"])
    checks.check_grant(v["grant"], k.host, k.product, k.own,
                       checks.check_revocation(v["revocation"], k.publisher),
                       k.now)
    lines = v["grant"].split(b"\n\n")[1].split(b"\n")
    made = trust.print_proof(int(lines[1].split(b" ")[1]),
                             [trust.b64decode(one, 32) for one in lines[2:]],
                             v["checkpoint"])
    assert v["entry"] + b"\n" + made == v["grant"]


def test_reply(v):
    k = Known(v)
    nonce = v["reply_nonce"]
    payload = payload_of(v["frame_sealed_reply"], 0x82)
    reply, grant = checks.open_reply(payload, v["request_nonce"][:12],
                                     v["shared"], 1)
    checks.check_reply(reply, k.request, k.host)
    assert grant == v["grant"]
    assert reply.print() + b"\n" + grant == v["reply"]
    assert client.print_frame(0x82, nonce + trust.seal(
        v["reply"], nonce, v["shared"])) == v["frame_sealed_reply"]


def test_error(v):
    payload = payload_of(v["frame_error"], 0xff)
    error = client.parse_error(payload)
    text = payload[10:]
    assert client.print_frame(0xff, error.code.to_bytes(4, "big") +
                              error.retry.to_bytes(4, "big") +
                              len(text).to_bytes(2, "big") + text) == \
        v["frame_error"]
    assert error.code == 0xE0040005
    assert refuses(client.parse_error, payload + b"x")
    assert refuses(client.parse_error, payload[:-1])


def test_tree(v):
    """Proofs of every leaf of trees of up to 40 leaves, and their mutants."""
    leaves = [trust.leaf_hash(b"%d" % i) for i in range(40)]

    def path(index, hashes):
        if len(hashes) == 1:
            return []
        split = 1 << ((len(hashes) - 1).bit_length() - 1)
        left, right = hashes[:split], hashes[split:]
        if index < split:
            return path(index, left) + [trust.tree_root(right)]
        return path(index - split, right) + [trust.tree_root(left)]

    for size in range(1, len(leaves) + 1):
        root = trust.tree_root(leaves[:size])
        for index in range(size):
            proof = path(index, leaves[:size])
            good = (leaves[index], index, size, proof)
            assert trust.root_of_proof(*good) == root
            for bad in ((leaves[index], index, size, proof + [root]),
                        (leaves[index], index, size, proof[:-1]),
                        (leaves[index], index + 1, size, proof),
                        (leaves[index], size, size, proof)):
                if bad != good and not (proof == [] and bad[3] == []
                                        and bad[1] == index):
                    assert trust.root_of_proof(*bad) != root


# --- what the client refuses


def signed(v, k, kind, changes):
    """The vectors' document with values changed, signed as it must be."""
    name, seed, signer = {
        "kms-product": ("product", "publisher_seed", k.publisher),
        "kms-revocation": ("revocation", "publisher_seed", k.publisher),
        "kms-host": ("host", "issuer_seed", k.product.get("issuer")),
        "kms-seal": ("seal", "host_seed", k.host.certificate.get("host")),
    }[kind]
    message, _ = trust.verify_document(v[name], kind, [signer])
    message.values.update(changes)
    return trust.sign_document(message.print(), v[seed], signer[2:10])


def test_refuses_documents(v):
    k = Known(v)
    for name in "product", "host", "seal":
        for data in every_bit(v[name], 5):
            parts = {"product": v["product"], "host": v["host"],
                     "seal": v["seal"], name: data}
            assert refuses(lambda: checks.check_host(
                parts["host"], parts["seal"],
                checks.check_product(parts["product"], k.publisher), k.now))
    for data in every_bit(v["revocation"], 5):
        assert refuses(checks.check_revocation, data, k.publisher)
    other = b"Ed" + b"8 bytes!" + v["host_key"]
    assert refuses(checks.check_product, signed(
        v, k, "kms-product", {"publisher": [(other,)]}), k.publisher)
    assert refuses(checks.check_revocation, signed(
        v, k, "kms-revocation", {"publisher": [(other,)]}), k.publisher)
    assert refuses(checks.check_product, v["revocation"], k.publisher)
    for host, seal in (
            (signed(v, k, "kms-host", {"publisher": [(other,)]}), v["seal"]),
            (signed(v, k, "kms-host", {"host": [(other,)]}), v["seal"]),
            (v["host"], signed(v, k, "kms-seal", {"serial": [(bytes(16),)]})),
            (v["seal"], v["host"]), (v["host"], v["host"])):
        assert refuses(checks.check_host, host, seal, k.product, k.now)


def test_refuses_dates(v):
    k = Known(v)
    for kind in "kms-host", "kms-seal":
        for dates, holds in (((k.now, k.now + 1), True),
                             ((k.now + 1, k.now + 2), False),
                             ((k.now - 1, k.now), False)):
            data = signed(v, k, kind, {"not-before": [(dates[0],)],
                                       "not-after": [(dates[1],)]})
            host, seal = (data, v["seal"]) if kind == "kms-host" else \
                (v["host"], data)
            try:
                checks.check_host(host, seal, k.product, k.now)
                assert holds, (kind, dates)
            except checks.TimeSkew:
                assert not holds, (kind, dates)


def test_refuses_replies(v):
    k = Known(v)
    half, shared = v["request_nonce"][:12], v["shared"]

    def sealed(text, nonce=v["reply_nonce"], padded=None):
        box = nacl.bindings.crypto_box_afternm(
            trust.pad(text) if padded is None else padded, nonce, shared)
        return nonce + box

    def opened(payload, seconds=1):
        reply, grant = checks.open_reply(payload, half, shared, seconds)
        checks.check_reply(reply, k.request, k.host)
        if grant is not None:
            checks.check_grant(grant, k.host, k.product, k.own, None, k.now)

    text = v["reply"]
    head, _, grant = text.partition(b"\n\n")
    head += b"\n"
    refused = head.replace(b"result granted\n",
                           b"result refused\ncode 0xE0040005 busy\n")
    opened(sealed(text))
    opened(sealed(refused))
    opened(sealed(text), 60)
    assert refuses(opened, sealed(text), 61)
    for payload in every_bit(sealed(text), 7):
        assert refuses(opened, payload)
    assert refuses(opened, sealed(text, half + bytes(12)))
    assert refuses(opened, sealed(text, bytes(12) + half))
    plain = trust.pad(text)
    for padded in (text, text + b"\x80", plain + bytes(64), plain[:-1],
                   plain[:-64], plain[:-1] + b"\1", text + bytes(
                       len(plain) - len(text)),
                   text + b"\x81" + plain[len(text) + 1:], b""):
        assert refuses(opened, sealed(None, padded=padded)), padded
    assert refuses(opened, sealed(head))
    assert refuses(opened, sealed(refused + b"\n" + grant))
    assert refuses(opened, sealed(text + b"\n"))
    for old, new in ((b"nonce t", b"nonce u"),
                     (b"verb activate", b"verb status"),
                     (b"result refused", b"result granted"),
                     (b"result refused", b"result done"),
                     (b"result refused\ncode 0xE0040005 busy\n",
                      b"result done\n"),
                     (b"code 0xE0040005 busy\n", b""),
                     (b"code 0xE0040005", b"code 0xe0040005"),
                     (b"store 3", b"store 4"),
                     (b"time 2026-11-22", b"time 2026-11-23"),
                     (b"count 6", b"count 06"), (b"count 6\n", b""),
                     (b"renew 7d", b"renew 168h")):
        assert old in refused
        assert refuses(opened, sealed(refused.replace(old, new))), new
    for size in range(0, 600, 64):
        assert trust.unpad(trust.pad(bytes(size))) == bytes(size)
    assert len(trust.pad(bytes(511))) == 512
    assert len(trust.pad(bytes(512))) == 576


def test_refuses_grants(v):
    """A proven entry of the host's log that differs in one respect."""
    k = Known(v)
    hour = 3600
    origin = v["origin"].decode()

    def accepted(changes, now=k.now, revocation=None, host=k.host,
                 product=k.product, kind="kms-grant"):
        entry = parse(v["entry"], "kms-grant")
        entry.values.update({key: [(value,)] for key, value in
                             changes.items()})
        text = entry.print()
        if kind != "kms-grant":
            text = text.replace(b"kms-grant 1", kind.encode() + b" 1")
        checkpoint = trust.sign_checkpoint(origin, 1, trust.leaf_hash(text),
                                           v["host_seed"])
        grant = text + b"\n" + trust.print_proof(0, [], checkpoint)
        try:
            checks.check_grant(grant, host, product, k.own, revocation, now)
        except (Refused, Malformed):
            return False
        return True

    assert accepted({})
    for key, value in (("publisher", b"Ed" + bytes(40)),
                       ("product", bytes(16)), ("host", bytes(16)),
                       ("machine", bytes(16)), ("hardware", bytes(16))):
        assert not accepted({key: value}), key
    assert not accepted({}, kind="kms-refusal")
    assert not accepted({}, kind="kms-grand")
    validity = k.product.get("validity")
    before = k.host.certificate.get("not-before")
    after = k.host.certificate.get("not-after")
    assert accepted({"expires": k.now + validity})
    assert not accepted({"expires": k.now + validity + 1})
    assert accepted({}, now=k.now + 4 * hour)
    assert accepted({}, now=k.now - 4 * hour)
    assert not accepted({}, now=k.now + 4 * hour + 1)
    assert not accepted({}, now=k.now - 4 * hour - 1)
    for changes, now, good in (
            ({"time": before, "expires": before + 1}, before, True),
            ({"time": before - 1, "expires": before}, before, False),
            ({"time": after - 1, "expires": after}, after, True),
            ({"time": after - 1, "expires": after + 1}, after, False)):
        assert accepted(changes, now=now) == good, changes
    for family, group, good in (("draw", 2, True), ("draw", 3, True),
                                ("draw", 1, False), ("drav", 2, False)):
        certificate, _ = trust.verify_document(signed(
            v, k, "kms-host", {"family": [("other", 9), (family, group)]}),
            "kms-host", [k.product.get("issuer")])
        host = checks.Host(certificate, k.host.seal, b"")
        assert accepted({}, host=host) == good, (family, group)
    for word in "superseded", "void":
        revocation = checks.check_revocation(signed(
            v, k, "kms-revocation", {"host": [(k.host.serial, word)]}),
            k.publisher)
        assert not accepted({}, revocation=revocation)
        state = checks.standing((v["grant"], v["host"]), k.product, k.own,
                                revocation, None, k.now)[0]
        assert state == ("licensed" if word == "superseded" else
                         "non-genuine-grace")


def test_standing(v):
    """What a machine is worth without asking anybody."""
    k = Known(v)
    kept = v["grant"], v["host"]
    grant = parse(v["entry"], "kms-grant")
    grace = k.product.get("grace")

    def state(kept, now, begun=None, own=k.own, revocation=None):
        return checks.standing(kept, k.product, own, revocation, begun,
                               now)[0]

    end = grant.get("expires")
    assert state(kept, end - 1) == "licensed"
    assert state(kept, end) == "notification"
    assert state(kept, k.now, own=dict(k.own, hardware=bytes(16))) == \
        "oot-grace"
    assert state(None, k.now) == "unlicensed"
    assert state(None, k.now, begun=k.now - grace + 1) == "oob-grace"
    assert state(None, k.now, begun=k.now - grace) == "notification"
    spoilt = v["grant"].replace(b"count 6", b"count 7"), v["host"]
    assert state(spoilt, k.now) == "unlicensed"
    void = checks.check_revocation(signed(
        v, k, "kms-revocation", {"host": [(k.host.serial, "void")],
                                 "time": [(k.now,)]}), k.publisher)
    assert grace > 0
    assert state(kept, k.now + min(grace, end - k.now) - 1,
                 revocation=void) == "non-genuine-grace"
    assert state(kept, k.now + grace, revocation=void) == "notification"


def test_refuses_proofs(v):
    k = Known(v)
    key = v["host_key"]
    trust.verify_grant(v["grant"], key)
    for data in every_bit(v["grant"]):
        assert refuses(trust.verify_grant, data, key)
    entry, proof, body, note = v["grant"].split(b"\n\n")

    def joined(*parts):
        return b"\n\n".join(parts)

    size = b"\n7\n"
    for bad in (
            v["grant"] + b"\n", v["grant"][:-1], b"\n" + v["grant"],
            joined(entry, proof + b"\n" + proof.rsplit(b"\n", 1)[1], body,
                   note),
            joined(entry, proof.rsplit(b"\n", 1)[0], body, note),
            joined(entry, proof.replace(b"index 5", b"index 05"), body, note),
            joined(entry, proof.replace(b"index 5", b"index 4"), body, note),
            joined(entry, proof.replace(b"index 5", b"index 7"), body, note),
            joined(entry, proof.replace(b"@v1\n", b"@v1\nextra AA==\n"), body,
                   note),
            joined(entry, proof, body + b"\nextension", note),
            joined(entry, proof, body.replace(size, b"\n07\n"), note),
            joined(entry, proof, body, note + note),
            joined(entry, proof, body, note.replace(b"kmsd/", b"kmse/")),
            joined(entry, proof, body)):
        assert refuses(trust.verify_grant, bad, key)
    assert refuses(trust.verify_grant, v["grant"], public_of(v["issuer_seed"]))
    good = trust.sign_checkpoint(v["origin"].decode(), 7, bytes(32),
                                 v["host_seed"])
    trust.verify_checkpoint(good, key)
    wrong = trust.sign_checkpoint(
        trust.origin_of(k.publisher[10:], v["origin"].decode()[-36:]), 7,
        bytes(32), v["host_seed"])
    assert refuses(trust.verify_checkpoint, wrong, key)


def test_refuses_keys(v):
    secret = v["machine_secret"]
    low = [bytes(32), b"\1" + bytes(31),
           bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd8662"
                         "05165f49b800"),
           bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d822"
                         "4eddd09f1157"),
           bytes.fromhex("ec" + "ff" * 30 + "7f"),
           bytes.fromhex("ed" + "ff" * 30 + "7f"),
           bytes.fromhex("ee" + "ff" * 30 + "7f")]
    for point in low:
        assert refuses(trust.shared_key, point, secret), point.hex()
    high = bytearray(v["seal_public"])
    high[31] |= 0x80
    assert refuses(trust.shared_key, bytes(high), secret)


def test_refuses_texts(v):
    """The grammar, by a request with one thing wrong."""
    good = v["request"]
    for extra in (b"", b"x-a b\n", b"x-a b\nx-a b\nx-9- c d\n",
                  b"x-a " + b"b" * 506 + b"\n"):
        assert parse(good + extra, "kms-request").print() == good + extra
    for bad in (good[:-1], good + b"\n", b"\n" + good, good + good,
                good.replace(b"\n", b"\r\n"), good + b"x- b\n",
                good + b"x-a  b\n", good + b"x-a b \n", good + b"x-a\n",
                good + b"y-a b\n", good + b"x-a b\x00\n",
                good + b"x-a \xc0\xaf\n", good + b"x-a \xed\xa0\x80\n",
                good + b"x-a \xe2\x80\xae\n", good + b"x-a \xc2\x85\n",
                good + b"x-a " + b"b" * 507 + b"\n",
                good.replace(b"left 0s", b"left 0d"),
                good.replace(b"left 0s", b"left 60s"),
                good.replace(b"left 0s", b"left 01d"),
                good.replace(b"left 0s", b"left 1w"),
                good.replace(b"verb activate", b"verb  activate"),
                good.replace(b"verb activate", b"verb activate "),
                good.replace(b"verb activate", b"verb Activate"),
                good.replace(b"virtual no\n", b""),
                good.replace(b"virtual no\n", b"virtual no\nvirtual no\n"),
                good.replace(b"kms-request 1", b"kms-request 2"),
                good.replace(b"11-22T", b"11-31T"),
                good.replace(b"T09:59:57Z", b"T09:59:60Z"),
                good.replace(b"T09:59:57Z", b"T24:00:00Z"),
                good.replace(b"desk-17", b"desk_17"),
                good.replace(b" 0\nnonce", b" 9007199254740992\nnonce"),
                good.replace(b"w==\n", b"x==\n"),
                good.replace(b"product 1", b"product A")):
        assert bad != good
        assert refuses(parse, bad, "kms-request"), bad
    entry = v["entry"]
    salt = entry.index(b"salt ")
    assert refuses(parse, entry + b"x-a b\n", "kms-grant")
    assert refuses(parse, entry[:salt] + b"x-a b\n" + entry[salt:],
                   "kms-grant")
    for text, seconds in (("1970-01-01T00:00:00Z", 0),
                          ("2000-02-29T23:59:59Z", 951868799),
                          ("9999-12-31T23:59:59Z", 253402300799)):
        assert TIME.parse(text) == seconds and TIME.print(seconds) == text
    for text in "2001-02-29T00:00:00Z", "1969-12-31T23:59:59Z":
        assert refuses(TIME.parse, text)


def main(path):
    v = Vectors(path)
    tests = [(name, function) for name, function in globals().items()
             if name.startswith("test_")]
    failed = 0
    print("1..%d" % (len(tests) + 1))
    for number, (name, function) in enumerate(tests, 1):
        try:
            function(v)
            print("ok %d - %s" % (number, name))
        except Exception as error:
            failed += 1
            print("# %s: %s" % (type(error).__name__, error))
            trace = error.__traceback__
            while trace is not None:
                print("# line %d of %s" % (
                    trace.tb_lineno, trace.tb_frame.f_code.co_name))
                trace = trace.tb_next
            print("not ok %d - %s" % (number, name))
    unseen = set(v.values) - v.seen
    for key in sorted(unseen):
        print("# not verified: %s" % key)
    print("%s %d - every value was verified" % (
        "not ok" if unseen else "ok", len(tests) + 1))
    return 1 if failed or unseen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

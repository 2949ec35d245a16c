"""Frames that are short, long, of length zero, of unknown types, dripping, and
other protocols.  Wants `deadline hello 1s`, `deadline request 1s` and
`deadline idle 2s`."""

import os
import random
import struct
import sys
import time

import kmsproto
from kmsproto import Failed, Peer, same

import client

DEADLINE = 1  # seconds
IDLE = 2
LATE = 8  # seconds after which a deadline was not kept, on a busy machine

OTHERS = (
    ("tls", bytes.fromhex("1603010200010001fc0303") + bytes(200)),
    ("tls", bytes.fromhex("160301020001")),
    ("http", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("http", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("dce-rpc", bytes.fromhex("05000b03100000004800000002000000d016d016")
     + bytes(52)),
    ("ssh", b"SSH-2.0-OpenSSH_9.2\r\n"),
)


def raw(length, kind=None, payload=b""):
    head = struct.pack(">H", length)
    return head if kind is None else head + bytes([kind]) + payload


def refused(host, data, text, hello=False, name="protocol"):
    with Peer(host) as peer:
        if hello:
            peer.hello()
        peer.send(data)
        peer.refused(name, text)


def serves(host):
    with Peer(host) as peer:
        peer.hello()


def two_in_one(host):
    hello = client.print_hello(host.publisher, host.product.get("product"))
    with Peer(host) as peer:
        peer.send(hello + hello)
        for _ in range(2):
            same(peer.frame()[0], 0x81, "answer")


def unknown_types(host):
    for kind in set(range(256)) - {1, 2, 3}:
        refused(host, client.print_frame(kind, bytes(24)),
                "a frame of an unknown type")


def cut(host, data, whole):
    """Ends in the midst of a frame."""
    with Peer(host) as peer:
        peer.send(data[:whole])


def ends_in(peer, most):
    began = time.monotonic()
    peer.closed()
    passed = time.monotonic() - began
    if passed > most:
        raise Failed("closed after %.1f s" % passed)


def silent(host):
    with Peer(host) as peer:
        ends_in(peer, LATE)


def idle(host):
    with Peer(host) as peer:
        peer.hello()
        began = time.monotonic()
        ends_in(peer, LATE)
        if time.monotonic() - began < IDLE - 0.5:
            raise Failed("closed before its time")


def drip(host, hello):
    """A byte a tenth of a second: the deadline runs from the first."""
    data = client.print_hello(host.publisher, host.product.get("product"))
    with Peer(host) as peer:
        if hello:
            peer.hello()
        peer.socket.settimeout(0.1)
        began = time.monotonic()
        at = 0
        while True:
            # The last byte never comes.
            if at < len(data) - 1 and time.monotonic() >= began + at * 0.1:
                try:
                    peer.send(data[at:at + 1])
                except (BrokenPipeError, ConnectionResetError):
                    return
                at += 1
            try:
                if peer.socket.recv(1) == b"":
                    break
                raise Failed("an answer to a part of a frame")
            except TimeoutError:
                pass
            except ConnectionResetError:
                break
            if time.monotonic() > began + LATE:
                raise Failed("still open after %d s" % LATE)
        if at >= len(data) - 1:
            raise Failed("closed only when all but a byte had come")


def crowd(host):
    """Many that say nothing do not keep others out."""
    peers = [Peer(host) for _ in range(40)]
    for i, peer in enumerate(peers):
        peer.send(b"\0\x19\x01"[:1 + i % 3])
    serves(host)
    for peer in peers:
        ends_in(peer, LATE)
        peer.close()


def foreign(host, looks, data):
    line = "looks like " + looks
    before = sum(line in text for text in host.lines())
    with Peer(host) as peer:
        peer.send(data)
        peer.closed()
    until = time.monotonic() + kmsproto.SECONDS
    while sum(line in text for text in host.lines()) <= before:
        if time.monotonic() > until:
            raise Failed("the log does not say " + line)
        time.sleep(0.05)


def rubbish(host):
    seed = int(os.environ.get("SEED", random.randrange(2 ** 32)))
    print("SEED=%d" % seed)
    source = random.Random(seed)
    for _ in range(150):
        data = bytes(source.randrange(256) for _ in
                     range(source.randrange(1, 1500)))
        with Peer(host) as peer:
            try:
                if source.randrange(2):
                    peer.hello()
                peer.send(data)
            except (BrokenPipeError, ConnectionResetError):
                pass


SHORT = (
    ("hello without its payload", raw(1, 1), False, "hello of a wrong size"),
    ("hello a byte short", raw(24, 1, bytes(23)), False,
     "hello of a wrong size"),
    ("hello a byte long", raw(26, 1, bytes(25)), False,
     "hello of a wrong size"),
    ("hello of the greatest length", raw(1100, 1, bytes(1099)), False,
     "hello of a wrong size"),
    ("sealed without its payload", raw(1, 2), True, "sealed of a wrong size"),
    ("sealed a byte short of a box", raw(52, 2, bytes(51)), True,
     "sealed of a wrong size"),
    ("fetch without its payload", raw(1, 3), True, "fetch of a wrong form"),
    ("fetch of nothing known", raw(2, 3, b"\0"), True,
     "fetch of a wrong form"),
    ("fetch of more than is known", raw(2, 3, b"\3"), True,
     "fetch of a wrong form"),
    ("fetch a byte long", raw(3, 3, b"\1\1"), True, "fetch of a wrong form"),
    ("sealed before hello", raw(600, 2, bytes(599)), False,
     "no hello before this frame"),
    ("fetch before hello", raw(2, 3, b"\1"), False,
     "no hello before this frame"),
)


def not_covered(host, publisher, product):
    """Refused, and the connection stays."""
    with Peer(host) as peer:
        peer.send(client.print_hello(publisher, product))
        peer.refused("product-not-covered", "does not know the product",
                     False)
        peer.hello()


def second_fetch(host):
    with Peer(host) as peer:
        peer.hello()
        peer.send(raw(2, 3, b"\1"))
        same(peer.frame()[0], 0x83, "answer")
        peer.send(raw(2, 3, b"\1"))
        peer.refused("protocol", "a second fetch on a connection")


def malformed(test, host):
    """Returns how many must have been counted."""
    count = 0
    for length in (0, 1101, 0x7fff, 0xffff):
        for hello in (False, True):
            test("length %d%s is refused" % (
                length, " behind a hello" if hello else ""), refused, host,
                raw(length), "a frame of length zero or too long", hello)
            count += 1
    test("length 1281, which might be another protocol, is refused", refused,
         host, raw(1281, 1, bytes(8)), "a frame of length zero or too long")
    for name, data, hello, text in SHORT:
        test(name + " is refused", refused, host, data, text, hello)
    test("a second fetch is refused", second_fetch, host)
    test("every unknown type is refused", unknown_types, host)
    return count + 1 + len(SHORT) + 1 + 253


def slow(test, host):
    test("who says nothing is closed", silent, host)
    test("a dripping hello is closed", drip, host, False)
    test("a dripping second frame is closed", drip, host, True)
    test("an idle connection is closed at its time", idle, host)
    test("forty that stop in a frame keep nobody out", crowd, host)
    return 3 + 40


def main():
    host = kmsproto.Host(kmsproto.arguments())
    test = host.test
    test("two hellos in one packet are answered", two_in_one, host)
    count = malformed(test, host)
    test("each of them is counted", host.counted, "listener",
         "frames-malformed", count)
    product = host.product.get("product")
    test("hello of an unknown product: product-not-covered", not_covered, host,
         host.publisher, os.urandom(16))
    test("hello of another publisher: the same", not_covered, host,
         b"Ed" + os.urandom(40), product)
    test("both are counted", host.counted, "listener", "not-covered", 2)
    whole = client.print_hello(host.publisher, product)
    for size in (1, 2, 3, 26):
        test("a hello that ends after %d bytes" % size, cut, host, whole, size)
    count = slow(test, host)
    test("each missed deadline is counted", host.counted, "listener",
         "deadline", count)
    for looks, data in OTHERS:
        test("%s (%d bytes) is closed and logged" % (looks, len(data)),
             foreign, host, looks, data)
    test("each of them is counted", host.counted, "listener", "other-protocol",
         len(OTHERS))
    test("rubbish", rubbish, host)
    test("and a hello is answered", serves, host)
    return 0


if __name__ == "__main__":
    sys.exit(main())

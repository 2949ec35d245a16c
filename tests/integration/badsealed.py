"""Sealed requests that are wrong in one thing each.  Wants a threshold of 1,
`limit decisions-per-day 3`."""

import os
import signal
import sys
import time

import kmsproto
from kmsproto import Failed, Machine, Peer, Request, flip, same

HOUR = 3600
MALFORMED = "the request is malformed"
CLOSED = "the box does not open"
NOT_A_KEY = "the machine's public key is not one"
ANOTHER = "the request was made for another frame or connection"

# All points of low order, and the same numbers beyond the prime.
LOW_ORDER = [bytes.fromhex(text) for text in (
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ec" + "ff" * 30 + "7f",
    "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f")]

# Values that are not of their line's kind.
B64 = ("", "AAAA", "====", "A" * 400)
COUNTS = ("", "-1", "01", "1 2", "x", "9007199254740992", "1" * 400)
WRONG = {
    "seal": B64, "machine": B64, "challenge": B64, "hardware": B64,
    "nonce": B64 + ("AAAAAAAAAAAAAAAAAAAAAB==",),
    "product": ("", "0", "A" * 36, "00000000-0000-0000-0000-00000000000",
                "00000000-0000-0000-0000-00000000000G", "0" * 400),
    "verb": ("", "Activate", "activate ", " activate", "renew", "a" * 400),
    "host-name": ("", "a" * 254, "a b", "a_b", "b\u00fcro", "a\tb", "a/b"),
    "time": ("", "2026-11-22", "2026-11-22T10:00:00", "2026-02-30T10:00:00Z",
             "1969-12-31T23:59:59Z", "2026-11-22T24:00:00Z",
             "2026-11-22T10:00:60Z", "0" * 400),
    "state": ("", "Licensed", "unknown", "licensed licensed", "a" * 400),
    "left": ("", "0", "-1s", "60s", "24h", "1w", "01d", "0d", "1" * 400 + "s"),
    "virtual": ("", "true", "yes ", "y" * 400),
    "last": COUNTS + ("00000000-0000-0000-0000-000000000000",
                      "00000000-0000-0000-0000-000000000000 01",
                      "00000000-0000-0000-0000-000000000000 -1",
                      "00000000-0000-0000-0000-000000000000 9007199254740992"),
    "token": B64,
}


class Tests:
    def __init__(self, host):
        self.host = host
        self.grants = 0

    def request(self, peer, machine=None, **values):
        challenge, shown = peer.hello()
        return Request(self.host, machine or Machine(), challenge, shown,
                       **values)

    # --- what is right

    def granted(self, peer=None):
        with Peer(self.host) as own:
            peer = peer or own
            request = self.request(peer)
            peer.send(request.sealed())
            reply, grant = request.reply(peer)
            same(reply.get("result"), "granted", "result")
            if grant is None:
                raise Failed("no grant")
            self.grants += 1

    def takes(self, change):
        """A request that looks odd, and is right."""
        with Peer(self.host) as peer:
            request = self.request(peer)
            change(request)
            peer.send(request.sealed())
            same(request.reply(peer)[0].get("result"), "granted", "result")
            self.grants += 1

    # --- frame and box

    def refused(self, says, change=None, name="protocol", closes=True,
                **sealing):
        """The change is made to the request, the rest to its frame."""
        with Peer(self.host) as peer:
            request = self.request(peer)
            if change is not None:
                change(request)
            peer.send(request.sealed(**{
                key: value(request) if key in ("plain", "text") else value
                for key, value in sealing.items()}))
            peer.refused(name, says, closes)
            if not closes:
                self.granted(peer)

    def frame_refused(self, text, change, name="protocol", closes=True):
        """The frame is changed after it was sealed."""
        with Peer(self.host) as peer:
            request = self.request(peer)
            peer.send(change(request.sealed()))
            peer.refused(name, text, closes)
            if not closes:
                self.granted(peer)

    def bit_255(self):
        """X25519 itself would not notice; inside stands the same key."""
        def change(request):
            request.frame_key = flip(request.frame_key, 255)
            request.set("machine", kmsproto.messages.Base64(32).print(
                request.frame_key))
        self.refused(NOT_A_KEY, change)

    def low_order(self, point):
        def change(request):
            request.frame_key = point
            request.set("machine", kmsproto.messages.Base64(32).print(point))
        self.refused(NOT_A_KEY, change)

    def other_challenge(self):
        with Peer(self.host) as one, Peer(self.host) as other:
            request = self.request(one)
            other.hello()
            other.send(request.sealed())
            other.refused("protocol", ANOTHER)

    def old_challenge(self):
        with Peer(self.host) as peer:
            request = self.request(peer)
            peer.hello()
            peer.send(request.sealed())
            peer.refused("protocol", ANOTHER)

    # --- what the host answers sealed

    def answered(self, result, name=None, **values):
        with Peer(self.host) as peer:
            request = self.request(peer, **values)
            peer.send(request.sealed())
            reply, grant = request.reply(peer)
            self.check(reply, result, name)
            return reply, grant

    def check(self, reply, result, name):
        same(reply.get("result"), result, "result")
        code = reply.get("code")
        same(code and code[1], name, "code")
        if name is not None and reply.get("text") is None:
            raise Failed("no text for people")

    def nothing_stored(self, result, name, **values):
        before = self.host.kept()
        reply, grant = self.answered(result, name, **values)
        same(reply.get("serial"), None, "serial")
        same(grant, None, "grant")
        same(self.host.kept(), before, "what is kept")
        return reply

    def time_skew(self, seconds):
        now = int(time.time())
        reply = self.nothing_stored("refused", "time-skew",
                                    time=now + seconds)
        if not now <= reply.get("time") <= now + 60:
            raise Failed("the host's time is %d, ours %d" % (
                reply.get("time"), now))

    def replay(self):
        with Peer(self.host) as peer:
            machine = Machine()
            request = self.request(peer, machine)
            frame = request.sealed()
            peer.send(frame)
            self.check(request.reply(peer)[0], "granted", None)
            before = self.host.kept()
            peer.send(frame)
            reply, grant = request.reply(peer)
            self.check(reply, "refused", "protocol")
            same((reply.get("serial"), grant), (None, None), "serial, grant")
            same(self.host.kept(), before, "what is kept")

    def replay_elsewhere(self):
        with Peer(self.host) as peer, Peer(self.host) as other:
            request = self.request(peer)
            frame = request.sealed()
            peer.send(frame)
            self.check(request.reply(peer)[0], "granted", None)
            before = self.host.kept()
            other.hello()
            other.send(frame)
            other.refused("protocol", ANOTHER)
            same(self.host.kept(), before, "what is kept")

    def earlier(self):
        """Another nonce, a time before the last one's."""
        machine, now = Machine(), int(time.time())
        self.answered("granted", machine=machine, time=now)
        before = self.host.kept()
        self.answered("refused", "protocol", machine=machine, time=now - 1)
        same(self.host.kept(), before, "what is kept")

    def retry(self):
        """The same nonce with a later time is no replay but a retry."""
        machine, now, nonce = Machine(), int(time.time()), os.urandom(16)
        first, _ = self.answered("granted", machine=machine, time=now,
                                 nonce=nonce)
        again, _ = self.answered("granted", machine=machine, time=now + 1,
                                 nonce=nonce)
        same(again.get("serial"), first.get("serial"), "serial")

    def in_flight(self):
        """The store stands still meanwhile."""
        machine, now = Machine(), int(time.time())
        with Peer(self.host) as one, Peer(self.host) as two, \
                Peer(self.host) as three:
            first = self.request(one, machine, time=now)
            second = self.request(two, machine, time=now + 1)
            other = self.request(three)
            store = self.pid("kmsd-store")
            os.kill(store, signal.SIGSTOP)
            try:
                one.send(first.sealed())
                # The listener has handed the first on when the counter says.
                self.wait_under_way(1)
                two.send(second.sealed())
                reply, _ = second.reply(two)
                three.send(other.sealed())
            finally:
                os.kill(store, signal.SIGCONT)
            self.check(reply, "refused", "busy")
            same(reply.get("serial"), None, "serial")
            self.check(first.reply(one)[0], "granted", None)
            self.check(other.reply(three)[0], "granted", None)

    def pid(self, name):
        for pid, _, _ in self.host.pids:
            with open("/proc/%d/comm" % pid) as file:
                if file.read().strip() == name:
                    return pid
        raise Failed("no " + name)

    def wait_under_way(self, count):
        until = time.monotonic() + kmsproto.SECONDS
        while self.host.counter("listener", "under way") != count:
            if time.monotonic() > until:
                raise Failed("no request is under way")
            time.sleep(0.05)

    def daily(self, limit):
        """Of the same day, else once more."""
        machine = Machine()
        day = time.gmtime().tm_yday
        now = int(time.time())
        for i in range(limit):
            self.answered("granted", machine=machine, time=now + i)
        before = self.host.kept()
        try:
            self.answered("refused", "busy", machine=machine,
                          time=now + limit)
        except Failed:
            if day == time.gmtime().tm_yday:
                raise
            return self.daily(limit)
        same(self.host.kept(), before, "what is kept")
        self.answered("granted")


def frames(t):
    test = t.host.test
    unknown = "this seal is no longer opened: say hello again"

    def other_seal(request):
        request.frame_seal = flip(request.frame_seal, 3)
    test("an unknown seal key id: seal-unknown, the connection stays",
         t.refused, unknown, other_seal, "seal-unknown", False)
    test("a flipped bit in the seal key id: the same", t.frame_refused,
         unknown, lambda f: flip(f, 8 * 3), "seal-unknown", False)
    for point in LOW_ORDER:
        test("machine key of low order %s..." % point.hex()[:8], t.low_order,
             point)
        test("and with bit 255", t.low_order, flip(point, 255))
    test("machine key with bit 255", t.bit_255)
    for name, at in (("the machine key", 11), ("the half nonce", 43),
                     ("the tag", 55), ("the first block", 72),
                     ("the last byte", -1)):
        test("a flipped bit in " + name, t.frame_refused, CLOSED,
             lambda f, at=at: flip(f, 8 * (at % len(f))))
    for size in (0, 1, 15, 16, 17, 511, 527):
        test("a box of %d bytes" % size, t.refused, "",
             wrap=lambda box, size=size: box[:size])
    test("a box a byte short", t.refused, CLOSED, wrap=lambda box: box[:-1])
    test("a box a byte long", t.refused, CLOSED, wrap=lambda box: box + b"\0")
    test("a nonce whose second half is not zero", t.refused, CLOSED,
         tail=bytes(11) + b"\1")
    test("the challenge of another connection", t.other_challenge)
    test("the challenge before the newest hello", t.old_challenge)
    for key, size in (("seal", 8), ("machine", 32), ("challenge", 16)):
        test("inside stands another %s than in the frame" % key, t.refused,
             ANOTHER, lambda r, key=key, size=size: r.set(
                 key, kmsproto.messages.Base64(size).print(os.urandom(size))))


def paddings(t):
    def padded(size, mark=b"\x80", end=b""):
        return lambda r: (r.text() + mark).ljust(size - len(end), b"\0") + end
    for name, plain in (
            ("a block too much", padded(1024)),
            ("a byte too much", padded(833)),
            ("no mark", padded(768, b"")),
            ("another mark", padded(768, b"\x81")),
            ("two marks", padded(768, b"\x80\x80")),
            ("a byte behind the zeros", padded(768, end=b"\1")),
            ("none", lambda r: r.text()),
            ("nothing but zeros", lambda r: bytes(768)),
            ("nothing but the mark", lambda r: b"\x80" + bytes(511)),
            ("nothing at all", lambda r: b"")):
        t.host.test("padding: " + name, t.refused, "", plain=plain)
    t.host.test("padding: right, by the same way", t.takes, lambda r: None)


def lines(t):
    test = t.host.test
    with Peer(t.host) as peer:
        keys = [text.split(" ", 1)[0] for text in t.request(
            peer, token=os.urandom(16)).lines[1:]]
    for key in keys:
        if key != "token":
            test(key + " missing", t.refused, MALFORMED,
                 lambda r, key=key: r.lines.pop(r.at(key)))
            test(key + " twice", t.refused, MALFORMED,
                 lambda r, key=key: r.lines.insert(
                     r.at(key), r.lines[r.at(key)]))
            to = 1 if key == "nonce" else len(keys)
            test(key + " in another place", t.refused, MALFORMED,
                 lambda r, key=key, to=to: r.lines.insert(
                     to, r.lines.pop(r.at(key))))
        for value in WRONG[key]:
            def change(r, key=key, value=value):
                if key == "token":
                    r.lines.append("token AAAA")
                r.set(key, value)
            test("%s with %s" % (key, ascii(value[:40]) + (
                "..." if len(value) > 40 else "")), t.refused, MALFORMED,
                change)
    token = "token AAAAAAAAAAAAAAAAAAAAAA=="
    test("token twice", t.refused, MALFORMED,
         lambda r: r.lines.extend([token, token]))
    test("token once", t.takes, lambda r: r.lines.append(token))


def long_request(r, size):
    """So many bytes by x- lines and the host name."""
    r.set("host-name", "a" * 253)
    missing = size - len(r.text()) - len("x-a \n")
    r.lines.append("x-a " + "b" * missing)


def texts(t):
    test = t.host.test
    test("a request of 1,023 bytes is taken", t.takes,
         lambda r: long_request(r, 1023))
    test("a request of 1,024 bytes fits no frame", t.refused,
         "a frame of length zero or too long",
         lambda r: long_request(r, 1024))
    for name, text in (
            ("CR at the ends of lines",
             lambda x: x.replace(b"\n", b"\r\n")),
            ("NUL in a value", lambda x: x.replace(b"a-host", b"a\0host")),
            ("NUL behind it", lambda x: x + b"\0"),
            ("no final newline", lambda x: x[:-1]),
            ("an empty line behind it", lambda x: x + b"\n"),
            ("an empty line within", lambda x: x.replace(b"\nverb",
                                                         b"\n\nverb")),
            ("text behind it", lambda x: x + b"and more"),
            ("an unknown line", lambda x: x + b"extra 1\n"),
            ("an x- line before others",
             lambda x: x.replace(b"\nverb", b"\nx-a b\nverb")),
            ("x- lines of 512 bytes", lambda x: x + b"x-a " + b"b" * 507
             + b"\n"),
            ("two spaces", lambda x: x.replace(b"verb ", b"verb  ")),
            ("a tab", lambda x: x.replace(b"verb ", b"verb\t")),
            ("an upper-case key", lambda x: x.replace(b"verb", b"Verb")),
            ("bytes that are no UTF-8", lambda x: x + b"x-a \xc3\x28\n"),
            ("an overlong NUL", lambda x: x + b"x-a \xc0\x80\n"),
            ("a bidirectional control", lambda x: x + b"x-a \xe2\x80\xae\n"),
            ("version 2", lambda x: x.replace(b"request 1", b"request 2")),
            ("another type", lambda x: x.replace(b"kms-request",
                                                 b"kms-reply")),
            ("only the first line", lambda x: b"kms-request 1\n"),
            ("only a newline", lambda x: b"\n"),
            ("nothing", lambda x: b"")):
        test("request with %s" % name, t.refused, MALFORMED,
             text=lambda r, text=text: text(r.text()))


def answers(t):
    test = t.host.test
    test("an unknown product: product-not-covered, sealed", t.nothing_stored,
         "refused", "product-not-covered", product=os.urandom(16))
    test("its status: the same", t.nothing_stored, "refused",
         "product-not-covered", product=os.urandom(16), verb="status")
    test("release: denied", t.nothing_stored, "refused", "denied",
         verb="release")
    test("status: done, and nothing is stored", t.nothing_stored, "done", None,
         verb="status")
    for seconds in (4 * HOUR + 60, -4 * HOUR - 60, 400 * 86400, -400 * 86400):
        test("%+d s: time-skew with the host's time, nothing is stored" %
             seconds, t.time_skew, seconds)
    for seconds in 4 * HOUR - 60, -4 * HOUR + 60:
        test("%+d s is taken" % seconds, lambda seconds=seconds: t.answered(
            "granted", time=int(time.time()) + seconds))
    test("the same frame again: protocol, nothing changes", t.replay)
    test("the same frame elsewhere: protocol, nothing changes",
         t.replay_elsewhere)
    test("an earlier time: protocol, nothing changes", t.earlier)
    test("the same nonce later is a retry, the serial stays", t.retry)
    test("a second request in flight: busy", t.in_flight)
    test("the decision after the last of the day: busy", t.daily, 3)


def main():
    host = kmsproto.Host(kmsproto.arguments())
    t = Tests(host)
    host.test("a right request is granted", t.granted)
    before = len(host.entries())
    t.grants = 0
    frames(t)
    paddings(t)
    lines(t)
    texts(t)
    host.test("what was refused has left no entry", lambda: same(
        [entry.split("\n", 1)[0] for entry in host.entries()[before:]],
        ["kms-grant 1"] * t.grants, "entries"))
    answers(t)
    host.test("and a right request is granted", t.granted)
    return 0


if __name__ == "__main__":
    sys.exit(main())

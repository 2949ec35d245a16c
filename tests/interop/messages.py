"""The text messages of doc/protocol.md: one table a type, which prints and
parses."""

import base64
import binascii
import datetime
import re
import uuid

MAX_COUNT = 2 ** 53 - 1
MAX_DURATION = 253402300799  # seconds to the end of the year 9999
MAX_X = 511
EPOCH = datetime.datetime(1970, 1, 1)


class Malformed(Exception):
    """A text that is not a message."""


# --- kinds of value: (parse one part, print it)


class Pattern:
    def __init__(self, pattern):
        self.pattern = re.compile(pattern)

    def parse(self, text):
        if self.pattern.fullmatch(text) is None:
            raise Malformed("not like %s: %r" % (self.pattern.pattern, text))
        return text

    def print(self, value):
        return value


class Uuid:
    def parse(self, text):
        if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                        text) is None:
            raise Malformed("not a uuid: %r" % text)
        return uuid.UUID(text).bytes

    def print(self, value):
        return str(uuid.UUID(bytes=value))


class Time:
    """Seconds since 1970."""

    def parse(self, text):
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T"
                        "[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text) is None:
            raise Malformed("not a time: %r" % text)
        try:
            moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            raise Malformed("no such time: %r" % text)
        if moment < EPOCH:
            raise Malformed("before 1970: %r" % text)
        seconds = (moment - EPOCH) // datetime.timedelta(seconds=1)
        if self.print(seconds) != text:
            raise Malformed("no such time: %r" % text)
        return seconds

    def print(self, value):
        moment = EPOCH + datetime.timedelta(seconds=value)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Count:
    def __init__(self, most=MAX_COUNT, least=0):
        self.most = most
        self.least = least

    def parse(self, text):
        if re.fullmatch("0|[1-9][0-9]{0,15}", text) is None:
            raise Malformed("not a count: %r" % text)
        value = int(text)
        if not self.least <= value <= self.most:
            raise Malformed("count out of range: %r" % text)
        return value

    def print(self, value):
        return str(value)


class Duration:
    """Seconds."""
    UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))

    def parse(self, text):
        units = dict(self.UNITS)
        if text[-1:] not in units:
            raise Malformed("not a duration: %r" % text)
        value = Count().parse(text[:-1]) * units[text[-1]]
        if value > MAX_DURATION or self.print(value) != text:
            raise Malformed("not a duration: %r" % text)
        return value

    def print(self, value):
        for unit, seconds in self.UNITS:
            if value % seconds == 0 and (value > 0 or unit == "s"):
                return "%d%s" % (value // seconds, unit)


class Base64:
    def __init__(self, size):
        self.size = size

    def parse(self, text):
        try:
            value = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("not base64: %r" % text)
        if len(value) != self.size or self.print(value) != text:
            raise Malformed("not base64 of %d bytes: %r" % (self.size, text))
        return value

    def print(self, value):
        return base64.b64encode(value).decode()


class Text:
    """The rest of the line."""

    def __init__(self, size):
        self.size = size

    def parse(self, text):
        if not 1 <= len(text.encode()) <= self.size:
            raise Malformed("text of a wrong size: %r" % text)
        if text[0] == " " or text[-1] == " ":
            raise Malformed("space at an end: %r" % text)
        return text

    def print(self, value):
        return value


def words(*which):
    return Pattern("|".join(map(re.escape, which)))


def token(size):
    return Pattern("[A-Za-z0-9._-]{1,%d}" % size)


UUID, TIME, COUNT, DURATION = Uuid(), Time(), Count(), Duration()
REVISION = Count(2 ** 32 - 1)
HOST = Pattern("[A-Za-z0-9.-]{1,253}")
CODE = Pattern("0x[0-9A-F]{8}")
KEY = Base64(42)
VERB = words("activate", "release", "status")
YESNO = words("no", "yes")
STATE = words("unlicensed", "licensed", "oob-grace", "oot-grace",
              "non-genuine-grace", "notification")


# --- tables: (key, kinds, least, most)


def line(key, *kinds, least=1, most=1):
    return (key, kinds, least, most)


DATES = (line("not-before", TIME), line("not-after", TIME))

ASKED = (line("publisher", KEY), line("product", UUID), line("host", UUID),
         line("machine", Base64(16)), line("hardware", Base64(16)),
         line("host-name", HOST), line("client-time", TIME),
         line("state", STATE), line("left", DURATION), line("virtual", YESNO),
         line("count", COUNT), line("needed", COUNT))


def entry(*lines):
    return (line("time", TIME),) + lines + (line("salt", Base64(16)),)


ENTRIES = {
    "kms-grant": entry(*ASKED, line("expires", TIME)),
    "kms-refusal": entry(*ASKED, line("code", CODE, token(64))),
    "kms-start": entry(line("version", token(64)), line("store", UUID),
                       line("size", COUNT)),
    "kms-change": entry(line("uid", COUNT), line("action", token(32)),
                        line("type", token(32)), line("publisher", KEY),
                        line("object", UUID), line("revision", REVISION),
                        line("digest", Base64(32))),
    "kms-rollback": entry(line("uid", COUNT), line("reason", Text(200)),
                          line("old-log", UUID), line("old-store", UUID),
                          line("store", UUID),
                          line("found", COUNT, Base64(32)),
                          line("anchor", COUNT, Base64(32))),
    "kms-summary": entry(line("from", TIME), line("kind", token(32)),
                         line("count", COUNT)),
}

TABLES = {
    "kms-product": (
        line("publisher", KEY), line("product", UUID), line("name", Text(128)),
        line("family", token(64)), line("group", COUNT),
        line("revision", REVISION), line("issuer", KEY, most=8),
        line("threshold", Count(least=1)), line("count-virtual", YESNO),
        line("validity", DURATION),
        line("renew", DURATION, DURATION, DURATION),
        line("retry", DURATION, DURATION, DURATION), line("grace", DURATION),
        line("contact", token(16), Text(160), least=0, most=32)) + DATES,
    "kms-revocation": (
        line("publisher", KEY), line("revision", REVISION), line("time", TIME),
        line("host", UUID, words("superseded", "void"), least=0, most=300)),
    "kms-host": (
        line("serial", UUID), line("publisher", KEY),
        line("family", token(64), COUNT, most=16),
        line("product-key", COUNT, least=0), line("seats", COUNT, least=0),
        line("host", KEY)) + DATES,
    "kms-host-request": (
        line("product-key", token(29), least=0), line("host", KEY),
        line("name", HOST), line("store", UUID),
        line("log", UUID, COUNT, Base64(32), Base64(64), least=0, most=8),
        line("nonce", Base64(16)), line("time", TIME)),
    "kms-seal": (
        line("serial", UUID), line("store", UUID),
        line("suite", words("x25519-xsalsa20poly1305"), Base64(8), Base64(32),
             most=2)) + DATES,
    "kms-request": (
        line("seal", Base64(8)), line("machine", Base64(32)),
        line("challenge", Base64(16)), line("product", UUID),
        line("verb", VERB), line("host-name", HOST),
        line("hardware", Base64(16)), line("time", TIME), line("state", STATE),
        line("left", DURATION), line("virtual", YESNO),
        line("last", UUID, COUNT), line("nonce", Base64(16)),
        line("token", Base64(16), least=0)),
    "kms-reply": (
        line("nonce", Base64(16)), line("verb", VERB),
        line("result", words("granted", "refused", "done")),
        line("code", CODE, token(64), least=0), line("count", COUNT),
        line("needed", COUNT), line("store", UUID),
        line("serial", COUNT, least=0), line("renew", DURATION),
        line("retry", DURATION), line("time", TIME),
        line("token", Base64(16), least=0), line("text", Text(200), least=0)),
    **ENTRIES,
}

LIMITS = {"kms-request": 1023, "kms-host": 2048, "kms-host-request": 2048,
          "kms-product": 16384, "kms-revocation": 16384}
LIMIT = 1024

FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f"
    "\u202a-\u202e\u2066-\u2069]")


class Message:
    """A parsed message: of each key the list of its lines, each a tuple."""

    def __init__(self, kind, values, extra=()):
        self.kind = kind
        self.values = values
        self.extra = list(extra)

    def all(self, key):
        return self.values.get(key, [])

    def get(self, key):
        """The line's parts, its one part, or None."""
        lines = self.all(key)
        if not lines:
            return None
        return lines[0][0] if len(lines[0]) == 1 else lines[0]

    def print(self):
        out = ["%s 1" % self.kind]
        for key, kinds, _, _ in TABLES[self.kind]:
            for parts in self.all(key):
                out.append(" ".join([key] + [k.print(p) for k, p in
                                             zip(kinds, parts)]))
        out += self.extra
        return ("\n".join(out) + "\n").encode()


def make(kind, **values):
    """A message of single lines; `_` in a name stands for `-`."""
    made = {}
    for key, value in values.items():
        if value is not None:
            value = value if isinstance(value, tuple) else (value,)
            made[key.replace("_", "-")] = [value]
    message = Message(kind, made)
    return parse(message.print(), kind)


def parse_value(kinds, text):
    parts = text.split(" ", len(kinds) - 1)
    if len(parts) != len(kinds):
        raise Malformed("parts missing: %r" % text)
    return tuple(k.parse(p) for k, p in zip(kinds, parts))


def parse_extra(kind, lines):
    """The x- lines."""
    if lines and kind in ENTRIES:
        raise Malformed("%s: unknown line %r" % (kind, lines[0]))
    for text in lines:
        if re.match("x-[a-z0-9-]+ ", text) is None:
            raise Malformed("%s: unknown line %r" % (kind, text))
        Text(MAX_X).parse(text.split(" ", 1)[1])
    if sum(len(text.encode()) + 1 for text in lines) > MAX_X:
        raise Malformed("too many x- lines")


def parse(data, kind):
    """Parses the bytes of a message that must be of this type."""
    if len(data) > LIMITS.get(kind, LIMIT):
        raise Malformed("%s: too long" % kind)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("%s: not UTF-8" % kind)
    if FORBIDDEN.search(text):
        raise Malformed("%s: forbidden character" % kind)
    lines = text.split("\n")
    if lines.pop() != "":
        raise Malformed("%s: no newline at the end" % kind)
    if not lines or lines.pop(0) != kind + " 1":
        raise Malformed("not a %s 1" % kind)
    values = {}
    for key, kinds, least, most in TABLES[kind]:
        found = values[key] = []
        while lines and lines[0].split(" ", 1)[0] == key and \
                len(found) < most:
            found.append(parse_value(kinds, lines.pop(0)[len(key) + 1:]))
        if len(found) < least:
            raise Malformed("%s: no %s" % (kind, key))
    parse_extra(kind, lines)
    message = Message(kind, values, lines)
    if message.print() != data:
        raise Malformed("%s: not canonical" % kind)
    return message

"""Documents that are wrong in one thing each, by kmsctl install.  Stages:
`empty`, where nothing is installed; `full`, with a product and a certificate.
Beside the publisher's folder lies host.kms, a right certificate."""

import base64
import os
import re
import sys
import time
import uuid

import kmsproto
from kmsproto import Failed, same, within

import nacl.signing
import trust

DAY = 86400
UNKNOWN = "which is not one of those expected"
ADVICE = "Compare it with the original, or ask for a new one."
NO_PRODUCT = "no kms-product is installed that names it as issuer"


class Key:
    """A signing key in signify's format, unencrypted."""

    def __init__(self, path=None):
        if path is None:
            self.number, self.seed = os.urandom(8), os.urandom(32)
        else:
            with open(path) as file:
                data = base64.b64decode(file.read().split("\n")[1])
            self.number, self.seed = data[32:40], data[40:72]
        public = nacl.signing.SigningKey(self.seed).verify_key.encode()
        self.blob = base64.b64encode(b"Ed" + self.number + public).decode()

    def sign(self, text):
        return trust.sign_document(text, self.seed, self.number)


def when(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ",
                         time.gmtime(time.time() + days * DAY))


def put(text, **values):
    """The message with other values."""
    for key, value in values.items():
        key = key.replace("_", "-")
        text, n = re.subn("(?m)^%s .*$" % key, "%s %s" % (key, value), text)
        assert n >= 1, key
    return text


def without_signature(path):
    with open(path) as file:
        return file.read().split("\n", 2)[2]


class Documents:
    def __init__(self, host):
        self.host = host
        pub = host.options.pub
        self.publisher = Key(os.path.join(pub, "test.sec"))
        self.issuer = Key(os.path.join(pub, "issuer.sec"))
        self.stranger = Key()
        with open(os.path.join(pub, "product.txt")) as file:
            self.product = file.read()
        self.certificate = without_signature(
            os.path.join(os.path.dirname(pub), "host.kms"))
        self.revocation = "kms-revocation 1\npublisher %s\nrevision 5\n" \
            "time %s\n" % (self.publisher.blob, when(0))
        self.path = os.path.join(os.path.dirname(pub), "document")

    def install(self, data):
        with open(self.path, "wb") as file:
            file.write(data)
        return self.host.ctl("install", self.path)

    def taken(self, key, text):
        status, out, error = self.install(key.sign(text.encode()))
        same((status, error), (0, ""), "kmsctl install")
        within("installed", out, "answer")

    def refused_bytes(self, says, data, wanted=1):
        before = self.host.kept()
        status, out, error = self.install(data)
        same((status, out), (wanted, ""), "kmsctl install")
        for text in says if isinstance(says, tuple) else (says,):
            within(text, error, "error")
        within(self.path + ": ", error, "error")
        # The code's advice is for the file; where something is missing here,
        # the reason says what to do, and nothing behind it says otherwise.
        same(ADVICE in error, "offline-data (0x" in error, "the advice")
        if NO_PRODUCT in error or "publisher/NAME.pub" in error:
            within("denied (0x", error, "error")
        if re.search(r"[^\n -~]", error):
            raise Failed("not plain text: %r" % error)
        same(self.host.kept(), before, "what is kept")

    def refused(self, says, key, text):
        if isinstance(text, str):
            text = text.encode()
        self.refused_bytes(says, key.sign(text))


def forms(d):
    """What is no signed document, or whose message is malformed."""
    test = d.host.test
    right = d.publisher.sign(d.product.encode())
    comment, signature, message = right.split(b"\n", 2)
    raw = base64.b64decode(signature)
    for name, says, data in (
            ("nothing", "line 1", b""),
            ("only a newline", "line 1", b"\n"),
            ("only the comment", "line 2", comment + b"\n"),
            ("no message", "has no type", comment + b"\n" + signature + b"\n"),
            ("the message alone", "line 1", message),
            ("a public key", "line 2", comment + b"\n" + base64.b64encode(
                raw[:42]) + b"\n"),
            ("another comment", "the comment is not the message's first line",
             b"\n".join((b"untrusted comment: kms-host 1", signature,
                         message))),
            ("no comment", "line 1", b"\n".join((b"kms-product 1", signature,
                                           message))),
            ("a short signature", "line 2", b"\n".join(
                (comment, base64.b64encode(raw[:-1]), message))),
            ("a long signature", "line 2", b"\n".join(
                (comment, base64.b64encode(raw + b"\0"), message))),
            ("a signature that is no base64", "line 2", b"\n".join(
                (comment, b"!" * 100, message))),
            ("another algorithm", "not an Ed25519 signature", b"\n".join(
                (comment, base64.b64encode(b"Xy" + raw[2:]), message))),
            ("a signature of zeros", "is bad", b"\n".join(
                (comment, base64.b64encode(raw[:10] + bytes(64)), message))),
            ("a changed message", "is bad",
             right.replace(b"name Test", b"name Best")),
            ("a byte behind the end", "is bad", right + b"x"),
            ("a line behind the end", "is bad", right + b"x-more y\n"),
            ("CR at the ends of lines", "carriage returns",
             right.replace(b"\n", b"\r\n")),
            ("a byte order mark", "line 1", b"\xef\xbb\xbf" + right),
            ("16,577 bytes", "longer than 16576 bytes",
             right.ljust(16577, b"x"))):
        test("file with " + name, d.refused_bytes, says, data,
             2 if name == "16,577 bytes" else 1)
    for name, says, text in (
            ("CR at the ends of lines", "carriage returns",
             message.replace(b"\n", b"\r\n")),
            ("CR in a value", "name: not",
             message.replace(b"name Test", b"name Te\rst")),
            ("NUL in a value", "name: not",
             message.replace(b"name Test", b"name Te\0st")),
            ("NUL at the end", "no newline", message + b"\0"),
            ("an escape sequence", "name: not",
             message.replace(b"name Test", b"name \x1b[31mTest")),
            ("no final newline", "the last line has no newline", message[:-1]),
            ("an empty line behind it", "expected the end", message + b"\n"),
            ("an unknown line behind it", "expected the end, found extra",
             message + b"extra 1\n"),
            ("an unknown line within", "expected name, found extra",
             message.replace(b"\nname", b"\nextra 1\nname")),
            ("bytes that are no UTF-8", "name: not",
             message.replace(b"name Test", b"name \xff\xfe")),
            ("version 2", 'but "kms-product 2"',
             message.replace(b"product 1", b"product 2")),
            ("16,385 bytes", "longer than 16384 bytes",
             message + b"x-a ".ljust(16384 - len(message), b"b") + b"\n")):
        test("signed message with " + name, d.refused, says, d.publisher, text)


def product_lines(d):
    keys = [line.split(" ", 1)[0] for line in d.product.splitlines()[1:]]
    for key in keys:
        line = re.search("(?m)^%s .*\n" % key, d.product).group(0)
        missing = d.product.replace(line, "")
        d.host.test("kms-product without " + key, d.refused, key, d.publisher,
                    missing)
        if key != "issuer":
            d.host.test("kms-product with %s twice" % key, d.refused,
                        "found " + key, d.publisher,
                        d.product.replace(line, line * 2))
        d.host.test("kms-product with a malformed " + key, d.refused,
                    key + ": ", d.publisher, put(d.product, **{
                        key.replace("-", "_"): " x"}))
    d.host.test("kms-product with nine issuers", d.refused,
                "issuer: more than 8 times", d.publisher, re.sub(
                    "(?m)^(issuer .*\n)", r"\1" * 9, d.product))
    d.host.test("kms-product with a threshold of 0", d.refused, "threshold",
                d.publisher, put(d.product, threshold="0"))
    d.host.test("kms-product with a name of 129 bytes", d.refused, "name",
                d.publisher, put(d.product, name="n" * 129))


def types(d):
    """Documents of types that are not installed, or of another's key."""
    test = d.host.test
    seal = ("kms-seal 1\nserial %s\nstore %s\nsuite x25519-xsalsa20poly1305 "
            "AAAAAAAAAAA= %s\nnot-before %s\nnot-after %s\n" % (
                uuid.uuid4(), uuid.uuid4(),
                base64.b64encode(bytes(32)).decode(), when(-1), when(1)))
    test("a kms-seal", d.refused, 'but "kms-seal 1"', d.publisher, seal)
    with open(os.path.join(os.path.dirname(d.path), "request.kms"),
              "rb") as file:
        test("the kms-host-request instead of the answer", d.refused_bytes,
             'but "kms-host-request 1"', file.read())
    test("a kms-grant that the publisher signed", d.refused,
         'but "kms-grant 1"',
         d.publisher, "kms-grant 1\ntime %s\n" % when(0))
    test("a kms-product of another publisher", d.refused,
         (UNKNOWN, "publisher/NAME.pub"), d.stranger,
         put(d.product, publisher=d.stranger.blob))
    test("a kms-product that names another publisher", d.refused,
         "names another publisher than its signer", d.publisher,
         put(d.product, publisher=d.stranger.blob))
    test("a kms-product that its issuer signed", d.refused, UNKNOWN, d.issuer,
         d.product)
    test("a kms-revocation of another publisher", d.refused, UNKNOWN,
         d.stranger, put(d.revocation, publisher=d.stranger.blob))
    test("a kms-revocation that names another publisher", d.refused,
         "names another publisher than its signer", d.publisher,
         put(d.revocation, publisher=d.stranger.blob))


def dates_and_revisions(d):
    test = d.host.test
    new = str(uuid.uuid4())
    test("an expired kms-product", d.refused, ("expired at", "clock says", "get a newer one"),
         d.publisher, put(d.product, product=new, not_after=when(-1),
                          not_before=when(-2)))
    test("a kms-product of tomorrow", d.refused,
         ("is not valid before", "clock says", "install it then"), d.publisher,
         put(d.product, product=new, not_before=when(1)))
    test("a kms-product whose dates are exchanged", d.refused,
         "is not valid before",
         d.publisher, put(d.product, product=new, not_before=when(1),
                          not_after=when(-1)))
    test("a right kms-product of revision 3 is taken", d.taken, d.publisher,
         put(d.product, revision=3))
    test("revision 2 after 3", d.refused,
         ("revision 2", "revision 3 is installed"), d.publisher,
         put(d.product, revision=2))
    test("another revision 3", d.refused,
         ("with other content", "ask the publisher"), d.publisher,
         put(d.product, revision=3, name="Other"))
    test("a right kms-revocation of revision 5 is taken", d.taken, d.publisher,
         d.revocation)
    test("revision 4 after 5", d.refused,
         ("revision 4", "revision 5 is installed"), d.publisher,
         put(d.revocation, revision=4))
    test("another revision 5", d.refused, "with other content", d.publisher,
         put(d.revocation, time=when(-3)))


def certificates(d):
    test = d.host.test
    new = str(uuid.uuid4())
    host = put(d.certificate, serial=new)
    test("a kms-host for another host", d.refused,
         ("another host's key", "kmsctl activate"), d.issuer,
         put(host, host=Key().blob))
    test("an expired kms-host", d.refused, ("expired at", "clock says"),
         d.issuer, put(host, not_before=when(-2), not_after=when(-1)))
    test("a kms-host of tomorrow", d.refused, "is not valid before", d.issuer,
         put(host, not_before=when(1)))
    test("a kms-host of a family that no product has", d.refused,
         ("family other-family up to group 1", "install"), d.issuer,
         put(host, family="other-family 1"))
    test("a kms-host of a lower group than every product's", d.refused,
         ("family test up to group 0", "install"), d.issuer,
         put(host, family="test 0"))
    test("a kms-host of an unknown issuer", d.refused,
         (NO_PRODUCT, "family test of publisher"), Key(), host)
    test("a kms-host that the publisher signed", d.refused, NO_PRODUCT,
         d.publisher, host)
    test("a kms-host that names another publisher", d.refused,
         "names another publisher", d.issuer,
         put(host, publisher=d.stranger.blob))
    test("a kms-host of another publisher", d.refused,
         (NO_PRODUCT, "of publisher " + d.stranger.number.hex()), d.stranger,
         put(host, publisher=d.stranger.blob))
    test("a kms-host with a bad signature", d.refused_bytes,
         "the signature of key", d.issuer.sign(host.encode()).replace(
             b"family test", b"family tess"))
    test("another kms-host with the serial of the installed", d.refused,
         "same serial", d.issuer, put(d.certificate, not_after=when(2)))
    test("a kms-host with CR", d.refused, "carriage returns", d.issuer,
         host.replace("\n", "\r\n"))
    test("a kms-host without its final newline", d.refused, "no newline",
         d.issuer, host[:-1])
    test("a kms-host of 17 families", d.refused, "more than 16 times",
         d.issuer, re.sub("(?m)^(family .*\n)", r"\1" * 17, host))
    test("a kms-host whose host key is no key", d.refused,
         "the host's key is not Ed25519", d.issuer,
         put(host, host=base64.b64encode(bytes(42)).decode()))
    test("a right kms-host beside the installed is taken", d.taken, d.issuer,
         host)
    void = str(uuid.uuid4())
    test("a kms-revocation that voids a certificate is taken", d.taken,
         d.publisher, put(d.revocation, revision=6) + "host %s void\n" % void)
    test("that kms-host", d.refused, ("is void", "revision 6"), d.issuer,
         put(host, serial=void))


def empty(d):
    host = d.host
    with open(os.path.join(os.path.dirname(d.path), "host.kms"), "rb") as file:
        host.test("a kms-host before any kms-product", d.refused_bytes,
                  ("no kms-product is installed", "newest kms-product of "
                   "family test of publisher " + d.publisher.number.hex()),
                  file.read())
    forms(d)
    types(d)
    product_lines(d)


def full(d):
    dates_and_revisions(d)
    certificates(d)


def main():
    options = kmsproto.arguments()
    host = kmsproto.Host(options)
    d = Documents(host)
    {"empty": empty, "full": full}[options.stage](d)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What a client checks before it believes a host; the numbers are those of
the list in doc/protocol.md."""

import trust
from messages import Malformed, TIME, parse
from trust import Refused

SKEW = 4 * 3600
REPLY_SECONDS = 60


class TimeSkew(Refused):
    """Only dates failed: an unverified time-skew."""


def need(true, why):
    if not true:
        raise Refused(why)


def within(message, now):
    return message.get("not-before") <= now < message.get("not-after")


class Host:
    """A kms-host and a kms-seal that hold."""

    def __init__(self, certificate, seal, data):
        self.certificate = certificate
        self.seal = seal
        self.data = data
        self.serial = certificate.get("serial")
        self.key = certificate.get("host")[10:]
        self.store = seal.get("store")
        _, self.seal_id, self.seal_key = seal.all("suite")[0]


def check_product(data, publisher):
    """Check 1, its first part."""
    product, signer = trust.verify_document(data, "kms-product", [publisher])
    need(product.get("publisher") == signer, "kms-product names another key")
    return product


def check_revocation(data, publisher):
    revocation, signer = trust.verify_document(data, "kms-revocation",
                                               [publisher])
    need(revocation.get("publisher") == signer,
         "kms-revocation names another key")
    return revocation


def check_certificate(data, product):
    """Check 1: a kms-host under a product's issuers."""
    issuers = [one[0] for one in product.all("issuer")]
    certificate, _ = trust.verify_document(data, "kms-host", issuers)
    need(certificate.get("publisher") == product.get("publisher"),
         "kms-host of another publisher")
    need(certificate.get("not-after") - certificate.get("not-before") <=
         396 * 86400, "kms-host for more than 396 days")
    return certificate


def check_host(host_data, seal_data, product, now):
    """Checks 1 and 2."""
    certificate = check_certificate(host_data, product)
    seal, _ = trust.verify_document(seal_data, "kms-seal",
                                    [certificate.get("host")])
    need(seal.get("serial") == certificate.get("serial"),
         "kms-seal of another kms-host")
    for what in certificate, seal:
        if not within(what, now):
            raise TimeSkew("%s does not hold at %s: from %s to %s" % (
                what.kind, TIME.print(now), TIME.print(what.get("not-before")),
                TIME.print(what.get("not-after"))))
    return Host(certificate, seal, host_data)


def open_reply(payload, half, shared, seconds):
    """Checks 3 and 4: the kms-reply and the bytes of its grant or None."""
    nonce, box = payload[:24], payload[24:]
    need(len(nonce) == 24 and 16 <= len(box) <= 6144, "no sealed-reply")
    need(nonce[:12] == half, "nonce of another request")
    need(nonce[12:] != bytes(12), "nonce of a request")
    need(seconds <= REPLY_SECONDS, "the reply came too late")
    text = trust.unseal(box, nonce, shared)
    head, blank, grant = text.partition(b"\n\n")
    reply = parse(head + b"\n" if blank else head, "kms-reply")
    result = reply.get("result")
    need((result == "granted") == bool(blank), "a grant in the wrong place")
    need((result == "refused") == (reply.get("code") is not None),
         "a code in the wrong place")
    need(result == "refused" or
         (result == "granted") == (reply.get("verb") == "activate"),
         "a result that the verb can't have")
    return reply, grant if blank else None


def check_reply(reply, request, host):
    """Checks 5 and 6."""
    for key in "nonce", "verb":
        need(reply.get(key) == request.get(key), "another " + key)
    need(reply.get("store") == host.store, "another store")
    need(within(host.seal, reply.get("time")),
         "the host's time is outside its kms-seal")


def check_place(grant_data, certificate, product, own):
    """Checks 7 to 10: the grant, for `own`, a dictionary of what it must
    name."""
    grant = trust.verify_grant(grant_data, certificate.get("host")[10:])
    for key, value in own.items():
        need(grant.get(key) == value, "grant with another " + key)
    need(grant.get("host") == certificate.get("serial"),
         "grant under another kms-host")
    need(any(family == product.get("family") and group >= product.get("group")
             for family, group in certificate.all("family")),
         "the kms-host does not cover the product")
    time, expires = grant.get("time"), grant.get("expires")
    need(expires - time <= product.get("validity"), "the grant holds too long")
    need(within(certificate, time), "the grant is outside its kms-host")
    need(expires <= certificate.get("not-after"),
         "the grant outlives its kms-host")
    return grant


def revoked(revocation, serial, words):
    return revocation is not None and any(
        one == serial and word in words
        for one, word in revocation.all("host"))


def check_grant(grant_data, host, product, own, revocation, now):
    """Checks 7 to 12."""
    grant = check_place(grant_data, host.certificate, product, own)
    need(not revoked(revocation, host.serial, ("superseded", "void")),
         "the kms-host is revoked")
    need(abs(grant.get("time") - now) <= SKEW, "the grant is of another time")
    return grant


def without_grant(product, begun, now):
    if begun is None:
        return "unlicensed", 0
    grace = now < begun + product.get("grace")
    return ("oob-grace" if grace else "notification"), 0


def standing(kept, product, own, revocation, begun, now):
    """The state of a machine, offline, and what is left of its grant.  Kept
    are a grant and its kms-host, or None; begun is when the machine first
    asked, or None."""
    if kept is None:
        return without_grant(product, begun, now)
    grant_data, host_data = kept
    try:
        certificate = check_certificate(host_data, product)
        grant = check_place(grant_data, certificate, product,
                            {k: v for k, v in own.items() if k != "hardware"})
    except (Refused, Malformed):
        return without_grant(product, begun, now)
    left = max(0, grant.get("expires") - now)
    if left == 0:
        return "notification", 0
    if revoked(revocation, certificate.get("serial"), ("void",)):
        ends = revocation.get("time") + product.get("grace")
        return ("non-genuine-grace" if now < ends else "notification"), left
    if grant.get("hardware") != own["hardware"]:
        return "oot-grace", left
    return "licensed", left

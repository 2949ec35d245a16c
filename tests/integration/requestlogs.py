"""The logs that a kms-host-request states, each a line: uuid, size.

    requestlogs.py HOST.PUB REQUEST

Exits 1 unless the request and the checkpoint of every log in it are signed by
that host key.
"""

import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "interop"))

import messages
import trust


def read(path):
    with open(path, "rb") as f:
        return f.read()


def main():
    blob = trust.read_public_key(read(sys.argv[1]))
    request, _ = trust.verify_document(read(sys.argv[2]), "kms-host-request",
                                       [blob])
    key = blob[10:]
    for log, size, root, signature in request.all("log"):
        log = messages.UUID.print(log)
        body = "%s\n%d\n%s\n" % (trust.origin_of(key, log), size,
                                 base64.b64encode(root).decode())
        if not trust.verify_bytes(key, body.encode(), signature):
            sys.exit(f"log {log}: the signature is bad")
        print(log, size)


main()

# Another reader of mail, Python's own: for each message on standard input (four bytes of length before it) one line of JSON with its leaf
# parts. What it finds is compared with what was sealed.

import email.parser
import email.policy
import hashlib
import json
import re
import struct
import sys

WHITE = re.compile(rb"[\r\n\t \x00]+")


def leaves(part):
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.get_payload():
            yield from leaves(child)
    else:
        yield part


def decode(part):
    """The bytes of a leaf. Python reads fewer spellings of encodings than RFC 2045 allows, and stumbles over a lone "="."""
    encoding = re.sub(r"\([^()]*\)", "", str(part.get("content-transfer-encoding", "")))
    encoding = encoding.split(";")[0].strip().strip('"').lower()
    encoding = {"base 64": "base64", "base-64": "base64", "quoted printable": "quoted-printable"}.get(encoding, encoding)
    payload = part._payload  # the public way decodes it by its charset
    if encoding == "quoted-printable" and isinstance(payload, str):
        text = payload.encode("ascii", "surrogateescape")
        text = re.sub(rb"[ \t]+(?=\r?(\n|$))", b"", text)
        return re.sub(rb"=(?:\r?\n|$|([0-9A-Fa-f]{2}))", lambda match: bytes.fromhex((match[1] or b"").decode()), text)
    del part["content-transfer-encoding"]
    part["content-transfer-encoding"] = encoding
    content = part.get_payload(decode=True) or b""
    if "uu" in encoding and content.lstrip().startswith(b"begin "):
        raise ValueError("it gives back undecoded what it cannot decode")
    return content


def describe(part):
    type_as_sent = str(part.get("content-type", "")).strip().lower()
    if part.is_multipart() or part.get_content_maintype() == "multipart" or type_as_sent.startswith("multipart/"):
        # A message in the message is one document for us, whatever is in it; a multipart it could not split says nothing about bytes.
        return {"type": part.get_content_type(), "bytes": -1, "print": ""}
    try:
        content = decode(part)
    except Exception:
        return {"type": part.get_content_type(), "bytes": -1, "print": ""}
    return {
        "type": part.get_content_type(),
        "encoding": str(part.get("content-transfer-encoding", "")).strip().lower(),
        "bytes": len(content),
        "print": hashlib.sha256(WHITE.sub(b"", content)).hexdigest(),
        "defects": [type(defect).__name__ for defect in part.defects],
    }


source, sink = sys.stdin.buffer, sys.stdout
while True:
    head = source.read(4)
    if len(head) < 4:
        break
    raw = source.read(struct.unpack(">I", head)[0])
    try:
        message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(raw)
        found = {"leaves": [describe(part) for part in leaves(message)]}
    except Exception as error:
        found = {"failed": type(error).__name__}
    sink.write(json.dumps(found) + "\n")
    sink.flush()

# Another reader of mail, Python's own: for each message named on standard input, a path a line, one line of JSON with its leaf parts, each
# with its section path, the digest of its decoded bytes, and whether it is a file. It shares no code and no decision with the service.

import binascii
import email.message
import email.parser
import email.policy
import hashlib
import json
import re
import sys

BEGIN = re.compile(rb"^begin [0-7]{3,4}[^\r\n]*\r?\n", re.M)


class Message(email.message.Message):
    """A message within the message is one leaf, as it was sent."""

    def get_content_type(self):
        written = super().get_content_type()
        return "x-" + written if written.startswith("message/") else written


def leaves(part, path):
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for number, child in enumerate(part.get_payload(), 1):
            yield from leaves(child, f"{path}.{number}" if path else str(number))
    else:
        yield path or "1", part


def uudecode(lines):
    """The bytes up to the line `end`, and what follows; None: it never comes, or something is wrong."""
    found = b""
    for number, line in enumerate(lines):
        if line.strip() == b"end":
            return found, lines[number + 1 :]
        try:
            found += binascii.a2b_uu(line.rstrip(b"\r\n \t") + b"\n") if line.strip() else b""
        except binascii.Error:
            return None
    return None


def decode(part):
    payload = part._payload  # the public way decodes it by its charset
    raw = payload.encode("ascii", "surrogateescape") if isinstance(payload, str) else b""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        try:
            return binascii.a2b_base64(raw)
        except binascii.Error:
            return raw
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        begin = BEGIN.search(raw)
        decoded = begin and uudecode(raw[begin.end() :].splitlines(keepends=True))
        return decoded[0] if decoded else raw
    return raw


def inside(text):
    """Files that stand uuencoded in a text."""
    while begin := BEGIN.search(text):
        rest = text[begin.end() :]
        decoded = uudecode(rest.splitlines(keepends=True))
        if decoded:
            yield decoded[0]
        text = b"".join(decoded[1]) if decoded else rest


def describe(path, part):
    content = decode(part)
    kind = part.get_content_type().removeprefix("x-") if part.get_content_type().startswith("x-message/") else part.get_content_type()
    is_attachment = part.get_content_disposition() not in (None, "inline") or part.get_filename() is not None
    is_file = (is_attachment or kind not in ("text/plain", "text/html")) and "signature" not in kind
    yield {"part": path, "sha256": hashlib.sha256(content).hexdigest(), "isFile": bool(content) and is_file}
    if kind.startswith("text/"):
        for number, file in enumerate(inside(content), 1):
            yield {"part": f"{path}/{number}", "sha256": hashlib.sha256(file).hexdigest(), "isFile": bool(file)}


for name in sys.stdin.read().splitlines():
    with open(name, "rb") as file:
        raw = file.read()
    message = email.parser.BytesParser(Message, policy=email.policy.compat32).parsebytes(raw)
    found = [each for path, part in leaves(message, "") for each in describe(path, part)]
    print(json.dumps({"sha256": hashlib.sha256(raw).hexdigest(), "leaves": found}))

#!/usr/bin/env python3
"""The second, independent verifier of an audit export. Python 3 standard library only.

Recomputes every leaf and the Merkle root (RFC 6962) at the size of each checkpoint (C2SP tlog-checkpoint) and, given
the key, checks the checkpoints' Ed25519 signatures (RFC 8032). Exits 0 intact, 2 tampered, 3 incomplete. It shares no
code with `portcullis audit verify`: two that agree are harder to fool than one. See docs/audit.md.
"""
import argparse, base64, hashlib, json, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
sha256 = lambda *parts: hashlib.sha256(b"".join(parts)).digest()

def add(p, q):  # points as (X, Y, Z, T), RFC 8032 section 5.1.4
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(n, point):
    total = (0, 1, 1, 0)
    while n:
        total, point, n = add(total, point) if n & 1 else total, add(point, point), n >> 1
    return total

def point(data):  # RFC 8032 section 5.1.3
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def signed(public, message, signature):  # RFC 8032 section 5.1.7
    if len(signature) != 64:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    s = int.from_bytes(signature[32:], "little")
    a, b = times(s, BASE), add(point(signature[:32]), times(k % L, point(public)))
    return s < L and (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0

def checkpoint(path, key):
    with open(path, encoding="utf-8", newline="") as file:
        body, _, signatures = file.read().rpartition("\n\n")
    origin, size, root = body.split("\n")[:3]
    if key:
        name, key_id, data = key.strip().split("+", 2)
        public = base64.b64decode(data, validate=True)
        if len(public) != 33 or public[0] != 1 or sha256(name.encode(), b"\n", public)[:4].hex() != key_id:
            raise ValueError("the key is malformed")
        lines = [line.split(" ") for line in signatures.split("\n") if line.startswith(f"\u2014 {name} ")]
        found = [base64.b64decode(line[2], validate=True) for line in lines]
        mine = [line[4:] for line in found if line[:4].hex() == key_id]
        if not mine or not all(signed(public[1:], f"{body}\n".encode(), line) for line in mine):
            raise ValueError("it is not signed by the key")
    return origin, int(size), base64.b64decode(root, validate=True)

def root_of(peaks):
    node = peaks[-1][1] if peaks else sha256()
    for _, left in reversed(peaks[:-1]):
        node = sha256(b"\x01", left, node)
    return node

def verify(lines, notes, tampered, missing):
    peaks, log, size, anchored, whole, wanted = [], None, 0, 0, True, {}
    for origin, at, root in notes:
        if wanted.setdefault(at, root) != root or origin != notes[0][0] or (at == 0 and root != sha256()):
            tampered.append(f"the checkpoint of {at} entries contradicts another")
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            index, entry, stated = int(line["index"]), line["entry"].encode(), base64.b64decode(line["leaf"])
            log = log or line["log"]
            if not line["log"] == log == json.loads(entry)["organization"]:
                tampered.append(f"entry {index} belongs to another log")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            tampered.append(f"line {number} is malformed: {error!r}")
            whole = False
            continue
        if index != size:
            (missing if index > size else tampered).append(f"entry {index} stands where entry {size} must")
            whole = False
        size, node = max(size, index + 1), (0, sha256(b"\x00", entry))
        if node[1] != stated:
            tampered.append(f"entry {index} does not hash to its leaf")
        while peaks and peaks[-1][0] == node[0]:
            node = (node[0] + 1, sha256(b"\x01", peaks.pop()[1], node[1]))
        peaks.append(node)
        if whole and size in wanted:
            anchored = size
            if root_of(peaks) != wanted[size]:
                tampered.append(f"the root over the first {size} entries is not the checkpoint's")
    if log and notes and notes[0][0].rpartition("/")[2] != log:
        tampered.append(f"the export is of {log}, the checkpoints are of another log, {notes[0][0]}")
    if max(wanted, default=size + 1) > size:
        missing.append(f"{size} entries, but a checkpoint of {max(wanted)}" if wanted else "there is no checkpoint")
    return f"{size} entries, {anchored} up to the last checkpoint, root {base64.b64encode(root_of(peaks)).decode()}"

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("export", help="the export, JSON Lines")
parser.add_argument("--checkpoint", action="append", default=[], help="a file with one signed note; may be repeated")
parser.add_argument("--key", help="the verification key, name+id+base64; without it no signature is checked")
asked = parser.parse_args()
tampered, missing, notes = [], [], []
for path in asked.checkpoint:
    try:
        notes.append(checkpoint(path, asked.key))
    except ValueError as error:
        tampered.append(f"checkpoint {path}: {error}")
with open(asked.export, encoding="utf-8", errors="replace", newline="\n") as lines:
    summary = verify(lines, notes, tampered, missing)
verdict, code = ("tampered", 2) if tampered else ("incomplete", 3) if missing else ("intact", 0)
print(f"{verdict}: {summary}", *tampered, *missing, sep="\n- ")
if not asked.key:
    print("without --key no signature was checked")
sys.exit(code)

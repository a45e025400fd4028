#!/usr/bin/env python3
"""Runs `age` on a terminal of its own and types a passphrase, as it takes one from nowhere else.

usage: age-pty.py PASSPHRASE age ARGUMENT...
Types the passphrase at each prompt (twice when sealing). Exits as age does.
"""

import os
import pty
import select
import sys

passphrase, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)

said = b""
while True:
    if not select.select([terminal], [], [], 60)[0]:
        os.kill(child, 9)
        sys.exit("age-pty: age said nothing for a minute")
    try:
        said += os.read(terminal, 4096)
    except OSError:  # the terminal is closed: age has ended
        break
    if said.rstrip().lower().endswith(b":"):
        said = b""
        os.write(terminal, passphrase.encode() + b"\n")
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
if code != 0:
    sys.stderr.buffer.write(said)
sys.exit(code)

"""Gives up rights, for good, before a foreign file is opened.

``rlimit`` bounds memory, CPU time and file sizes wherever there are rlimits. On Linux a network namespace
of its own leaves no network, and Landlock leaves the file system readable where the program lies and
writable in one folder. Each function returns what it achieved; what a system cannot do is left out.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SIGKILL = 9

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Landlock's system calls, the same on every architecture."""

RULE_PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
READ = READ_FILE | READ_DIR
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE

FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
NEWEST_FILE_RIGHTS = (1 << 16) - 1
NETWORK_ABI = 4
BIND_AND_CONNECT = 3


def limit_resources(*, memory_bytes: int, cpu_secs: int, file_bytes: int) -> list[str]:
    """Bound what this process may use; there is no core dump."""
    if sys.platform == "win32":
        return []
    import resource

    limits = {
        resource.RLIMIT_AS: (memory_bytes, memory_bytes),
        resource.RLIMIT_CPU: (cpu_secs, cpu_secs + 5),
        resource.RLIMIT_FSIZE: (file_bytes, file_bytes),
        resource.RLIMIT_CORE: (0, 0),
    }
    for kind, (soft, hard) in limits.items():
        highest = resource.getrlimit(kind)[1]
        if highest != resource.RLIM_INFINITY:
            soft, hard = min(soft, highest), min(hard, highest)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError):  # macOS refuses some
            continue
    return ["resource limits"]


def leave_network() -> list[str]:
    """Move into a network namespace of our own; must run while there is one thread."""
    if sys.platform != "linux":
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    return ["network namespace"] if libc.unshare(flags) == 0 else []


def leave_files(*, readable: Iterable[Path], writable: Iterable[Path]) -> list[str]:
    """Give up all files but these: folders with all below them, or single files."""
    if sys.platform != "linux":
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(CREATE_RULESET, None, 0, 1)
    if abi < 1:
        return []
    rights = FILE_RIGHTS_BY_ABI.get(abi, NEWEST_FILE_RIGHTS)
    network = BIND_AND_CONNECT if abi >= NETWORK_ABI else 0
    attributes = struct.pack("<QQ", rights, network) if network else struct.pack("<Q", rights)
    rules = libc.syscall(CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0)
    if rules < 0:
        return []
    for path in readable:
        _allow(libc, rules, path, rights=READ)
    for path in writable:
        _allow(libc, rules, path, rights=rights & ~EXECUTE)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = libc.syscall(RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return [f"Landlock {abi}"] if done else []


def _allow(libc: ctypes.CDLL, rules: int, path: Path, *, rights: int) -> None:
    if not path.exists():
        return
    place = os.open(path, os.O_PATH)
    rights &= -1 if path.is_dir() else FILE_RIGHTS
    rule = struct.pack("<Qi", rights, place)
    libc.syscall(ADD_RULE, rules, RULE_PATH_BENEATH, ctypes.c_char_p(rule), 0)
    os.close(place)


def program_files() -> list[Path]:
    """Return where Python, its libraries and this program lie."""
    found = {Path(sys.prefix), Path(sys.base_prefix), Path("/usr"), Path("/lib"), Path("/lib64")}
    found |= {Path(entry) for entry in sys.path if entry}
    return sorted(found)

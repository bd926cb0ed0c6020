"""The past of a session: encoded blocks of each tick and poses, in a ring on disk that is bounded by bytes.

``records`` knows the bytes, ``ring`` the files, ``recorder`` the thread that writes, ``extraction`` how one
signal is found in many blocks, ``reading`` what was so, ``answers`` who may ask, ``tap`` where it comes from.
"""

from __future__ import annotations

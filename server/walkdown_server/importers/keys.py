"""Element keys made of a path of names: stable, unique, and short enough."""

from __future__ import annotations

from walkdown.package.check import MAX_KEY_BYTES


class Keys:
    """The keys of one file; what occurs again gets ``[2]``, ``[3]`` and so on."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._used: set[str] = set()
        self._seen: dict[str, int] = {}

    def path(self, above: str, name: str) -> str:
        """Return the key of what is called ``name`` below the key ``above``.

        A slash in a name is written ``%2F``; a path that is too long becomes a number.
        """
        segment = (name or "part").replace("%", "%25").replace("/", "%2F")
        path = f"{above.removesuffix('/')}/{segment}"
        if len(path.encode()) > MAX_KEY_BYTES - 20:
            path = f"{self._scheme}:/#{len(self._used)}"
        key = path
        while key in self._used:
            self._seen[path] = self._seen.get(path, 1) + 1
            key = f"{path}[{self._seen[path]}]"
        self._used.add(key)
        return key

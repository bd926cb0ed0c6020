"""Every error that Walkdown raises on purpose, and who is at fault.

::

    WalkdownError
    ├── BadInput            a file, a message or a flag is wrong: the sentence says how to mend it
    │   ├── SettingsError   a setting has the wrong name, type or value
    │   ├── PackageError    a package is damaged or not what its manifest says
    │   ├── ImportFailed    a foreign model could not be turned into a package
    │   ├── ProtocolError   the other end sent bytes that ``walkdown.1`` does not allow
    │   ├── JournalError    a journal on disk is damaged
    │   └── HistoryError    a piece of a session's past on disk is damaged
    ├── Refused             the other end understood and said no
    ├── SourceError         a data source (a broker, a recording) does not deliver
    └── Missing             something that should be installed or running is not there

A text says what was expected, what came, with numbers, and what to do next. Each error is handled
exactly once: logged or raised.
"""

from __future__ import annotations


class WalkdownError(Exception):
    """The root of the tree."""


class BadInput(WalkdownError):
    """What was given is wrong."""


class SettingsError(BadInput):
    """A setting has the wrong name, type or value."""


class PackageError(BadInput):
    """A package is damaged or not what its manifest says."""


class ImportFailed(BadInput):
    """A foreign model could not be turned into a package."""


class ProtocolError(BadInput):
    """The other end sent bytes that the protocol does not allow."""


class JournalError(BadInput):
    """A journal on disk is damaged."""


class HistoryError(BadInput):
    """A piece of a session's past on disk is damaged."""


class Refused(WalkdownError):
    """The other end understood and said no.

    Attributes:
        code: a short stable word, for instance ``version`` or ``not-yours``.
        current: after ``conflict``, what stands now, None when it is gone. by: the name of who changed it.
    """

    def __init__(self, code: str, text: str, *, current: object = None, by: str = "") -> None:
        super().__init__(text)
        self.code, self.current, self.by = code, current, by


class SourceError(WalkdownError):
    """A data source does not deliver."""


class Missing(WalkdownError):
    """Something that should be installed or running is not there."""

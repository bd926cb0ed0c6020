"""Which packages a session draws: drawn element ids for each, and what everyone is told of them.

Pure. Every model and package that was drawn keeps its drawn element ids as long as the server runs, so
that an id never means two things to a client that is late.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from walkdown.messages import ModelState, PackageRef

ELEMENTS_MAX = 1 << 24
"""Drawn element ids have 24 bits."""


class Shown:
    """The packages that can be drawn, and where their drawn elements begin.

    Args:
        fixed: what the server was started with, with bases and joints.
    """

    def __init__(self, fixed: Iterable[PackageRef]) -> None:
        self._fixed = {(ref.model, ref.id): ref for ref in fixed}
        self._bases = {key: ref.base for key, ref in self._fixed.items()}
        self._known: dict[tuple[str, str], PackageRef] = {}
        self._next_base = sum(ref.count for ref in self._fixed.values())

    def learn(self, ref: PackageRef) -> None:
        """Learn the package of a model that lies in the store; its base is given when it is drawn first."""
        self._known[ref.model, ref.id] = ref

    def knows(self, model: ModelState) -> bool:
        """Tell whether the package of a model is there."""
        key = model.model, model.package
        return key in self._fixed or key in self._known

    @property
    def elements_left(self) -> int:
        """How many drawn element ids are free."""
        return ELEMENTS_MAX - self._next_base

    def has_ids_for(self, model: str, ref: PackageRef) -> bool:
        """Tell whether a package can be drawn as this model."""
        return (model, ref.id) in self._bases or ref.count <= self.elements_left

    def refs(self, models: Iterable[ModelState]) -> tuple[PackageRef, ...]:
        """Return what is drawn of these models; one without its package, or without free ids, is left out."""
        found = (self._ref(model) for model in models)
        return tuple(ref for ref in found if ref is not None)

    def _ref(self, model: ModelState) -> PackageRef | None:
        key = model.model, model.package
        ref = self._fixed.get(key) or self._known.get(key)
        if ref is None or not self.has_ids_for(model.model, ref):
            return None
        if key not in self._bases:
            self._bases[key] = self._next_base
            self._next_base += ref.count
        return msgspec.structs.replace(
            ref,
            name=model.name,
            base=self._bases[key],
            placement=model.placement,
            model=model.model,
            author=model.author,
            revision=model.revision,
        )

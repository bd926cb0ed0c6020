"""Everything that is written and drawn flat over the scene: markers, cards, pins and name tags.

What is shown is set when it changes; :meth:`Labels.records` places it for the camera of a frame. Markers
and tags of many are arrays; cards and pins are few.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.cards import (
    STATE_SHAPES,
    Card,
    Pin,
    draw_card,
    draw_pin,
    state_color,
)
from walkdown_client.scene.placing import Area, Box, place_cards
from walkdown_client.scene.projection import Projected, Projection
from walkdown_client.scene.quads import (
    ALPHA,
    ANCHOR,
    BORDER,
    CENTRE,
    EDGE,
    FILL,
    HALF,
    HIDDEN_ALPHA,
    KIND,
    KINDS,
    blank,
    strokes,
)
from walkdown_client.scene.tags import NameTags, Tags
from walkdown_client.scene.text_atlas import TextAtlas

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

_GOOD, _ALARM = 1, 3
_STEM_PX = 20.0
_PIN_HIDDEN = 0.55
_EDGE_MARGIN_PX = 26.0


class Labels:
    """Holds what is to be shown.

    Attributes:
        scale: size of all writing, 1 at 15 px text.
        insets: pixels at the left, bottom, right and top that panels cover; cards stay clear of them.
    """

    def __init__(self, atlas: TextAtlas) -> None:
        self._atlas = atlas
        self.scale = 1.0
        self.insets: Area = (0.0, 0.0, 0.0, 0.0)
        self._markers: tuple[F64, npt.NDArray[np.uint8]] = (np.zeros((0, 3)), np.zeros(0, np.uint8))
        self._cards: Sequence[Card] = ()
        self._pins: Sequence[Pin] = ()
        self._tags: Tags | None = None
        self._places: dict[str, int] = {}
        self._name_tags = NameTags(atlas)

    def set_markers(self, positions: npt.ArrayLike, codes: npt.ArrayLike) -> None:
        """Show state shapes on stems.

        Args:
            positions: (n, 3) site frame, metres.
            codes: (n,) state codes; 0 shows nothing. An alarm out of view is shown at the window's edge.
        """
        states = np.asarray(codes, np.uint8)
        self._markers = np.asarray(positions, np.float64).reshape(-1, 3)[states > 0], states[states > 0]

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show these value cards; the first ones get the best places."""
        self._cards = cards
        known = {card.key for card in cards}
        self._places = {key: place for key, place in self._places.items() if key in known}

    def set_pins(self, pins: Sequence[Pin]) -> None:
        """Show these notes."""
        self._pins = pins

    def set_tags(self, tags: Tags | None) -> None:
        """Show these people's names."""
        self._tags = tags

    def records(self, camera: Projection) -> F32:
        """Return all quads for one frame, far ones first, cards on top."""
        parts = [self._marker_records(camera), self._tag_records(camera), *self._pin_records(camera)]
        parts.extend(self._card_records(camera))
        return np.concatenate(parts)

    def _area(self, camera: Projection) -> Area:
        left, bottom, right, top = self.insets
        return left, bottom, max(camera.window[0] - right, left + 1), max(camera.window[1] - top, bottom + 1)

    # --- markers ---

    def _marker_records(self, camera: Projection) -> F32:
        positions, codes = self._markers
        found = camera.project(positions)
        order = np.argsort(-found.distance)
        seen = order[found.visible[order]]
        stem = _STEM_PX * self.scale
        tops = found.pixels[seen] + np.stack(
            [np.zeros(len(seen)), np.where(codes[seen] == _GOOD, 2, stem)], 1
        )
        colors = _STATE_TABLE[codes[seen]]
        lines = strokes(found.pixels[seen], tops, width=1.6, color=colors)
        above = _SIZE_TABLE[codes[seen]] * np.float32(self.scale)
        icons = self._icons(tops + np.stack([np.zeros_like(above), above], 1), codes[seen])
        both = np.stack([lines, icons], 1).reshape(-1, lines.shape[1])
        both[:, ANCHOR] = np.repeat(camera.anchors(found)[seen], 2, 0)
        both[:, HIDDEN_ALPHA] = np.repeat(_HIDDEN_TABLE[codes[seen]], 2)
        both[::2, ALPHA] = codes[seen] != _GOOD
        away = np.flatnonzero(~found.visible & (codes == _ALARM))
        return np.concatenate([both, self._icons(_at_edge(found, away, self._area(camera)), codes[away])])

    def _icons(self, centres: F32, codes: npt.NDArray[np.uint8]) -> F32:
        records = blank(len(centres), "circle")
        records[:, KIND] = _SHAPE_TABLE[codes]
        records[:, CENTRE] = centres
        records[:, HALF] = _SIZE_TABLE[codes][:, None] * self.scale
        records[:, FILL] = _STATE_TABLE[codes]
        records[:, EDGE] = (0.04, 0.06, 0.08, 0.9)
        records[:, BORDER] = 2.0
        return records

    # --- people ---

    def _tag_records(self, camera: Projection) -> F32:
        if self._tags is None or not len(self._tags.heads):
            return blank(0, "rect")
        return self._name_tags.records(self._tags, camera, self.scale)

    # --- notes ---

    def _pin_records(self, camera: Projection) -> list[F32]:
        if not self._pins:
            return []
        found = camera.project([pin.anchor for pin in self._pins])
        anchors = camera.anchors(found)
        order = [i for i in np.argsort(-found.distance).tolist() if found.visible[i]]
        return [
            _placed(
                draw_pin(self._pins[i], self._atlas, self.scale),
                found.pixels[i],
                anchor=anchors[i],
                hidden=_PIN_HIDDEN,
            )
            for i in order
        ]

    # --- cards ---

    def _card_records(self, camera: Projection) -> list[F32]:
        if not self._cards:
            return []
        found = camera.project([card.anchor for card in self._cards])
        shown = [
            i for i in range(len(self._cards)) if found.ahead[i] and _nearly_inside(found, i, camera.window)
        ]
        drawn = [draw_card(self._cards[i], self._atlas, self.scale) for i in shown]
        anchors = [(float(found.pixels[i, 0]), float(found.pixels[i, 1])) for i in shown]
        keys = [self._cards[i].key for i in shown]
        places = place_cards(
            anchors,
            [size for _, size in drawn],
            area=self._area(camera),
            before=[self._places.get(key, -1) for key in keys],
        )
        leaders, bodies = [], []
        for i, (body, _), anchor, key, (place, box) in zip(shown, drawn, anchors, keys, places, strict=True):
            self._places[key] = place
            leaders.append(_leader(anchor, box, self._cards[i].state))
            bodies.append(_placed(body, np.array([box.x, box.y], np.float32)))
        return leaders + bodies


def _nearly_inside(found: Projected, number: int, window: tuple[int, int]) -> bool:
    x, y = found.pixels[number]
    return bool(-0.1 * window[0] < x < 1.1 * window[0] and -0.1 * window[1] < y < 1.1 * window[1])


def _placed(
    records: F32, at: npt.ArrayLike, *, anchor: F32 | None = None, hidden: float = 1.0, alpha: float = 1.0
) -> F32:
    """Records around (0, 0) moved to a pixel; fainter where their anchor is covered."""
    out = records.copy()
    out[:, CENTRE] += np.rint(np.asarray(at, np.float32))
    out[:, ALPHA] *= alpha
    if anchor is not None:
        out[:, ANCHOR] = anchor
        out[:, HIDDEN_ALPHA] = hidden
    return out


def _leader(anchor: tuple[float, float], box: Box, state: int) -> F32:
    """A line from the thing to the nearest edge of its card, and a dot on the thing."""
    x = min(max(anchor[0], box.x - box.width / 2 + 8), box.x + box.width / 2 - 8)
    y = min(max(anchor[1], box.y - box.height / 2), box.y + box.height / 2)
    color = state_color(state, 0.9)
    line = strokes(np.array([anchor], np.float32), np.array([[x, y]], np.float32), width=1.5, color=color)
    dot = blank(1, "circle")
    dot[0, CENTRE], dot[0, HALF], dot[0, FILL], dot[0, EDGE] = anchor, 4.5, color, (0.04, 0.06, 0.08, 0.9)
    dot[0, BORDER] = 1.5
    return np.concatenate([line, dot])


def _at_edge(found: Projected, chosen: npt.NDArray[np.intp], area: Area) -> F32:
    """Where on the edge of the area a point out of view lies; what is behind is shown at the lower edge."""
    low, high = np.array(area[:2], np.float32), np.array(area[2:], np.float32)
    middle = (low + high) / 2
    away = np.where(
        found.ahead[chosen, None], found.pixels[chosen] - middle, np.array([0.0, -1.0], np.float32)
    )
    reach = np.maximum((high - low) / 2 - _EDGE_MARGIN_PX, 1.0)
    share = np.abs(away / reach).max(1, initial=1e-6, keepdims=True)
    return np.asarray(middle + away / share, np.float32)


_STATE_TABLE = np.array([state_color(code) for code in range(len(STATE_SHAPES))], np.float32)
_SHAPE_TABLE = np.array([KINDS.index(name) for name in STATE_SHAPES], np.float32)
_SIZE_TABLE = np.array([0.0, 5.0, 11.0, 12.0, 11.0, 10.0, 10.0], np.float32)
_HIDDEN_TABLE = np.array([0.0, 0.0, 0.5, 0.7, 0.3, 0.5, 0.3], np.float32)
"""Half sizes, and what is left behind something: what is well is small and quiet, the rest is not."""

"""Writes a picture and, beside it, a file that says what the picture shows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from walkdown.twin import STALE
from walkdown_client.app.app import App
from walkdown_client.input import camera

ELEMENTS_LISTED = 2000


def capture(app: App, path: Path) -> dict[str, Any]:
    """Draw the picture, write ``path`` and ``path.json``, and return what the latter holds.

    Raises:
        OSError: a file could not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    app.scene.screenshot(path)
    facts = describe(app)
    facts["picture"] = {
        "file": path.name,
        "width": app.base.win.get_x_size(),
        "height": app.base.win.get_y_size(),
    }
    Path(f"{path}.json").write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1))
    return facts


def describe(app: App) -> dict[str, Any]:
    """Return what the present picture shows; draws an id pass."""
    pixels = app.scene.visible_elements()
    return {
        "session": _session(app),
        "camera": {
            "position": app.rig.pose.position.tolist(),
            "quaternion": app.rig.pose.quaternion.tolist(),
            "fov_deg": float(np.degrees(app.rig.lens.fov_rad)),
            "height_m": app.rig.lens.height_m,
        },
        "view": _view(app),
        "visible_elements": len(pixels),
        "highlighted": _highlighted(app, pixels),
        "people": _people(app),
        "panels": {name: texts for name, texts in app.interface.drawn_text().items() if texts},
        "shader_errors": list(app.notices.shader_errors),
        "driver": asdict(app.driver),
        "latency_secs": asdict(app.world.latency),
        "frame_secs": app.frame_secs,
        "elements": _elements(app, pixels),
    }


def _session(app: App) -> dict[str, Any]:
    world = app.world
    return {
        "name": world.welcome.session if world.welcome else "",
        "link": world.link_state,
        "people": len(world.people),
        "things": len(world.catalogue.things),
        "signals": len(world.catalogue.signals),
        "stale_signals": int((world.signals.quality == STALE).sum()),
        "notes": len(world.notes),
        "elements": sum(len(package.elements) for package in app.models.packages),
        "models": [package.ref.name for package in app.models.packages],
    }


def _view(app: App) -> dict[str, Any]:
    """Say what is cut, hidden and shared, and which pins of topics are drawn."""
    view, drawn = app.view, app.scene.pins.drawn
    numbers = app.scene.pins.rows.numbers[drawn.drawn]
    return {
        "planes": len(view.sectioning.section.planes),
        "box": view.sectioning.section.box is not None,
        "hidden": sorted(view.hidden),
        "isolated": sorted(view.isolated),
        "shared_by": view.viewing.shared_by,
        "pins": [
            {"topic": number, "stands_for": count}
            for number, count in zip(numbers.tolist(), drawn.counts.tolist(), strict=True)
        ],
    }


def _highlighted(app: App, pixels: dict[int, int]) -> dict[str, Any]:
    """Say how much of the picture lies inside the outline of what is selected."""
    ids = app.models.ids_of_all(app.view.selection).tolist()
    inside = sum(pixels.get(drawn_id, 0) for drawn_id in ids)
    total = app.base.win.get_x_size() * app.base.win.get_y_size()
    return {
        "things": list(app.view.selection),
        "elements": len(ids),
        "visible_elements": sum(1 for drawn_id in ids if drawn_id in pixels),
        "pixels": inside,
        "share": inside / total,
    }


def _people(app: App) -> list[dict[str, Any]]:
    world = app.world
    found = []
    for number, position in zip(world.people_ids.tolist(), world.people_positions, strict=True):
        person = world.people.get(number)
        if person is None:
            continue
        x, y, depth = camera.project(app.rig.pose, app.rig.lens, position)[0].tolist()
        found.append(
            {
                "id": number,
                "name": person.name,
                "kind": person.kind,
                "position": position.tolist(),
                "distance_m": float(np.linalg.norm(position - app.rig.pose.position)),
                "in_view": bool(depth > 0 and abs(x) < 1 and abs(y) < 1),
                "picture_xy": [x, y],
            }
        )
    return found


def _elements(app: App, pixels: dict[int, int]) -> list[dict[str, Any]]:
    """List the elements with the most pixels first."""
    order = sorted(pixels, key=lambda drawn_id: -pixels[drawn_id])[:ELEMENTS_LISTED]
    found = []
    for drawn_id in order:
        for package in app.models.packages:
            row = drawn_id - package.ref.base
            if 0 <= row < len(package.elements):
                table = package.elements
                thing = app.models.thing_at(drawn_id)
                found.append(
                    {
                        "id": drawn_id,
                        "key": table.keys[row],
                        "name": table.names[row],
                        "thing": thing,
                        "pixels": pixels[drawn_id],
                    }
                )
    return found

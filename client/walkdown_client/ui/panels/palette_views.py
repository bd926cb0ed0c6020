"""What the palette reaches of views and sections: each prepared view, and each plane of the section."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.i18n import _
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.sectioning import BOX
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.entry import Entry
from walkdown_client.ui.panels.section import plane_name
from walkdown_client.ui.panels.views import about


def view_entries(frame: Frame) -> Iterator[Entry]:
    """Yield what can be done with views and planes that are there now."""
    kind = _("view")
    for view in frame.world.review.views_of(""):
        yield Entry(view.title, kind, about(view), cut.ShowKeptView(view.viewpoint))
        if frame.may(cut.PresentFrom):
            text = _("Present from {title}").format(title=view.title)
            yield Entry(text, kind, "", cut.PresentFrom(view.viewpoint))
        if frame.may(cut.KeepAgain):
            text = _("Let {title} be as I see now").format(title=view.title)
            yield Entry(text, kind, "", cut.KeepAgain(view.viewpoint))
            yield Entry(_("Name {title}").format(title=view.title), kind, "", cut.EditView(view.viewpoint))
            yield Entry(
                _("Remove {title}").format(title=view.title), kind, "", cut.RemoveView(view.viewpoint)
            )
    section = frame.view.sectioning.section
    for number, plane in enumerate(section.planes):
        text = _("Handles on {plane}").format(plane=plane_name(number, plane))
        yield Entry(text, _("section"), "", cut.ChoosePlane(number))
    if section.box is not None:
        yield Entry(_("Handles on the section box"), _("section"), "", cut.ChoosePlane(BOX))

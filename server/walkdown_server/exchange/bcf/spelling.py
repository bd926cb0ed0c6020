"""Names of elements and attributes spelt as the schemas do, whatever the tool that wrote them made of it."""

from __future__ import annotations

import re

from lxml import etree

from walkdown_server.exchange.bcf.trees import Node, local

_MARKUP = """
Markup Header Files File Filename Date Reference Topic ReferenceLinks ReferenceLink Title Priority Index
Labels Label CreationDate CreationAuthor ModifiedDate ModifiedAuthor DueDate AssignedTo Stage Description
BimSnippet ReferenceSchema DocumentReferences DocumentReference ReferencedDocument DocumentGuid Url
RelatedTopics RelatedTopic Comments Comment Author Viewpoint Viewpoints Snapshot VerbalStatus Status
ReplyToComment
"""
_VIEW = """
VisualizationInfo Components Component OriginatingSystem AuthoringToolId ViewSetupHints Selection Visibility
Exceptions Coloring Color OrthogonalCamera PerspectiveCamera CameraViewPoint CameraDirection CameraUpVector
ViewToWorldScale FieldOfView AspectRatio Lines Line StartPoint EndPoint ClippingPlanes ClippingPlane
Location Direction Bitmaps Bitmap Format Normal Up Height X Y Z
"""
_WHOLE = """
Version DetailedVersion ProjectExtension ProjectInfo Project Name ExtensionSchema DocumentInfo Documents
Document Extensions TopicTypes TopicType TopicStatuses TopicStatus Priorities TopicLabels TopicLabel Users
User SnippetTypes SnippetType Stages
"""
_ATTRIBUTES = """
Guid TopicType TopicStatus ServerAssignedId SnippetType IfcProject IfcSpatialStructureElement IfcGuid Color
Selected Visible DefaultVisibility SpacesVisible SpaceBoundariesVisible OpeningsVisible VersionId ProjectId
"""
NAMES = {name.lower(): name for name in f"{_MARKUP} {_VIEW} {_WHOLE}".split()}
ATTRIBUTES = {name.lower(): name for name in _ATTRIBUTES.split()}
_TAGS = re.compile(rb"<([^\s/>!?]+)")
KNOWN = {*NAMES.values(), "ViewPoint"}
"""BCF 3.0 has a ``ViewPoint`` in a topic and a ``Viewpoint`` in that."""

_KNOWN_BYTES = frozenset(name.encode() for name in KNOWN)


def spell(root: Node) -> bool:
    """Spell the names in a document right, and without a namespace; returns whether any was not.

    What no schema knows stays as it is.
    """
    odd = {tag for each in root.iter(etree.Element) if (tag := each.tag) not in KNOWN}
    if not any(tag.rpartition("}")[2].lower() in NAMES for tag in odd):
        return False
    for each in root.iter(*odd):
        name = local(each)
        known = name if name in KNOWN else NAMES.get(name.lower())
        if known == "Viewpoint" and local(each.getparent()) == "Viewpoints" and len(each):
            known = "ViewPoint"
        each.tag = known or each.tag
    etree.cleanup_namespaces(root)
    return True


def looks_spelt(data: bytes) -> bool:
    """Return whether all names of elements in a document are those of a schema, without parsing it."""
    return _KNOWN_BYTES.issuperset(_TAGS.findall(data))


def spell_attributes(root: Node) -> bool:
    """Spell the names of attributes right; returns whether any was not."""
    changed = False
    for each in root.iter(etree.Element):
        for key in each.keys():
            right = ATTRIBUTES.get(key.lower(), key)
            if key != right and right not in each.attrib:
                each.set(right, each.attrib.pop(key))
                changed = True
    return changed

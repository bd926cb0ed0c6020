"""The language of the search, as people type it; what answers it is found in ``finding``.

::

    pump 101                 all words, in any order, in name, id or type
    "main drive"             words that stand together
    type:pump                a type that contains it; so also name, key (or id), system, storey, model;
                             in German typ, kennung, geschoss, modell, in Chinese 类型, 编号, 系统, 楼层
    type=IfcWall             exactly this type; != any other
    type:pump|valve          one or the other
    name:Level*9             begins and ends so; * stands for anything
    state:alarm              things in a state
    pressure>4               a property or a live value; >= < <= = != :
    "fire rating"=EI60       a name with spaces
    length>2000mm            units are converted; without one the property's own is meant
    weight:*                 has such a property
    -type:valve              not

    query      = { term }, all of which must hold
    term       = [ "-" ] ( word | name operator value )
    operator   = ">" | ">=" | "<" | "<=" | "=" | "!=" | ":"
    word, name = characters without spaces, quotes and operators, or anything in double quotes
    value      = alternative { "|" alternative }
    alternative = characters without spaces, or anything in double quotes

A property is meant by all of its name or by its last part (``Pset_WallCommon.IsExternal`` by ``isexternal``),
whatever case, spaces, underscores and hyphens. When none is called so, those are meant whose name has the
words in it: ``pressure`` then means ``Discharge pressure``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from walkdown.errors import BadInput
from walkdown.i18n import _, language
from walkdown.twin import STATES
from walkdown_client.units import UNITS

ORDERINGS = frozenset({">", ">=", "<", "<="})

FIELDS = {
    "name": "name",
    "id": "key",
    "key": "key",
    "type": "type",
    "kind": "type",
    "class": "type",
    "system": "system",
    "storey": "storey",
    "story": "storey",
    "model": "model",
    "state": "state",
    "kennung": "key",
    "typ": "type",
    "geschoss": "storey",
    "modell": "model",
    "zustand": "state",
    "名称": "name",
    "编号": "key",
    "类型": "type",
    "系统": "system",
    "楼层": "storey",
    "模型": "model",
    "状态": "state",
}
"""What is said of every row, by the words for it in the languages of the interface."""

SHOWN_MAX = 40
"""Letters of what was typed that a sentence repeats."""

_OPERATOR = re.compile(r">=|<=|!=|==|[><=:≥≤≠]")
_SAME_OPERATOR = {"==": "=", "≥": ">=", "≤": "<=", "≠": "!="}
_WORD = re.compile(r'"[^"]*"?|(?:[^\s"<>=:!≥≤≠]|!(?!=))+')
_VALUE = re.compile(r'(?:"[^"]*"?|[^\s"]+)+')
_ALTERNATIVE = re.compile(r'(?:"[^"]*"?|[^|"]+)+')
_UNIT_APART = re.compile(r"[ \t]+([^\s\d\"<>=:!-][^\s\"<>=:!]*)(?=\s|$)")
_NUMBER = re.compile(r"([+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\s\d.,+-].*)?")


@dataclass(frozen=True, slots=True)
class Value:
    """What a property is compared with.

    Attributes:
        text: as it was typed, without quotes. number: None when it is none.
        step: of the last digit that was typed. unit: what stands behind the number.
    """

    text: str
    number: float | None = None
    step: float = 0.0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        field: one of the values of ``FIELDS``, a property's name, or "" for a word.
        values: one of them must fit.
        text: how it was typed, without the minus.
        known: ``field`` is one of the values of ``FIELDS``.
    """

    field: str
    operator: str
    values: tuple[Value, ...]
    text: str
    negated: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All conditions; an empty query holds for everything."""

    terms: tuple[Term, ...]

    @property
    def words(self) -> tuple[str, ...] | None:
        """The words, case folded, when there is nothing else in the query; None when there is."""
        if any(term.field or term.negated for term in self.terms):
            return None
        return tuple(term.values[0].text.casefold() for term in self.terms)

    @property
    def asks_properties(self) -> bool:
        """Whether it looks at properties or live values."""
        return any(term.field and not term.known for term in self.terms)

    @property
    def asks_live(self) -> bool:
        """Whether what answers it changes by itself."""
        return self.asks_properties or any(term.field == "state" for term in self.terms)


def parse(text: str) -> Query:
    """Return what was typed as conditions.

    Raises:
        BadInput: one sentence for the person who typed it.
    """
    terms: list[Term] = []
    place = 0
    while (place := _skip_space(text, place)) < len(text):
        term, place = _read_term(text, place)
        terms.append(term)
    return Query(tuple(terms))


def state_codes(text: str) -> tuple[int, ...]:
    """Return the states that a word may mean: English or the language in use, or their beginnings."""
    wanted = text.casefold()
    return tuple(
        code
        for code, word in enumerate(STATES)
        if any(said.casefold().startswith(wanted) for said in (word, _state_word(word)))
    )


def number_of(text: str) -> Value:
    """Return a text as a value; it may be a number with a unit.

    >>> number_of("4.50bar")
    Value(text='4.50bar', number=4.5, step=0.01, unit='bar')
    >>> number_of("P-101").number is None
    True
    """
    found = _NUMBER.fullmatch(text.strip())
    digits = _plain_digits(found[1]) if found else ""
    try:
        number = float(digits)
    except ValueError:
        return Value(text)
    mantissa = digits.casefold().partition("e")[0]
    decimals = len(mantissa.partition(".")[2])
    return Value(text, number, 10.0**-decimals, ((found[2] if found else "") or "").strip())


def _plain_digits(digits: str) -> str:
    """Return a number with a point before decimals and nothing between thousands."""
    if "," not in digits:
        return digits
    if "." in digits or digits.count(",") > 1:
        thousands = "." if digits.rfind(",") > digits.rfind(".") >= 0 else ","
        return digits.replace(thousands, "").replace(",", ".")
    if language() != "de" and re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", digits):
        return digits.replace(",", "")
    return digits.replace(",", ".")


def _skip_space(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _read_term(text: str, start: int) -> tuple[Term, int]:
    """Read the condition that begins at a place; returns it and where the next may begin."""
    negated = text[start] == "-" and start + 1 < len(text) and not text[start + 1].isspace()
    start += negated
    name = _WORD.match(text, start)
    if name is None:
        operator = _OPERATOR.match(text, start)
        found = operator[0] if operator else text[start]
        raise BadInput(_("expected the name of a property before {operator}").format(operator=found))
    operator = _OPERATOR.match(text, _skip_space(text, name.end()))
    if operator is None:
        word = _unquoted(name[0])
        return Term("", "", (Value(word),), name[0], negated), name.end()
    return _read_comparison(text, name, operator=operator, negated=negated)


def _read_comparison(
    text: str, name: re.Match[str], *, operator: re.Match[str], negated: bool
) -> tuple[Term, int]:
    sign = _SAME_OPERATOR.get(operator[0], operator[0])
    value = _VALUE.match(text, _skip_space(text, operator.end()))
    if value is None:
        raise BadInput(_("expected a value after {operator}").format(operator=sign))
    values = tuple(_value(part[0]) for part in _ALTERNATIVE.finditer(value[0]))
    end = value.end()
    if apart := _unit_apart(text, end, values):
        values, end = (number_of(f"{values[0].text} {apart[1]}"),), apart.end()
    field = _unquoted(name[0])
    known = FIELDS.get(field.casefold()) if not name[0].startswith('"') and sign not in ORDERINGS else None
    term = Term(known or field, sign, values, text[name.start() : end], negated, known is not None)
    _check(term)
    return term, end


def _unit_apart(text: str, end: int, values: tuple[Value, ...]) -> re.Match[str] | None:
    """Return the unit that stands behind a number and a space."""
    if len(values) != 1 or values[0].number is None or values[0].unit:
        return None
    found = _UNIT_APART.match(text, end)
    return found if found and found[1] in UNITS else None


def _value(typed: str) -> Value:
    """Return an alternative; what is quoted is text, but may be compared as a number all the same."""
    return number_of(_unquoted(typed))


def _unquoted(text: str) -> str:
    return text.replace('"', "").strip()


def _check(term: Term) -> None:
    for value in term.values:
        if not value.text:
            raise BadInput(_("expected a value after {operator}").format(operator=term.operator))
        if term.operator in ORDERINGS and value.number is None:
            raise BadInput(
                _("expected a number after {operator}, got '{text}'").format(
                    operator=term.operator, text=value.text[:SHOWN_MAX]
                )
            )
        if term.field == "state" and term.known and not state_codes(value.text):
            raise BadInput(
                _("expected a state such as {states}, got '{text}'").format(
                    states=", ".join(_state_word(word).casefold() for word in STATES[1:4]),
                    text=value.text[:SHOWN_MAX],
                )
            )


def _state_word(word: str) -> str:
    """Return a state in the language in use; the words are marked for translation where they are shown."""
    return _("No state") if word == "none" else _(word.capitalize())

"""The command ``walkdown``: finds subcommands, and turns errors into one sentence.

A subcommand is a typed function that a package names in the entry-point group ``walkdown.commands``. One
that takes ``settings`` is wrapped in :func:`takes_settings` and so has a flag for every field. Exit codes:
0 done, 1 it did not work, 2 what was given is wrong, 130 interrupted.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import io
import itertools
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from rich.console import Console

from walkdown.errors import BadInput, Missing, WalkdownError
from walkdown.i18n import LANGUAGES, _, plain, use_language
from walkdown.model_options import ModelFlags
from walkdown.session_tables import load_sessions, sessions_as_toml
from walkdown.settings import S, ServerSettings, as_toml, load

EXTRA_OF_MODULE = {
    "OpenGL": "ui",
    "PIL": "server",
    "lxml": "server",
    "mapbox_earcut": "server",
    "aiomqtt": "mqtt",
    "direct": "client",
    "imgui_bundle": "ui",
    "panda3d": "client",
    "pyperclip": "ui",
    "networkx": "server",
    "trimesh": "server",
    "uvloop": "uvloop",
    "aiofastnet": "aiofastnet",
}
"""Which extra brings a module that is imported where it is used."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one subcommand and exits with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0].startswith("walkdown://"):
        given.insert(0, "join")  # a link alone; as an unknown command it would be repeated, secret and all
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a pipe on Windows knows fewer characters than we show
    use_language(_flag_in(given, "--lang"))
    application(given)(given, prog_name="walkdown")


def application(given: Sequence[str] = ()) -> typer.Typer:
    """Returns the command line with every subcommand that is installed.

    Args:
        given: arguments; if a subcommand is the first, the others are left out, and need not be loaded.
    """
    app = typer.Typer(
        help=_("Walk through a live digital twin together."),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_before_all)
    entries = sorted(entry_points(group="walkdown.commands"), key=lambda entry: entry.name)
    for entry in [entry for entry in entries if entry.name in given[:1]] or entries:
        command = _loaded(entry)
        text = inspect.getdoc(command) or entry.name
        app.command(entry.name, help=_(text))(_guarded(command))
    return app


def takes_settings(kind: type[S]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Returns a decorator that gives a command one flag per setting of ``kind``.

    The command gets ``--config`` and ``--print-config`` too, and is called with its own arguments and
    ``settings``, loaded and validated, and with ``config`` if it has that argument.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        names = [field.name for field in dataclasses.fields(kind)]
        wants_config = "config" in inspect.signature(command).parameters

        @functools.wraps(command)
        def run(*, config: Path | None, print_config: bool, **given: Any) -> None:
            flags = {name: given.pop(name) for name in names}
            settings = load(kind, flags, file=config)
            given |= {"config": config} if wants_config else {}
            if print_config:
                sessions = load_sessions(given.get("session") or (), file=config)
                further = sessions_as_toml(sessions) if kind is ServerSettings else ""
                typer.echo(as_toml(settings) + further, nl=False)
                return
            _prepare(lang=settings.lang, debug=settings.debug)
            command(settings=settings, **given)

        parameters = [*_own_parameters(command), *_setting_parameters(kind)]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        del run.__wrapped__
        return run

    return decorate


def takes_model_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one flag per field of :class:`ModelFlags`; it is called with them as ``flags``."""
    names = [field.name for field in dataclasses.fields(ModelFlags)]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        command(flags=ModelFlags(**{name: given.pop(name) for name in names}), **given)

    hints = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "flags"
    ]
    types = get_type_hints(ModelFlags)
    further = [
        _option(field.name, types[field.name], default=field.default, text=field.metadata["help"])
        for field in dataclasses.fields(ModelFlags)
    ]
    run.__signature__ = inspect.Signature([*own, *further])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *further)}
    del run.__wrapped__
    return run


def _own_parameters(command: Callable[..., None]) -> list[inspect.Parameter]:
    hints = get_type_hints(command, include_extras=True)
    return [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name not in ("settings", "config")
    ]


def _setting_parameters(kind: type[S]) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    texts = {field.name: field.metadata["help"] for field in dataclasses.fields(kind)}
    options = [
        _option(name, _plain_type(hints[name]) | None, default=None, text=text)
        for name, text in texts.items()
    ]
    options.append(_option("config", Path | None, default=None, text=_("TOML file with settings")))
    options.append(
        _option("print_config", bool, default=False, text=_("Print the settings as TOML and leave"))
    )
    return options


def _option(name: str, annotation: Any, *, default: object, text: str) -> inspect.Parameter:
    flag = "--" + name.replace("_", "-")
    names = f"{flag}/--no-{flag[2:]}" if annotation == (bool | None) else flag
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[annotation, typer.Option(names, help=_(text), show_default=False)],
    )


def _plain_type(hint: Any) -> Any:
    """Returns what a flag's text is read as; the range is checked with the other places, by ``settings``."""
    if get_origin(hint) is Annotated:
        return _plain_type(get_args(hint)[0])
    parts = [part for part in get_args(hint) if part is not type(None)]
    return parts[0] if len(parts) < len(get_args(hint)) else hint


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"walkdown {version('walkdown')}")
        raise typer.Exit


def _before_all(
    *,
    lang: Annotated[str, typer.Option(help="en, zh_CN, de")] = "",
    debug: Annotated[bool, typer.Option("--debug", help=_("Log details, and show tracebacks"))] = False,
    _show_version: Annotated[
        bool,
        typer.Option(
            "--version", help=_("Print the version and leave"), callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(
            _("expected one of {choices}, but got {came}").format(choices=", ".join(LANGUAGES), came=lang)
        )
    _prepare(lang=lang or None, debug=debug)


def _prepare(*, lang: str | None, debug: bool) -> None:
    """Makes language and level of detail hold for this process and for those that it starts."""
    if lang:
        os.environ["WALKDOWN_LANG"] = use_language(lang)
    if debug:
        os.environ["WALKDOWN_DEBUG"] = "1"
    logging.basicConfig(
        level=logging.DEBUG if _debugging() else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("websockets").setLevel(logging.WARNING)  # it logs every connection and frame


def _loaded(entry: EntryPoint) -> Callable[..., None]:
    """Returns the command, or one that says what is missing, so that the others work."""
    try:
        command: Callable[..., None] = entry.load()
    except ImportError as error:
        reason = error

        def refuse() -> None:
            raise reason

        refuse.__doc__ = _("(not installed)")
        return refuse
    return command


def _guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Returns the command with every error that is meant for the reader handled, once and here."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except (WalkdownError, ImportError) as error:
            if _debugging():
                raise
            reason = missing_extra(error) if isinstance(error, ImportError) else error
            _say_on_stderr(str(reason))
            raise typer.Exit(2 if isinstance(reason, BadInput) else 1) from None

    return run


def _say_on_stderr(sentence: str) -> None:
    shown = "\n".join(map(plain, sentence.splitlines()))
    Console(stderr=True, soft_wrap=True).print(shown, style="bold red", markup=False, highlight=False)


def missing_extra(error: ImportError) -> Missing:
    """Returns the error that names the extra which brings the module that could not be imported."""
    module = (error.name or "").split(".")[0]
    if module in EXTRA_OF_MODULE:
        return Missing(
            _("This needs {module}, which is not installed: pip install 'walkdown[{extra}]'").format(
                module=module, extra=EXTRA_OF_MODULE[module]
            )
        )
    return Missing(_("{reason}. Run it again with --debug to see where.").format(reason=error))


def _debugging() -> bool:
    return os.environ.get("WALKDOWN_DEBUG", "").lower() in ("1", "true", "yes")


def _flag_in(arguments: Sequence[str], flag: str) -> str | None:
    """Returns a flag's value before the command line is parsed, because its help is already translated."""
    for given, following in itertools.pairwise([*arguments, ""]):
        if given == flag:
            return following
        if given.startswith(flag + "="):
            return given.partition("=")[2]
    return None

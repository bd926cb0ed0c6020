#!/usr/bin/env python3
"""Starts Walkdown from a fresh checkout: ``python3 run.py demo`` (Windows: ``py run.py demo``).

    run.py demo [...]          a living plant; everything that is needed is installed first, into .venv
    run.py test [...]          proves that it works; with arguments of pytest, only the tests they choose
    run.py bench NAME [...]    measures one of benchmarks/, or several one after the other
    run.py add ifc             installs what reads IFC files (200 MB), as an .ifc among the arguments does
    run.py add echo            installs what takes echo and noise out of the microphone (30 MB)
    run.py add captions        installs what writes down what is said, in English (38 MB)
    run.py add report          installs what sets the report of a review as PDF (30 MB)
    run.py ANYTHING [...]      any other command of walkdown, for instance doctor

``--yes`` answers every question with yes; so do CI and a missing terminal. Needs the standard library alone.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SYSROOT = ROOT / ".sysroot"
JUDGES = ROOT / "tests" / "judges"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

LIBRARIES = {
    "libgl1": "libGL.so.1",
    "libegl1": "libEGL.so.1",
    "libopus0": "libopus.so.0",
    "libportaudio2": "libportaudio.so.2",
}
TEST_PROGRAMS = {
    "espeak-ng": "espeak-ng",
    "mosquitto": "mosquitto",
    "xclip": "xclip",
    "xvfb": "Xvfb",
    "xauth": "xauth",
    "xdotool": "xdotool",
}
TEST_FILES = {"libopenal-data": "usr/share/openal/hrtf/default-48000.mhr"}
"""Ears that somebody else measured, to judge ours by."""

NEEDS_ROOT = {"xvfb", "xauth", "xdotool"}
"""Xvfb looks for its own files under /usr, so it does not run from .sysroot; the others only serve it."""

CHECKS = {
    "ruff": ["-m", "ruff", "check", "."],
    "mypy": ["-m", "mypy"],
    "import contracts": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "docs": ["-m", "zensical", "build", "--strict"],
}
EXTRAS = {"ifc": (".ifc", ".ifczip"), "echo": (), "captions": (), "report": ()}
"""What can be added to the demo, and the endings of the files that need it."""

LONG_SUITES = ("--chaos", "--soak", "--fuzz")
LONG_PROGRAMS = {"strace": "strace", "iproute2": "ip"}
"""What only the fault suite starts; it loads libfaketime too."""


def main(arguments: list[str]) -> int:
    """Runs one command and returns its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one gets as far as this line, and one sentence
        version = sys.version.split()[0]
        return fail(f"Walkdown needs Python 3.11 or newer, but this is {version}: run it with a newer one.")
    given = [argument for argument in arguments if argument != "--yes"]
    yes = len(given) < len(arguments) or bool(os.environ.get("CI")) or not sys.stdin.isatty()
    if not given or given[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    command, *rest = given
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every process compiles all that it imports
    try:
        if command == "test":
            return test(rest, yes=yes)
        if command == "bench":
            return bench(rest, yes=yes)
        if command == "add":
            return add(rest)
        draws = command.startswith(("demo", "join", "walkdown://"))
        prepare("demo", yes=yes, packages=absent_libraries() if draws else [])
        offer_extras(rest, yes=yes)
        return hand_over([str(PYTHON), "-m", "walkdown", *given])
    except subprocess.CalledProcessError as error:
        return fail(f"This failed with exit code {error.returncode}: {' '.join(map(str, error.cmd))}")
    except KeyboardInterrupt:
        return 130


def test(arguments: list[str], *, yes: bool) -> int:
    """Runs the checks and the tests; pytest's closing line comes last."""
    suites = [f"tests/{argument[2:]}" if argument in LONG_SUITES else argument for argument in arguments]
    packages = absent_libraries() + absent_programs(TEST_PROGRAMS) + absent_files(TEST_FILES)
    is_first = not installed("test")
    prepare("test", yes=yes, packages=packages + (absent_for_faults() if "--chaos" in arguments else []))
    fetch_judges()
    checks = Checks({} if arguments else CHECKS)
    parallel = [f"--numprocesses={min(4, (os.cpu_count() or 1) + 1)}"]  # one more, as many tests only wait
    whole = [] if arguments else ["--cov", *parallel, "--dist=loadfile", "--no-loadscope-reorder"]
    whole = [*parallel, "--dist=load"] if arguments == ["--fuzz"] else whole
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WALKDOWN_FAILED_CHECKS"] = str(Path(folder) / "failed")
        checks.start(Path(folder) / "failed")
        if is_first and not arguments:
            compile_tests()
        say("pytest")
        code = subprocess.call([PYTHON, "-m", "pytest", *whole, *suites], cwd=ROOT)
        checks.join()
    return code or bool(checks.failed)


def compile_tests() -> None:
    """Compiles all tests and what they import in one process, which else each that shares them would do."""
    say("Compiling the tests (once)")
    command = [str(PYTHON), "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider"]
    subprocess.call(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # an error is shown when they run


class Checks(threading.Thread):
    """Runs checks one after the other, beside the tests.

    Attributes:
        failed: names of those that found something; they stand in a file too, for who sums up the tests.
    """

    def __init__(self, checks: dict[str, list[str]]) -> None:
        super().__init__()
        self.checks, self.failed = checks, list[str]()

    def start(self, file: Path) -> None:  # type: ignore[override]
        """Begins."""
        self.file = file
        super().start()

    def run(self) -> None:
        """Runs each, and shows what it says when it has ended."""
        for name, command in self.checks.items():
            done = subprocess.run([PYTHON, *command], cwd=ROOT, capture_output=True, text=True, check=False)
            print(f"\n== {name}\n{done.stdout}{done.stderr}".rstrip(), flush=True)
            if done.returncode:
                self.failed.append(name)
                self.file.write_text(", ".join(self.failed), encoding="utf-8")


def fetch_judges() -> None:
    """Installs what judges our files from outside, where there is Node; else those tests are skipped."""
    npm, lock = shutil.which("npm"), JUDGES / "package-lock.json"
    installed_lock = JUDGES / "node_modules" / ".package-lock.json"
    fresh = installed_lock.exists() and installed_lock.stat().st_mtime >= lock.stat().st_mtime
    if npm is None or not shutil.which("node") or fresh:
        return
    say("Installing what judges our files")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=JUDGES, check=True, timeout=120, stdout=subprocess.DEVNULL)
    except (subprocess.SubprocessError, OSError) as error:
        say(f"It could not be installed, so its tests are skipped: {error}")


def bench(arguments: list[str], *, yes: bool) -> int:
    """Runs one benchmark, or several in turn."""
    known = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))
    names = [argument for argument in arguments if not argument.startswith("-")]
    if not names or not set(names) <= set(known):
        return fail(f"Expected a benchmark, one of {', '.join(known)}: run.py bench NAME [--json] [--quick]")
    prepare("test", yes=yes, packages=absent_libraries() + absent_programs(TEST_PROGRAMS))
    os.chdir(ROOT)
    flags = [argument for argument in arguments if argument.startswith("-")]
    *first, last = [[str(PYTHON), f"benchmarks/{name}.py", *flags] for name in names]
    if not first:
        return hand_over(last)
    return max(subprocess.call(command) for command in [*first, last])


def add(names: list[str]) -> int:
    """Installs what is not in the demo."""
    if not names or not set(names) <= set(EXTRAS):
        return fail(f"Expected what to add, one of {', '.join(EXTRAS)}: run.py add NAME")
    prepare("demo", yes=True, packages=[])
    for name in names:
        if not installed(name):
            install_extra(name)
    return 0


def offer_extras(arguments: list[str], *, yes: bool) -> None:
    """Installs what the files among the arguments need, unless the person at the terminal says no."""
    for name, endings in EXTRAS.items():
        files = [a for a in arguments if a.lower().endswith(endings) and Path(a).exists()]
        if files and not installed(name):
            question = f"{files[0]} needs what `add {name}` installs into {VENV.name} (once). Go on? [Y/n] "
            if yes or input(question).strip().lower() not in ("n", "no"):
                install_extra(name)


def prepare(profile: str, *, yes: bool, packages: list[str]) -> None:
    """Brings Python packages and system libraries in place; quick when they are."""
    if not installed(profile):
        install(profile)
    if packages:
        add_system_packages(packages, yes=yes)
    use_sysroot()
    os.environ["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])


# -- Python packages ----------------------------------------------------------------------------------------


def installed(profile: str) -> bool:
    """Returns whether a profile that holds this one was installed from the lock as it is now."""
    holders = [profile, "test"]
    return PYTHON.exists() and any(
        stamp(name).exists() and stamp(name).read_text(encoding="utf-8") == fingerprint(name)
        for name in holders
    )


def stamp(profile: str) -> Path:
    """Returns the file that is written when a profile is installed."""
    return VENV / f"walkdown-{profile}.stamp"


def fingerprint(profile: str) -> str:
    """Returns what changes whenever a profile has to be installed again."""
    files = [ROOT / "requirements" / f"{profile}.txt", ROOT / "pyproject.toml"]
    content = b"".join(path.read_bytes() for path in files) + str(ROOT).encode()
    return hashlib.sha256(content).hexdigest()


def install(profile: str) -> None:
    """Makes .venv if need be, and installs exactly what the lock names, then this checkout."""
    say(f"Installing what `{profile}` needs into {VENV.name} (once; a minute or two)")
    pip = install_lock(profile)
    subprocess.check_call([*pip, "--no-deps", "--no-build-isolation", "-e", "."], cwd=ROOT)
    stamp(profile).write_text(fingerprint(profile), encoding="utf-8")


def install_extra(name: str) -> None:
    """Installs exactly what the lock of an extra names, beside the demo."""
    say(f"Installing what `add {name}` needs into {VENV.name} (once; a minute or two)")
    install_lock(name)
    stamp(name).write_text(fingerprint(name), encoding="utf-8")


def install_lock(profile: str) -> list[str]:
    """Installs what a lock names, and nothing else; returns the command that did.

    That is uv, which takes a quarter of the time: the system's, else one that pip fetches first. Where it
    cannot, pip does it all.
    """
    fast = uv() or fetched_uv()
    if fast and not subprocess.call([*fast, *of_lock(profile)], cwd=ROOT):
        return fast
    pip = own_pip()
    subprocess.check_call([*pip, *of_lock(profile)], cwd=ROOT)
    return pip


def of_lock(profile: str) -> list[str]:
    """Returns how both are told what to install."""
    return ["--require-hashes", "--no-deps", "-r", f"requirements/{profile}.txt"]


def uv() -> list[str]:
    """Returns uv's install command with .venv made, or nothing where there is no uv."""
    found = shutil.which("uv")
    if not found:
        return []
    if not PYTHON.exists():
        subprocess.check_call([found, "venv", "--python", sys.executable, str(VENV)])
    return [found, "pip", "install", "--python", str(PYTHON)]


def fetched_uv() -> list[str]:
    """Returns the install command of a uv that pip has put into .venv, or nothing where it could not."""
    there = BIN / ("uv.exe" if os.name == "nt" else "uv")
    if not there.exists() and subprocess.call([*own_pip(), "--quiet", *of_lock("uv")], cwd=ROOT):
        return []
    return [str(there), "pip", "install", "--python", str(PYTHON)]


def own_pip() -> list[str]:
    """Returns pip's install command with .venv made; Debian's python3 has no pip, so it is fetched."""
    # What is imported is compiled then; compiling all of it takes as long as installing it.
    options = ["install", "--disable-pip-version-check", "--no-input", "--no-compile"]
    has_pip = any(BIN.glob("pip*"))
    bundled = importlib.util.find_spec("ensurepip") is not None
    if not PYTHON.exists() or (bundled and not has_pip):
        subprocess.check_call(
            [sys.executable, "-m", "venv", *([] if bundled else ["--without-pip"]), str(VENV)]
        )
    if bundled or has_pip:
        return [str(PYTHON), "-m", "pip", *options]
    wheels = VENV / "debian"
    if not list(wheels.glob("usr/share/python-wheels/pip-*.whl")):
        unpack_debian(["python3-pip-whl"], wheels)
    wheel = next(wheels.glob("usr/share/python-wheels/pip-*.whl"))
    return [str(PYTHON), str(wheel / "pip"), *options]


# -- system packages (Debian and its relatives) -----------------------------------------------------------


def absent_libraries() -> list[str]:
    """Returns the packages whose shared library does not load; only Linux leaves graphics to the system."""
    use_sysroot()
    return [
        package for package, library in LIBRARIES.items() if sys.platform == "linux" and not loads(library)
    ]


def loads(library: str) -> bool:
    """Returns whether a shared library can be loaded, from the system or from .sysroot."""
    if any(folder.joinpath(library).exists() for folder in sysroot_libraries()):
        return True
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def absent_programs(wanted: dict[str, str]) -> list[str]:
    """Returns the packages of those programs that are not there; only Linux is asked."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    return [
        package
        for package, name in wanted.items()
        if sys.platform == "linux" and not shutil.which(name, path=path)
    ]


def absent_files(wanted: dict[str, str]) -> list[str]:
    """Returns the packages of those files that are neither in the system nor in .sysroot."""
    roots = (Path("/"), SYSROOT)
    return [
        package
        for package, file in wanted.items()
        if sys.platform == "linux" and not any(root.joinpath(file).exists() for root in roots)
    ]


def absent_for_faults() -> list[str]:
    """Returns the packages that only the fault suite needs."""
    faketime = [] if list(Path("/usr/lib").glob("*/faketime")) else ["libfaketime"]
    return absent_programs(LONG_PROGRAMS) + (faketime if sys.platform == "linux" else [])


def add_system_packages(packages: list[str], *, yes: bool) -> None:
    """Installs Debian packages as root, unpacks them into .sysroot otherwise, or says what is left out."""
    if not shutil.which("apt-get"):
        return say(f"Missing: {', '.join(packages)} (Debian's names). What needs them is skipped.")
    try:
        left_out = add_as_root(packages, yes=yes) if os.geteuid() == 0 else add_to_sysroot(packages)
    except subprocess.CalledProcessError:
        left_out = packages
    if left_out:
        say(f"Left out: {', '.join(left_out)}. What needs them is skipped; root can add them with apt-get.")
    return None


def add_as_root(packages: list[str], *, yes: bool) -> list[str]:
    """Installs packages unless the person at the terminal says no; returns what was left out."""
    if not yes and input(f"Install {' '.join(packages)} with apt-get? [Y/n] ").strip().lower() in ("n", "no"):
        return packages
    apt_install(packages)
    return []


def add_to_sysroot(packages: list[str]) -> list[str]:
    """Unpacks packages into .sysroot; returns those that only run when root has installed them."""
    wanted = [package for package in packages if package not in NEEDS_ROOT]
    if wanted:
        say(f"Unpacking {', '.join(wanted)} into {SYSROOT.name} (once)")
        unpack_debian(wanted, SYSROOT, with_dependencies=True)
    return [package for package in packages if package in NEEDS_ROOT]


def apt_install(packages: list[str]) -> None:
    """Installs packages as root; a machine without package lists fetches them first."""
    say(f"Installing {', '.join(packages)} with apt-get (once)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if subprocess.call(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
        subprocess.check_call(["apt-get", "update"], env=environment)
        subprocess.check_call(command, env=environment)


def unpack_debian(packages: list[str], folder: Path, *, with_dependencies: bool = False) -> None:
    """Downloads packages and unpacks them into a folder; needs no root, nor package lists."""
    downloads = folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    apt = ["apt-get"]
    if subprocess.call(
        ["apt-get", "install", "-s", *packages], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ):
        apt = apt_with_own_lists(folder / "apt")
    if with_dependencies:
        plan = subprocess.check_output(
            [*apt, "install", "-s", "--no-install-recommends", *packages], text=True
        )
        packages = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    subprocess.check_call([*apt, "download", *packages], cwd=downloads)
    for archive in downloads.glob("*.deb"):
        subprocess.check_call(["dpkg", "-x", str(archive), str(folder)])
    shutil.rmtree(downloads)
    shutil.rmtree(folder / "apt", ignore_errors=True)


def apt_with_own_lists(folder: Path) -> list[str]:
    """Returns an apt-get that any user can run, with package lists fetched into a folder."""
    for needed in ("lists/partial", "cache/archives/partial"):
        (folder / needed).mkdir(parents=True, exist_ok=True)
    apt = [
        "apt-get",
        "-o",
        f"Dir::State::Lists={folder}/lists",
        "-o",
        f"Dir::Cache={folder}/cache",
        "-o",
        "Debug::NoLocking=1",
    ]
    subprocess.check_call([*apt, "update"])
    return apt


def sysroot_libraries() -> list[Path]:
    """Returns the folders of .sysroot that hold shared libraries."""
    triplet = sysconfig.get_config_var("MULTIARCH") or ""
    return [
        folder for folder in (SYSROOT / "usr/lib" / triplet, SYSROOT / "lib" / triplet) if folder.is_dir()
    ]


def use_sysroot() -> None:
    """Lets what is started from here find libraries, drivers and programs in .sysroot."""
    folders = sysroot_libraries()
    if not folders or str(SYSROOT) in os.environ.get("LD_LIBRARY_PATH", ""):
        return
    before = {name: os.environ.get(name, "") for name in ("LD_LIBRARY_PATH", "PATH")}
    os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([*map(str, folders), before["LD_LIBRARY_PATH"]]).rstrip(
        os.pathsep
    )
    os.environ["LIBGL_DRIVERS_PATH"] = str(folders[0] / "dri")
    os.environ["__EGL_VENDOR_LIBRARY_DIRS"] = str(SYSROOT / "usr/share/glvnd/egl_vendor.d")
    os.environ["PATH"] = os.pathsep.join(
        [before["PATH"], str(SYSROOT / "usr/bin"), str(SYSROOT / "usr/sbin")]
    )


# -- words and processes ----------------------------------------------------------------------------------


def hand_over(command: list[str]) -> int:
    """Becomes another program where the system can, and waits for it elsewhere."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - there is no shell on purpose
    return subprocess.call(command)


def say(sentence: str) -> None:
    """Prints one step."""
    print(f"== {sentence}", flush=True)


def fail(sentence: str) -> int:
    """Prints why it cannot go on, and returns the exit code for that."""
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What happens before Django: a virtual environment of our own, keys for the first start, clear words if that fails.

Only the standard library is imported here, because nothing else need be installed yet. What is printed is ASCII: nobody
knows the terminal.
"""

# ruff: noqa: S603 - every program that is started here is a Python of ours, with arguments of ours

import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
SERVER_LOCKS = ("requirements.txt",)
TEST_LOCKS = ("requirements.txt", "requirements-test.txt")  # the last one names everything, and is what pip installs
UNFINISHED = "unfinished"
INTERRUPTED = 130  # what shells report after Ctrl-C

NO_VENV = (
    "Python's venv module is not installed. On Debian and Ubuntu: apt install python3-venv. "
    "Then run the same command again."
)


class CannotGoOn(Exception):
    """Why nothing can be done, in one sentence for the person at the terminal."""


def main(argv: list[str]) -> None:
    """Runs a command of manage.py, in `.venv` when no other environment is active."""
    command = argv[1] if len(argv) > 1 else "help"
    try:
        if not in_environment():
            python = ready_environment(ROOT, locks_for(command))
            hand_over([str(python), *argv])
        run_django(argv, command)
    except CannotGoOn as why:
        sys.exit(str(why))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


# -- the virtual environment ------------------------------------------------------------------------------------------


def in_environment() -> bool:
    """Whether somebody has already seen to the packages: a virtual environment is active, or uv is at work."""
    return sys.prefix != sys.base_prefix or "UV" in os.environ


def locks_for(command: str) -> tuple[str, ...]:
    return TEST_LOCKS if command == "test" else SERVER_LOCKS


def python_of(home: Path) -> Path:
    """The interpreter of a virtual environment."""
    return home / "Scripts" / "python.exe" if os.name == "nt" else home / "bin" / "python"


def ready_environment(root: Path, locks: tuple[str, ...]) -> Path:
    """The interpreter of `.venv`, which holds what the locks say. Raises CannotGoOn."""
    home = root / ".venv"
    stamp = home / "parley-installed"
    enough = {stamp_for(root, locks), stamp_for(root, TEST_LOCKS)}
    step = next_step(read(stamp), enough, same_python(python_of(home)))
    if step == "use":
        return python_of(home)
    if step == "build" and not can_build():
        raise CannotGoOn(NO_VENV)
    sys.stderr.write("Installing into .venv (once) ...\n")
    try:
        if step == "build":
            clear(home)
        # Until the end it says so: an interrupted installation starts over.
        stamp.write_text(UNFINISHED)
        if step == "build":
            build(home)
        install(python_of(home), root / locks[-1])
        stamp.write_text(stamp_for(root, locks))
    except OSError as wrong:
        raise CannotGoOn(f"Cannot write {wrong.filename or home}: {wrong.strerror or wrong}.") from None
    return python_of(home)


def next_step(stamp: str, enough: set[str], runs: bool) -> str:
    """`use` the environment, `install` what has changed (also into one that somebody else has made), or `build` it."""
    if not runs or stamp == UNFINISHED:
        return "build"
    return "use" if stamp in enough else "install"


def stamp_for(root: Path, locks: tuple[str, ...]) -> str:
    """Changes with the Python version and with every lock."""
    content = b"".join((root / lock).read_bytes() for lock in locks)
    return f"{sys.implementation.cache_tag} {hashlib.sha256(content).hexdigest()}"


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def same_python(python: Path) -> bool:
    """Whether this is the interpreter of a working virtual environment, of the Python version that is running now."""
    question = "import sys; print(sys.prefix != sys.base_prefix and sys.implementation.cache_tag)"
    try:
        answer = subprocess.run([str(python), "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == sys.implementation.cache_tag


def can_build() -> bool:
    """Debian's Python comes without `ensurepip`: then `venv` is there, and fails."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def clear(home: Path) -> None:
    if home.exists() or home.is_symlink():
        shutil.rmtree(home)
    home.mkdir()


def build(home: Path) -> None:
    made = subprocess.run([sys.executable, "-m", "venv", str(home)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise CannotGoOn(f"Making .venv has failed. {made.stdout}{made.stderr}")


def install(python: Path, lock: Path) -> None:
    # A pip.conf with `user = true` would make pip refuse to install into a virtual environment.
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if subprocess.call([str(python), "-c", "import pip"], stderr=subprocess.DEVNULL) != 0:
        subprocess.call([str(python), "-m", "ensurepip"], stdout=subprocess.DEVNULL)
    pip = [str(python), "-m", "pip", "install", "-qq", "--no-input", "--require-hashes", "-r", str(lock)]
    if subprocess.call(pip, env=environment) != 0:
        raise CannotGoOn(f"Installing {lock.name} has failed, see above. Run the same command to try again.")


def hand_over(command: list[str]) -> NoReturn:
    """Goes on as another program: its exit code is ours, and Ctrl-C reaches it alone."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":  # exec returns to the shell at once there
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)  # noqa: S606


# -- Django -----------------------------------------------------------------------------------------------------------


def run_django(argv: list[str], command: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings" if command == "test" else "config.settings")
    if command != "test":
        prepare(ROOT, command)
    check_settings()
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)


def prepare(root: Path, command: str) -> None:
    """Before the settings are read: the folder of the SQLite file, and on a developer's machine keys and DEBUG."""
    data = root / ".data"
    with suppress(OSError):  # where the database is elsewhere the folder is not needed
        data.mkdir(mode=0o700, exist_ok=True)
    if command == "start":
        make_keys(data / "keys.env")
    if is_development(command, data / "keys.env", read(root / ".env")):
        os.environ.setdefault("DEBUG", "on")


def is_development(command: str, keys: Path, dotenv: str) -> bool:
    """`start` always is; other commands where `start` has made the keys and nobody has configured anything else."""
    if command == "start":
        return True
    configured = re.search(r"^\s*(export\s+)?(DEBUG|SECRET_KEY)\s*=", dotenv, re.MULTILINE)
    return keys.exists() and not configured and "SECRET_KEY" not in os.environ


def make_keys(file: Path) -> None:
    """Random keys, once, for this person's eyes only. Raises CannotGoOn."""
    if file.exists():
        return
    lines = [f"{name}={secrets.token_urlsafe(48)}\n" for name in ("SECRET_KEY", "JWT_SECRET_KEY")]
    half_written = file.with_suffix(f".{os.getpid()}")
    try:
        descriptor = os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as opened:
            opened.writelines(lines)
        half_written.replace(file)
    except OSError as wrong:
        raise CannotGoOn(f"Cannot write {file}: {wrong.strerror}.") from None


def check_settings() -> None:
    """Raises CannotGoOn for a setting that is of the wrong kind, and when Django is not installed."""
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
    except ModuleNotFoundError:
        raise CannotGoOn(
            "Django is not installed in this environment: pip install --require-hashes -r requirements-test.txt"
        ) from None
    try:
        _ = settings.INSTALLED_APPS
    except ImproperlyConfigured as wrong:
        raise CannotGoOn(str(wrong)) from None

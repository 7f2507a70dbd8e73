"""Make the environment from the lock: the one step every other `make` target stands on.

Runs on a bare Python 3.11 to 3.13 and its standard library. A second run with an unchanged lock does
nothing and takes no network.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-tools.lock")
TOOLS = ROOT / ".tools"


def main() -> int:
    """Make or refresh the environment named by ``--venv``."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where the environment goes")
    venv = arguments.parse_args().venv.absolute()
    stamp, wanted = venv / "esos-setup.stamp", _fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return 0
    uv = _find_uv()
    if uv is None:
        return _stop("")
    _build(uv, venv)
    stamp.write_text(wanted, encoding="ascii")
    _say(f"The environment in {_shown(venv)} is ready.")
    return 0


def _build(uv: str, venv: Path) -> None:
    """Bring the environment to exactly what the lock says, then add the project itself, editable."""
    python = venv / "bin" / "python"
    if not _has_this_python(python):
        _say(f"Making an environment in {_shown(venv)} with Python {sys.version.split()[0]}.")
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv))
    _say("Installing the libraries named in requirements.lock, each checked against its hash.")
    _run(uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", "requirements.lock")
    _say("Installing esos itself, editable.")
    constraints = ("--build-constraints", "requirements-tools.lock")
    _run(uv, "pip", "install", "--quiet", "--python", str(python), *constraints, "--no-deps", "--editable", ".")


def _has_this_python(python: Path) -> bool:
    """Whether the environment exists, runs, and is of the version that runs this script."""
    if not python.exists():
        return False
    question = "import sys; print(sys.version_info[:2])"
    answer = subprocess.run([python, "-c", question], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == str(sys.version_info[:2])


def _fingerprint() -> str:
    """Changes with a lock, with how the project is built, with the Python, or with the place of the checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    built_by = {key: project[key] for key in ("build-system", "project")}
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n{built_by}\n".encode())
    for name in LOCKS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _find_uv() -> str | None:
    """The path of uv: the one on PATH, else a pinned one of our own, made now where it is missing."""
    own = TOOLS / "bin" / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found:
        return found
    _say("uv is not on PATH: installing the pinned one into .tools.")
    if not _make_tools_environment():
        return None
    pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", "requirements-tools.lock")
    return str(own)


def _make_tools_environment() -> bool:
    """A plain venv with pip. Debian ships the module in a package of its own, so that may have to come first."""
    if _try_venv():
        return True
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if shutil.which("apt-get") and os.geteuid() == 0:
        _say(f"Python's venv module is missing: installing {package} with apt-get.")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], env=quiet, check=False)
        if _try_venv():
            return True
    _say(f"Python's venv module is missing. As root: apt-get install {package}; or put uv on PATH. Then make setup.")
    return False


def _try_venv() -> bool:
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(TOOLS)], capture_output=True, check=False)
    if made.returncode != 0:
        shutil.rmtree(TOOLS, ignore_errors=True)
    return made.returncode == 0


def _run(*command: str) -> None:
    """Run one step in the checkout; uv never downloads a Python of its own."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(_stop(f"This step failed: {' '.join(command)}"))


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _say(sentence: str) -> None:
    print(f"setup: {sentence}", flush=True)


def _stop(sentence: str) -> int:
    if sentence:
        print(f"setup: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

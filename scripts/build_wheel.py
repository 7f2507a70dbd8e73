"""Build the one wheel and prove it: everything under src/esos is in it, and it starts in an empty environment."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "esos"


def main() -> int:
    """0 when the wheel in dist/ is whole and starts; 1 and a sentence otherwise."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    _run(uv, "build", "--quiet", "--wheel", "--build-constraints", "requirements-tools.lock", "--out-dir", "dist")
    (wheel,) = (ROOT / "dist").glob("esos-*.whl")
    if missing := _left_out(wheel):
        print(f"wheel: left out of it: {', '.join(missing)}", file=sys.stderr)
        return 1
    print(f"wheel: {wheel.relative_to(ROOT)}, {wheel.stat().st_size / 1000:.0f} kB, holds everything under src/esos.")
    with tempfile.TemporaryDirectory() as folder:
        _start_alone(uv, wheel, Path(folder))
    print("wheel: installs into an empty environment, and `esos --help` starts there.")
    return 0


def _left_out(wheel: Path) -> list[str]:
    """Files of the package that the wheel does not hold: code, templates, styles, pacts, migrations."""
    held = set(zipfile.ZipFile(wheel).namelist())
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(name for path in files if (name := path.relative_to(PACKAGE.parent).as_posix()) not in held)


def _start_alone(uv: str, wheel: Path, folder: Path) -> None:
    """Install the wheel at the locked versions, without the tools of the house, and run its console script."""
    venv = folder / "venv"
    _run(uv, "venv", "--quiet", "--python", sys.executable, str(venv))
    python = str(venv / "bin" / "python")
    _run(uv, "pip", "install", "--quiet", "--python", python, "--constraint", "requirements.lock", str(wheel))
    elsewhere = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "HOME": str(folder)}}
    _run(python, "-c", "import esos", **elsewhere)
    _run(str(venv / "bin" / "esos"), "--help", **elsewhere)


def _run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"wheel: this step failed: {' '.join(command)}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())

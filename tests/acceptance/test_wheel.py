"""The wheel, installed into an environment of its own, works without the repository."""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from .homes import Home

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_wheel_runs_without_the_repository(own: Home, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    built = [*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(built, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("chatctl-*.whl")
    fresh = tmp_path / "venv"
    venv.create(fresh, symlinks=True)
    python = fresh / "bin" / "python"
    subprocess.run(
        [*pip, f"--python={python}", "install", "--no-deps", str(wheel)], check=True, capture_output=True, timeout=120
    )
    # The dependencies of this environment, without its .pth files: the repository is one of those.
    packages = {"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONSAFEPATH": "1"}
    environment = {**own.environment, **packages}
    command = [str(fresh / "bin" / "chatctl")]
    where = "import chatctl; print(chatctl.__file__)"
    imported = subprocess.run(
        [python, "-c", where], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert imported.stdout.startswith(str(fresh)), imported.stdout
    asked = [*command, "new", "How many flights are there?", "--source", "flights", "--wait"]
    answered = subprocess.run(
        asked, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert answered.returncode == 0, answered.stderr
    assert "20,000" in answered.stdout
    metric = {"name": "n", "source": "flights", "sql": "SELECT origin AS x, count(*) AS n FROM flights GROUP BY origin"}
    chart = {"selectedChartType": "bar", "barAndLineAxis": {"x": ["x"], "y": ["n"]}}
    for words, given in (("create", "-"), json.dumps(metric | {"chartConfig": chart})), (("render", "n", "n.html"), ""):
        done = subprocess.run(
            [*command, "metric", *words],
            env=environment,
            cwd=tmp_path,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
    assert "vegaEmbed" in (tmp_path / "n.html").read_text()

"""A dashboard becomes a page that draws itself in a browser, and asks nobody for anything."""

import json
import os
import signal
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from support import eventually

from .browsers import Browser, browser, found
from .homes import Home, finished

MONTHLY = "SELECT month, count(*) AS flights, avg(dep_delay) AS delay FROM flights GROUP BY month ORDER BY month"
BY_ORIGIN = "SELECT month, origin, count(*) AS flights FROM flights GROUP BY ALL ORDER BY ALL"
ORIGINS = "SELECT origin, count(*) AS flights FROM flights GROUP BY origin ORDER BY origin"
CARRIERS = "SELECT carrier, avg(distance) AS distance, avg(dep_delay) AS delay, count(*) AS n FROM flights GROUP BY ALL"
SPLIT = {"x": ["month"], "y": ["flights"], "category": ["origin"]}
HOSTILE = "</script><script>document.title='taken'</script><img src='http://127.0.0.1:9/x' onerror='alert(1)'>"

GROUND = "getComputedStyle(document.body).backgroundColor"
INK = "getComputedStyle(document.querySelector('h1')).color"
EACH = "((which, told) => [...document.querySelectorAll(which)].map((each) => told(each.getBoundingClientRect())))"

METRICS: dict[str, tuple[str, dict[str, object]]] = {
    "bar": (BY_ORIGIN, {"barAndLineAxis": SPLIT}),
    "line": (BY_ORIGIN, {"barAndLineAxis": SPLIT}),
    "scatter": (CARRIERS, {"scatterAxis": {"x": ["distance"], "y": ["delay"], "category": ["carrier"], "size": ["n"]}}),
    "pie": (ORIGINS, {"pieChartAxis": {"x": ["origin"], "y": ["flights"]}}),
    "combo": (MONTHLY, {"comboChartAxis": {"x": ["month"], "y": ["flights"], "y2": ["delay"]}}),
    "metric": ("SELECT count(*) AS flights FROM flights", {"metricColumnId": "flights"}),
    "table": (MONTHLY, {}),
}
MARKS = {"bar": "rect", "line": "line", "scatter": "symbol", "pie": "arc", "combo": "line"}
PLACES = {kind: f"#panel-{at // 4}-{at % 4}" for at, kind in enumerate(METRICS)}


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if found() is None:
        assert not os.environ.get("CI"), "Chromium is not installed (Debian: apt install chromium)"
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def gallery(shared: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a dashboard with a metric of each type."""
    metrics = {
        kind: {"name": kind, "source": "flights", "sql": sql, "chartConfig": typed(kind, chart)}
        for kind, (sql, chart) in METRICS.items()
    }
    rows = [
        {"id": 1, "items": [{"id": name} for name in list(METRICS)[:4]], "columnSizes": [3, 3, 3, 3]},
        {"id": 2, "items": [{"id": name} for name in list(METRICS)[4:]], "columnSizes": [4, 4, 4]},
    ]
    board = {"name": "Gallery", "description": "Every type", "rows": rows}
    take(shared, tmp_path_factory.mktemp("files"), metrics, {"gallery": board})
    path = tmp_path_factory.mktemp("pages") / "gallery.html"
    done = shared.run("dashboard", "render", "Gallery", str(path))
    assert done.exit == 0, done.stderr
    return path


def typed(kind: str, chart: dict[str, object]) -> dict[str, object]:
    return {"selectedChartType": kind, **chart}


def take(home: Home, folder: Path, metrics: Mapping[str, object], dashboards: Mapping[str, object]) -> None:
    """Import files: one process for all metrics, and one for all dashboards."""
    for kind, files in (("metric", metrics), ("dashboard", dashboards)):
        (folder / f"{kind}s").mkdir()
        for name, file in files.items():
            (folder / f"{kind}s" / f"{name}.yaml").write_text(json.dumps(file))
        done = home.run(kind, "import", str(folder))
        assert done.exit == 0, done.stderr


def create(home: Home, kind: str, file: Mapping[str, object]) -> None:
    done = home.run(kind, "create", "-", stdin=json.dumps(file))
    assert done.exit == 0, done.stderr


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_type_of_chart_draws_its_marks(chromium: Browser, gallery: Path, dark: bool) -> None:
    chromium.open(gallery, dark=dark)
    for kind, mark in MARKS.items():
        place = PLACES[kind]
        assert chromium.tells(f"document.querySelectorAll('{place} svg .mark-{mark}.role-mark path').length") > 0, kind
        assert chromium.shot(place).colourful() > 80, kind
    assert chromium.tells("document.querySelector('.figure strong').textContent") == "20000"
    assert chromium.tells("[...document.querySelectorAll('.panel > .scroll tbody tr')].length") == 12


def test_the_page_asks_for_nothing_and_complains_of_nothing(chromium: Browser, gallery: Path) -> None:
    chromium.open(gallery)
    assert chromium.requested() == [gallery.as_uri()]
    assert chromium.complaints() == []


def test_light_and_dark_follow_the_reader(chromium: Browser, gallery: Path) -> None:
    chromium.open(gallery)
    light = chromium.tells(GROUND), chromium.tells(INK)
    chromium.open(gallery, dark=True)
    dark = chromium.tells(GROUND), chromium.tells(INK)
    assert brightness(light[0]) > 200 > 100 > brightness(light[1])
    assert brightness(dark[0]) < 60 < 200 < brightness(dark[1])


def test_a_telephone_needs_no_scrolling_sideways(chromium: Browser, gallery: Path) -> None:
    chromium.open(gallery, width=390)
    assert chromium.tells("document.documentElement.scrollWidth") <= 390
    assert max(chromium.tells(f"{EACH}('.chart svg', (box) => box.right)")) <= 390
    assert len(set(chromium.tells(f"{EACH}('.panel', (box) => box.left)"))) == 1


def test_it_prints_on_white_and_whole(chromium: Browser, gallery: Path) -> None:
    chromium.open(gallery, dark=True, medium="print")
    assert chromium.tells(GROUND) == "rgb(255, 255, 255)"
    hidden = (
        "(({scrollHeight, clientHeight}) => scrollHeight - clientHeight)(document.querySelector('.panel > .scroll'))"
    )
    assert chromium.tells(hidden) <= 0
    assert chromium.call("Page.printToPDF")["data"]


def test_hostile_words_stay_words(chromium: Browser, shared: Home, tmp_path: Path) -> None:
    name = f"Hostile {HOSTILE}"
    sql = f'SELECT carrier || $${HOSTILE}$$ AS "{name}", count(*) AS n FROM flights GROUP BY ALL'  # noqa: S608
    chart = {
        "barAndLineAxis": {"x": [name], "y": ["n"]},
        "columnLabelFormats": {"n": {"suffix": f'"+{HOSTILE}'}, name: {"style": "string", "prefix": HOSTILE}},
    }
    words = dict.fromkeys(("description", "timeFrame"), HOSTILE)
    create(
        shared, "metric", {"name": name, **words, "source": "flights", "sql": sql, "chartConfig": typed("bar", chart)}
    )
    path = tmp_path / "hostile.html"
    assert shared.run("metric", "render", name, str(path)).exit == 0
    chromium.open(path, width=600)
    assert chromium.tells("document.title") == name
    assert chromium.tells("document.images.length") == 0
    assert chromium.requested() == [path.as_uri()]
    assert chromium.complaints() == []
    assert chromium.shot("#panel-0-0").colourful() > 80


def test_one_metric_that_fails_leaves_the_others_alone(own: Home, data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "airlines.csv"
    copy.write_bytes((data / "airlines.csv").read_bytes())
    assert own.run("source", "add", "gone", str(copy)).exit == 0
    good = {"name": "good", "source": "flights", "sql": ORIGINS, "chartConfig": typed("table", {})}
    bad = {"name": "bad", "source": "gone", "sql": "SELECT count(*) AS n FROM airlines"}
    chart = typed("metric", {"metricColumnId": "n"})
    rows = [{"id": 1, "items": [{"id": "good"}, {"id": "bad"}], "columnSizes": [6, 6]}]
    take(own, tmp_path, {"good": good, "bad": {**bad, "chartConfig": chart}}, {"both": {"name": "Both", "rows": rows}})
    copy.unlink()
    shown = own.run("dashboard", "show", "Both", "-o", "table")
    assert shown.exit == 0, shown.stderr
    assert "EWR" in shown.stdout
    assert "There is no file" in shown.stdout.replace("\n", " ")
    assert "1 of 2 metrics has no result: bad." in shown.stderr


def test_ctrl_c_waits_for_no_query(own: Home, tmp_path: Path) -> None:
    count = tmp_path / "counts.csv"
    count.write_text("most\n10\n")
    assert own.run("source", "add", "counts", str(count)).exit == 0
    steps = "SELECT 1 UNION ALL SELECT i + 1 FROM t, counts WHERE i < most"
    counting = f"WITH RECURSIVE t(i) AS ({steps}) SELECT max(i) AS n FROM t"  # noqa: S608
    endless = {"name": "endless", "source": "counts", "sql": counting, "chartConfig": typed("table", {})}
    quick = {**endless, "name": "quick", "source": "flights", "sql": ORIGINS}
    rows = [{"id": 1, "items": [{"id": "endless"}, {"id": "quick"}], "columnSizes": [6, 6]}]
    take(own, tmp_path, {"endless": endless, "quick": quick}, {"both": {"name": "Both", "rows": rows}})
    count.write_text("most\n1000000000\n")
    process = own.start("dashboard", "show", "Both", "--data", "--json", "--query-timeout", "50")
    assert process.stderr
    eventually(lambda: "Running the metrics" in (process.stderr.readline() if process.stderr else ""), within=40)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    done = finished(process)
    assert (done.exit, done.stdout) == (130, "")
    assert time.monotonic() - asked < 20


def test_a_page_that_cannot_be_written_leaves_nothing(own: Home, tmp_path: Path) -> None:
    create(own, "metric", {"name": "one", "source": "flights", "sql": ORIGINS, "chartConfig": typed("table", {})})
    folder = tmp_path / "pages"
    folder.mkdir()
    missing = own.run("metric", "render", "one", str(folder / "missing" / "one.html"))
    assert (missing.exit, missing.stdout) == (2, "")
    assert "Cannot write" in missing.stderr
    unknown = own.run("metric", "render", "one", str(folder / "one.pdf"))
    assert unknown.exit == 2
    assert ".html, .svg or .png" in unknown.stderr
    assert list(folder.iterdir()) == []
    assert own.run("metric", "render", "one", str(folder / "one.html")).exit == 0
    assert stat.S_IMODE((folder / "one.html").stat().st_mode) & 0o400


def brightness(colour: str) -> float:
    """Of `rgb(r, g, b)`, from 0 to 255."""
    return sum(float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3]) / 3

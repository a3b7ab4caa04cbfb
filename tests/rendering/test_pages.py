"""Pages: what is in them, what is never in them, and how they are written."""

import base64
import hashlib
import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from chatctl.domain.errors import ValidationError
from chatctl.rendering import pages_files
from chatctl.rendering.pages import page
from chatctl.rendering.vega import spec
from chatctl.rendering.vega_images import picture

from .boards import CHARTS, KINDS, board, config, drawn, gallery, panel
from .factories import result

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>&amp;\"'{{7*7}}\x1b[31m\u202e<!--"
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "div", "header", "h1", "h2", "p", "main", "footer", "time"),
    *("section", "article", "span", "strong", "small", "noscript", "details", "summary", "pre", "code", "script"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}


class Reader(HTMLParser):
    """The elements of a page, its text, and what stands in its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data
        else:
            self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.tags if each == tag]


def charts(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Reader(text).scripts[0])
    return found


@pytest.fixture(scope="module")
def everything() -> str:
    return page(gallery())


def test_every_chart_has_a_place_and_its_data_inside(everything: str) -> None:
    places = {each["id"] for each in Reader(everything).named("div") if each.get("class") == "chart"}
    specs = charts(everything)
    assert places == set(specs)
    assert len(specs) == len(CHARTS)
    assert all(_values(each) for each in specs.values())


def test_nothing_is_fetched_and_only_our_scripts_may_run(everything: str) -> None:
    read = Reader(everything)
    policy = next(each["content"] for each in read.named("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    _, *scripts = read.scripts
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert not [each for _, each in read.tags if {"src", "href", "srcset", "action"} & each.keys()]


def test_lone_figures_tables_and_failures_need_no_script() -> None:
    text = page(board([panel(drawn("metric")), panel(drawn("table"))], [panel(None, name="Late")]))
    read = Reader(text)
    assert not read.named("script")
    assert "script-src 'none'" in text
    assert len(text) < 40_000
    assert {"21.5%", "It took too long.", "Ask for less."} <= set(read.text)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_said_is_text(kind: str) -> None:
    entry = drawn(kind)
    columns = [column.model_copy(update={"name": column.name + HOSTILE}) for column in entry.columns]
    rows = [
        [HOSTILE if column.type == "text" else cell for cell, column in zip(row, columns, strict=True)]
        for row in entry.rows
    ]
    text = json.dumps(entry.chart_config.model_dump(mode="json", by_alias=True) if entry.chart_config else {})
    for column in entry.columns:
        text = text.replace(f'"{column.name}"', json.dumps(column.name + HOSTILE))
    hostile = entry.model_copy(
        update={
            "columns": columns,
            "rows": rows,
            "sql": HOSTILE,
            "source": HOSTILE,
            "chart_config": type(config("table")).model_validate_json(text),
        }
    )
    named = panel(hostile, description=HOSTILE, timeFrame=HOSTILE).model_copy(update={"name": HOSTILE})
    whole = page(board([named], [panel(None)], name=HOSTILE, description=HOSTILE))
    read = Reader(whole)
    assert {tag for tag, _ in read.tags} <= ALLOWED
    assert not [name for _, each in read.tags for name in each if name.startswith("on")]
    assert "\x1b" not in whole
    assert "\u202e" not in whole
    assert len(read.scripts) == (3 if kind in CHARTS else 0)
    assert any("</script><script>alert('x')" in each for each in read.text)


def test_tables_are_read_by_everyone() -> None:
    entry = result([("city", "text"), ("n", "number")], [["Rome", 1.5], [None, None]], chart_config=config("table"))
    read = Reader(page(board([panel(entry, name="Cities")])))
    assert read.text.count("Cities") == 2
    assert [each["scope"] for each in read.named("th")] == ["col", "col"]
    assert read.named("html")[0]["lang"] == "en"
    region = next(each for each in read.named("div") if each.get("role") == "region")
    assert (region["tabindex"], region["aria-label"]) == ("0", "Cities")
    assert read.text.count("null") == 2


def test_what_a_metric_rests_on_is_on_its_page() -> None:
    lone = panel(drawn("bar"), description="Cancelled flights are left out.\nTrains too.", timeFrame=2013)
    read = Reader(page(board([lone], kind="metric", description=lone.metric.description if lone.metric else "")))
    text = " ".join(read.text)
    assert "Cancelled flights are left out.\nTrains too." in text
    assert " 2013 " in text
    assert "SELECT carrier" in text
    assert "Metric, version 3" in text
    assert text.count("Cancelled") == 1


def test_cells_that_the_query_had_more_of_are_told_of() -> None:
    entry = drawn("table").model_copy(update={"truncated": True})
    assert "The query has more rows than these 12." in Reader(page(board([panel(entry)]))).text


@pytest.mark.parametrize(
    ("kind", "marks"),
    [
        ("bar", {"bar"}),
        ("line", {"line"}),
        ("scatter", {"point", "text"}),
        ("pie", {"arc"}),
        ("combo", {"bar", "line"}),
    ],
)
def test_each_type_has_its_marks(kind: str, marks: set[str]) -> None:
    found = spec(drawn(kind))
    assert found is not None
    assert set(_marks(found)) == marks


@pytest.mark.parametrize("kind", ["metric", "table"])
def test_lone_figures_and_tables_are_no_charts(kind: str) -> None:
    assert spec(drawn(kind)) is None


@pytest.mark.parametrize("rows", [[], [["Rome", None]], [["Rome", 0]]], ids=["none", "null", "zero"])
@pytest.mark.parametrize("kind", CHARTS)
def test_little_data_is_no_fault(kind: str, rows: list[list[Any]]) -> None:
    axis = {"x": ["c"], "y": ["n"]}
    entry = result([("c", "text"), ("n", "integer")], rows, chart_config=config(kind, barAndLineAxis=axis))
    assert page(board([panel(entry)]))


def test_many_slices_become_others() -> None:
    rows: list[list[Any]] = [[f"city {at}", 100 - at] for at in range(20)]
    axis = {"x": ["city"], "y": ["n"]}
    found = spec(result([("city", "text"), ("n", "integer")], rows, chart_config=config("pie", pieChartAxis=axis)))
    assert found is not None
    values = found["data"]["values"]
    assert len(values) == 8
    assert (values[-1]["tx"], values[-1]["ty"]) == ("13 others", str(sum(100 - at for at in range(7, 20))))


def test_long_labels_lie_their_bars_down_and_take_the_height_they_need() -> None:
    rows: list[list[Any]] = [[f"a rather long name {at}", at] for at in range(40)]
    axis = {"x": ["name"], "y": ["n"]}
    entry = result([("name", "text"), ("n", "integer")], rows, chart_config=config("bar", barAndLineAxis=axis))
    found = spec(entry)
    assert found is not None
    assert found["encoding"]["y"]["field"] == "x"
    (whole,) = charts(page(board([panel(entry)]))).values()
    assert whole["height"] >= 40 * 20


@pytest.mark.parametrize("format", ["svg", "png"])
def test_pictures_are_drawn(format: Any) -> None:
    pytest.importorskip("vl_convert")
    made = picture(gallery(), format)
    assert made.startswith(b"<svg" if format == "svg" else b"\x89PNG\r\n\x1a\n")
    if format == "svg":
        text = made.decode()
        assert text.count('aria-roledescription="bar"') >= 24
        assert "It took too long." in text
        assert "21.5%" in text


def test_a_file_is_written_whole_with_the_rights_of_any_other(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    pages_files.write(str(path), b"one")
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o640)
    pages_files.write(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["page.html", "plain"]


@pytest.mark.parametrize("path", ["", "missing/page.html", "plain/page.html", "n" * 300 + ".html"])
def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path: Path, path: str) -> None:
    (tmp_path / "plain").touch()
    with pytest.raises(ValidationError, match="Cannot write"):
        pages_files.write(str(tmp_path / path), b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["plain"]


def _values(found: dict[str, Any]) -> list[Any]:
    own = found.get("data", {}).get("values", [])
    return [*own, *(value for layer in found.get("layer", []) for value in _values(layer))]


def _marks(found: dict[str, Any]) -> list[str]:
    mark = found.get("mark")
    own = [mark if isinstance(mark, str) else mark["type"]] if mark else []
    return own + [each for layer in found.get("layer", []) for each in _marks(layer)]

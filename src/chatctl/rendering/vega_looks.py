"""How charts look: on a page they take its ink, in a picture black on white."""

from dataclasses import dataclass
from typing import Any, Final

from chatctl.rendering.vega import Spec

LEGEND_LETTERS: Final = 44
MOST_COLUMNS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Look:
    """Colours as SVG has them, and the font."""

    ink: str
    faint: str
    grid: str
    ground: str
    font: str


PAGE: Final = Look(
    ink="currentColor",
    faint="currentColor",
    grid="rgba(128,136,148,0.22)",
    ground="transparent",
    # The page's own, by name: Vega measures text on a canvas, which knows nothing to inherit.
    font='system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
)
"""Charts follow the page from light to dark and to paper: what is not data is drawn in the colour of its text."""
PICTURE: Final = Look(ink="#1c2430", faint="#5c6673", grid="#e3e7ec", ground="#ffffff", font="sans-serif")


def dressed(spec: Spec, look: Look, *, width: int | str, height: int) -> Spec:
    """The chart at its size, in its colours; `width` is in pixels, or "container"."""
    fitted = {"autosize": {"type": "fit", "contains": "padding"}}
    return {**spec, "width": width, "height": height, **fitted, "config": config(look, _columns(spec))}


def least_height(spec: Spec, wanted: int) -> int:
    """The height wanted, or more where the marks need it."""
    return max(wanted, int(spec.get("usermeta", {}).get("least", 0)))


def config(look: Look, columns: int = MOST_COLUMNS) -> dict[str, Any]:
    """The configuration of Vega-Lite."""
    text = {"labelColor": look.faint, "titleColor": look.faint, "labelFontSize": 11, "titleFontSize": 11}
    fonts = {"labelFont": look.font, "titleFont": look.font, "titleFontWeight": "normal"}
    return {
        "background": look.ground,
        "font": look.font,
        "view": {"stroke": None},
        "text": {"color": look.ink},
        "title": {"color": look.ink, "anchor": "start", "fontSize": 14, "subtitleColor": look.faint, "offset": 12},
        "axis": {
            **text,
            **fonts,
            "gridColor": look.grid,
            "domainColor": look.grid,
            "tickColor": look.grid,
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            "labelLimit": 150,
            "titleLimit": 300,
            "titlePadding": 8,
        },
        "axisX": {"grid": False, "labelAngle": 0, "labelPadding": 6, "tickSize": 4},
        "axisY": {"domain": False, "ticks": False, "labelPadding": 8, "tickCount": 6},
        "axisBand": {"ticks": False},
        "legend": {
            **text,
            **fonts,
            "orient": "top",
            "columns": columns,
            "labelLimit": 170,
            "symbolType": "circle",
            "symbolSize": 90,
            "rowPadding": 4,
            "columnPadding": 16,
        },
        "bar": {"discreteBandSize": {"band": 0.8}},
    }


def _columns(spec: Spec) -> int:
    """As many columns of the legend as a telephone is wide."""
    names = spec.get("encoding", {}).get("color", {}).get("scale", {}).get("domain", [])
    longest = max((len(str(name)) for name in names), default=1)
    return max(1, min(MOST_COLUMNS, LEGEND_LETTERS // (longest + 4)))

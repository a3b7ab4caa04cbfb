"""Questions that analysts ask every day, over real data: all of them are answered, and rightly."""

import os
from pathlib import Path

import pytest

from support import Run

from .garages import write_garage

FLIGHTS, SAMPLES = os.environ.get("CHATCTL_TEST_FLIGHTS"), os.environ.get("CHATCTL_TEST_SAMPLES")
CASES = Path(__file__).parent
GROCERIES = ("transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")
VEGA = ("cars.json", "seattle-weather.csv", "iowa-electricity.csv", "us-employment.csv")
FILES = {
    "flights": [f"{FLIGHTS}/*.csv"],
    "groceries": [f"{SAMPLES}/groceries/{table}.parquet" for table in GROCERIES],
    "riots": [f"{SAMPLES}/vega/la-riots.csv"],
    "airports": [f"{SAMPLES}/vega/airports.csv"],
    "vega": [f"{SAMPLES}/vega/{file}" for file in VEGA],
}

pytestmark = pytest.mark.skipif(not (FLIGHTS and SAMPLES), reason="scripts/test fetches the data of these cases")


def test_shared_tables_are_understood_by_their_short_names(run: Run, tmp_path: Path) -> None:
    write_garage(Path(f"{SAMPLES}/vega/cars.json"), tmp_path / "garage.sqlite")
    run("source", "add", "garage", str(tmp_path / "garage.sqlite"))
    done = run("eval", str(CASES / "garage.yaml"), "--json", "--min-accuracy", "100%")
    assert done.json()["missed"] == []
    assert done.exit == 0


@pytest.mark.parametrize("source", FILES)
def test_everyday_questions_are_answered_rightly(source: str, run: Run) -> None:
    run("source", "add", source, *FILES[source])
    done = run("eval", str(CASES / f"{source}.yaml"), "--json", "--min-accuracy", "100%")
    assert done.json()["missed"] == []
    assert done.exit == 0

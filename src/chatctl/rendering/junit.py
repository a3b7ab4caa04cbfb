"""Outcomes of checks as JUnit XML, which every CI reads: a test suite for each metric, a test case for each check.

The elements and attributes are those that both schemas in use know: the one of Ant's task
(https://github.com/windyroad/JUnit-Schema) and that of Jenkins.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from chatctl.domain.assets import CheckOutcome

_UNWRITABLE: Final = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 cannot hold, in whatever spelling (https://www.w3.org/TR/xml/#charsets)."""


def document(outcomes: Sequence[CheckOutcome], now: datetime) -> str:
    """The whole XML document."""
    root = Element("testsuites")
    for number, (_, suite) in enumerate(groupby(outcomes, lambda each: (_suite(each), each.asset_id, each.path))):
        _add(root, number, list(suite), now)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(outcome: CheckOutcome) -> str:
    name = f"{outcome.dashboard} / {outcome.metric}" if outcome.dashboard else outcome.metric
    return _text(name).strip() or "-"


def _add(root: Element, number: int, outcomes: Sequence[CheckOutcome], now: datetime) -> None:
    first = outcomes[0]
    seconds = max(each.elapsed_ms for each in outcomes) / 1000
    suite = SubElement(
        root,
        "testsuite",
        id=str(number),
        name=_suite(first),
        package="chatctl",
        hostname="localhost",
        timestamp=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        tests=str(len(outcomes)),
        failures=str(sum(each.status == "failed" for each in outcomes)),
        errors=str(sum(each.status == "error" for each in outcomes)),
        time=f"{seconds:.3f}",
    )
    properties = SubElement(suite, "properties")
    for key, value in (("metric", first.metric), ("version", first.version_number), ("path", first.path)):
        if value is not None:
            SubElement(properties, "property", name=key, value=_text(str(value)))
    for each in outcomes:
        _add_case(suite, each)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")


def _add_case(suite: Element, outcome: CheckOutcome) -> None:
    label = f"{outcome.check} ({', '.join(outcome.columns)})" if outcome.columns else outcome.check
    seconds = f"{outcome.elapsed_ms / 1000:.3f}"
    case = SubElement(suite, "testcase", name=_text(label), classname=_suite(outcome), time=seconds)
    if outcome.status == "passed":
        return
    told = _text(f"expected {outcome.expected}, found {outcome.found}")
    kind = "failure" if outcome.status == "failed" else "error"
    SubElement(case, kind, type=outcome.check, message=told).text = told


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)

"""Long questions put plainly, names with letters left out, and what a question's wording demands."""

import pytest

from chatctl.analyst.builtin.recasting import LONGEST, RECASTS, recast
from chatctl.analyst.builtin.vocabularies import shortens
from chatctl.analyst.builtin.words import tokens

PUT = {
    "Please list the zip codes of the shops.": "list the zip of the shops",
    "Among the loans with a rate over 3, how many are long?": "how many loans with a rate over 3 long",
    "Among the loans in debt, what is the mean amount?": "what is the mean amount among the loans in debt",
    "For the town with the best score, what is its address?": "what is the address of the town with the best score",
    "Which town has most loans? Give its name and region.": "list the name and region of the town that has most loans",
    "Who is the oldest skipper? Indicate the full name.": "list the full name of the oldest skipper",
    "Name the shops that pay 10 and indicate their phone.": "list the name and phone of the shops that pay 10",
    "List the top five shops by size. Please give their codes.": "list the codes of the top five shops by size",
    "How many times did Ann start first?": "how many Ann start first",
    "In which city are there the fewest shops?": "which city has the fewest shops",
    "How many shops are open?": "How many shops are open",
}


@pytest.mark.parametrize("question", PUT)
def test_a_question_is_put_plainly(question: str) -> None:
    assert " ".join(word.text for word in recast(tokens(question))) == PUT[question]


def test_every_way_to_put_a_question_has_an_example_of_its_own() -> None:
    assert len({it.example for it in RECASTS}) == len(RECASTS)


def test_a_text_too_long_for_a_question_is_left_as_it_is() -> None:
    words = tokens("please list " * LONGEST)
    assert recast(words) == tuple(words)


@pytest.mark.parametrize(
    ("part", "word"), [("scr", "score"), ("takr", "takers"), ("dept", "department"), ("amt", "amount")]
)
def test_a_name_may_leave_out_letters_of_a_word(part: str, word: str) -> None:
    assert shortens(part, word)


@pytest.mark.parametrize(("part", "word"), [("cnt", "country"), ("score", "score"), ("st", "start"), ("scr", "course")])
def test_not_every_like_name_is_short_for_a_word(part: str, word: str) -> None:
    assert not shortens(part, word)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ages 5-17", ["word", "number", "number"]),
        ("since 2001/3/5", ["word", "date"]),
        ("below -3", ["word", "number"]),
    ],
)
def test_hyphens_between_numbers_are_no_signs(text: str, kinds: list[str]) -> None:
    found = tokens(text)
    assert [it.kind for it in found] == kinds
    assert [it.text for it in found][-1] in ("17", "2001-03-05", "-3")

"""Whatever users share, take back, change and delete, nobody reads or changes what the contract forbids, nor is refused
what it allows.

What is forbidden and what is allowed is said by `sharing_rules`, which knows nothing of the code.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from chatctl import config
from chatctl.domain.access import Recipient
from chatctl.domain.assets import AssetReference
from chatctl.domain.errors import ChatctlError
from chatctl.domain.listing import Filter
from chatctl.domain.requests import ChatRequest
from chatctl.services.assets import METRIC
from chatctl.storage import identities
from chatctl.storage.database import Database

from .people import Person, metric
from .sharing_rules import EDIT, FULL, HOMES, NONE, RANKS, VIEW, Thing, of_message, unnamed

users = st.sampled_from(sorted(HOMES))
audiences = st.sampled_from([*sorted(HOMES), "organization", "public"])
words = st.sampled_from(sorted(RANKS))
places = st.integers(0, 100)
sharers = st.sampled_from(["creator"] * 4 + sorted(HOMES))
"""Who shares; most others may not."""

MOST: Final = 3
"""Things of each kind: with many, nothing happens to one of them twice."""


class Sharing(RuleBasedStateMachine):
    """Four users in two organizations do what they like; `things` is what the contract makes of it."""

    def __init__(self, url: str, numbers: Path, home: Path) -> None:
        super().__init__()
        self.database = Database(url, patience=5)
        self.people: dict[str, Person] = {}
        settings_ = config.load({"home": str(home), "database": url}, {})
        for user, organization in HOMES.items():
            with self.database.write() as session:
                actor, _ = identities.create_actor(self.database, session, user=user, organization=organization)
            self.people[user] = Person(self.database, settings_, actor)
        for user in ("ada", "eve"):
            self.people[user].sources.add("numbers", [str(numbers)])
        self.things: list[Thing] = []
        self.count = 0

    def teardown(self) -> None:
        for thing in self.things:
            if not (thing.deleted and thing.kind == "metric"):
                self.look(thing.creator, thing)
        self.database.close()

    def pick(self, place: int, kind: str | None = None) -> Thing | None:
        """One of the things, lately made ones as often as old ones."""
        fitting = [each for each in self.things if kind in (None, each.kind)]
        return fitting[place % len(fitting)] if fitting else None

    def count_of(self, kind: str) -> int:
        """How many there are of a kind."""
        return sum(each.kind == kind for each in self.things)

    def attempt(self, refused: set[str], act: Callable[[], Any]) -> Any:
        """What the act gives, which must be refused with one of these codes, or not at all."""
        given, code = self.outcome(act)
        assert (code in refused) if refused else (code is None), f"{code or 'done'}, not {refused or 'done'}"
        return given

    def outcome(self, act: Callable[[], Any]) -> tuple[Any, str | None]:
        """What the act gives, or the code with which it was refused."""
        try:
            return act(), None
        except ChatctlError as error:
            return None, error.code

    def look(self, user: str, thing: Thing) -> None:
        """Read it: it must be as the model has it."""
        person, refused = self.people[user], thing.refusals(user, VIEW)
        if thing.kind == "metric":
            asset = self.attempt(refused, lambda: person.assets.show(METRIC, str(thing.id)))
            if asset:
                assert (asset.version_number, asset.content.sql) == (len(thing.held), thing.held[-1])
            return
        shown = self.attempt(refused, lambda: person.chats.show(str(thing.id)))
        if shown:
            assert shown.chat.title == thing.name
            assert shown.chat.publicly_accessible is thing.public
            assert [message.request_message for message in reversed(shown.messages)] == thing.held

    def try_all(self, thing: Thing) -> None:
        """Everybody reads it, and tries everything that they may not do."""
        for user in HOMES:
            self.look(user, thing)
            for needs, deed, told in self.deeds(user, thing):
                if refused := {told(code) for code in thing.refusals(user, needs)}:
                    self.attempt(refused, deed)
            for audience in [*HOMES, "organization"]:
                if thing.rank(user) >= FULL and not thing.deleted and self.ungivable(user, thing, audience, NONE):
                    self.attempt(self.ungivable(user, thing, audience, NONE), self.taking(user, thing, audience))

    def taking(self, user: str, thing: Thing, audience: str) -> Callable[[], Any]:
        return lambda: self.people[user].access.unshare(str(thing.id), recipient_of(audience))

    def deeds(self, user: str, thing: Thing) -> list[tuple[int, Callable[[], Any], Callable[[str], str]]]:
        """What needs which rank, and how it tells that the thing is not there."""
        person, name = self.people[user], str(thing.id)
        shared = (FULL, lambda: person.access.share(name, Recipient(audience="public"), "can_view"), unnamed)
        taken = (FULL, self.taking(user, thing, "organization"), unnamed)
        if thing.kind == "metric":
            return [
                shared,
                taken,
                (EDIT, lambda: person.assets.change(metric(thing.name, 0), name), str),
                (FULL, lambda: person.assets.delete(METRIC, [name]), str),
            ]
        return [
            shared,
            taken,
            (EDIT, lambda: person.chats.handle(ChatRequest(prompt="x"), chat=name), str),
            (EDIT, lambda: person.chats.handle(ChatRequest(prompt="x"), message=name), of_message),
            (EDIT, lambda: person.changes.cancel([name]), of_message),
            (EDIT, lambda: person.changes.rename(name, "x"), str),
            (FULL, lambda: person.changes.delete([name]), str),
        ]

    def fresh(self) -> int:
        self.count += 1
        return self.count

    @precondition(lambda self: self.count_of("chat") < MOST)
    @rule(user=users)
    def start_a_chat(self, user: str) -> None:
        question = f"question {self.fresh()}"
        made = self.people[user].chats.handle(ChatRequest(prompt=question))
        self.things.append(Thing(kind="chat", id=made.chat.id, name=question, creator=user, held=[question]))

    @precondition(lambda self: self.count_of("metric") < MOST)
    @rule(user=users)
    def make_a_metric(self, user: str) -> None:
        draft = metric(f"metric {self.fresh()}", 0)
        made = self.people[user].assets.create(draft)
        self.things.append(
            Thing(kind="metric", id=made.id, name=made.name, creator=user, held=[draft.file.sql])  # type: ignore[union-attr]
        )

    @precondition(lambda self: self.things)
    @rule(place=places, orders=st.lists(st.tuples(sharers, audiences, words), min_size=1, max_size=4))
    def share(self, place: int, orders: list[tuple[str, str, str]]) -> None:
        thing = self.pick(place)
        assert thing
        for user, audience, word in orders:
            self.give(thing, thing.creator if user == "creator" else user, audience, word)
        self.try_all(thing)

    def give(self, thing: Thing, user: str, audience: str, word: str) -> None:
        """One user shares the thing."""
        word = "can_view" if audience == "public" else word
        refused = thing.unnamed(user, FULL) or self.ungivable(user, thing, audience, RANKS[word])
        person, recipient = self.people[user], recipient_of(audience)
        if self.attempt(refused, lambda: person.access.share(str(thing.id), recipient, word)) is None:
            return
        if audience == "public":
            thing.public = True
        else:
            thing.given[HOMES[thing.creator] if audience == "organization" else audience] = word

    @precondition(lambda self: self.things)
    @rule(user=sharers, place=places, audience=audiences)
    def unshare(self, user: str, place: int, audience: str) -> None:
        thing = self.pick(place)
        assert thing
        user = thing.creator if user == "creator" else user
        refused = thing.unnamed(user, FULL) or self.ungivable(user, thing, audience, NONE)
        person, recipient = self.people[user], recipient_of(audience)
        if self.attempt(refused, lambda: person.access.unshare(str(thing.id), recipient)) is None:
            return
        if audience == "public":
            thing.public = False
        else:
            thing.given.pop(HOMES[thing.creator] if audience == "organization" else audience, None)
        self.try_all(thing)

    def ungivable(self, user: str, thing: Thing, audience: str, rank: int) -> set[str]:
        """Nobody gives, changes or takes more than they hold; the creator stays the owner; organizations are apart."""
        if audience == "public":
            return set()
        home = HOMES[thing.creator]
        if audience != "organization" and (HOMES[audience] != home or audience == thing.creator):
            return {"VALIDATION_ERROR"}
        former = thing.given.get(home if audience == "organization" else audience)
        if max(rank, RANKS[former] if former else NONE) > thing.rank(user):
            return {"PERMISSION_DENIED" if thing.kind == "chat" else "ASSET_ACCESS_DENIED"}
        return set()

    @precondition(lambda self: self.things)
    @rule(user=users, place=places)
    def show(self, user: str, place: int) -> None:
        thing = self.pick(place)
        assert thing
        self.look(user, thing)

    @precondition(lambda self: self.things)
    @rule(user=users, place=places)
    def see_who_may(self, user: str, place: int) -> None:
        thing = self.pick(place)
        assert thing
        refused = thing.unnamed(user, VIEW)
        told = self.attempt(refused, lambda: self.people[user].access.show(str(thing.id)))
        if told is None:
            return
        public = [("public", None, "can_view")] if thing.public else []
        within = [("user", thing.creator, "owner")] + [
            ("organization" if name in HOMES.values() else "user", name, word) for name, word in thing.given.items()
        ]
        found = [(entry.identity_type, entry.name, entry.role) for entry in told.entries]
        assert sorted(found, key=str) == sorted(
            within + public if HOMES[user] == HOMES[thing.creator] else public, key=str
        )

    @precondition(lambda self: self.pick(0, "chat"))
    @rule(user=users, place=places)
    def send(self, user: str, place: int) -> None:
        chat, question = self.pick(place, "chat"), f"question {self.fresh()}"
        assert chat
        request = ChatRequest(prompt=question)
        done = self.attempt(
            chat.refusals(user, EDIT), lambda: self.people[user].chats.handle(request, chat=str(chat.id))
        )
        if done:
            chat.held.append(question)

    @precondition(lambda self: self.pick(0, "chat") and self.pick(0, "metric"))
    @rule(user=users, place=places, other=places)
    def ask_about_a_metric(self, user: str, place: int, other: int) -> None:
        chat, used, question = self.pick(place, "chat"), self.pick(other, "metric"), f"question {self.fresh()}"
        assert chat
        assert used
        asset = AssetReference(file_type=METRIC, reference=str(used.id))
        done = self.attempt(
            chat.refusals(user, EDIT) | used.refusals(user, VIEW),
            lambda: self.people[user].chats.handle(ChatRequest(prompt=question), chat=str(chat.id), asset=asset),
        )
        if done:
            chat.held.append(question)

    @precondition(lambda self: self.pick(0, "chat"))
    @rule(user=users, place=places)
    def rename(self, user: str, place: int) -> None:
        chat, title = self.pick(place, "chat"), f"title {self.fresh()}"
        assert chat
        if self.attempt(chat.refusals(user, EDIT), lambda: self.people[user].changes.rename(str(chat.id), title)):
            chat.name = title

    @precondition(lambda self: self.pick(0, "chat"))
    @rule(user=users, place=places)
    def redo(self, user: str, place: int) -> None:
        chat, question = self.pick(place, "chat"), f"question {self.fresh()}"
        assert chat
        refused = set(map(of_message, chat.refusals(user, EDIT)))
        request = ChatRequest(prompt=question)
        done = self.attempt(refused, lambda: self.people[user].chats.handle(request, message=str(chat.id)))
        if done:
            chat.held[-1] = question

    @precondition(lambda self: self.pick(0, "chat"))
    @rule(user=users, place=places)
    def judge(self, user: str, place: int) -> None:
        chat = self.pick(place, "chat")
        assert chat
        refused = set(map(of_message, chat.refusals(user, EDIT)))
        self.attempt(refused, lambda: self.people[user].changes.give_feedback(str(chat.id), "positive"))

    @precondition(lambda self: self.pick(0, "metric"))
    @rule(user=users, place=places)
    def edit(self, user: str, place: int) -> None:
        thing, number = self.pick(place, "metric"), self.fresh()
        assert thing
        draft = metric(thing.name, number)
        done = self.attempt(thing.refusals(user, EDIT), lambda: self.people[user].assets.change(draft, str(thing.id)))
        if done:
            thing.held.append(draft.file.sql)  # type: ignore[union-attr]

    @precondition(lambda self: self.pick(0, "metric"))
    @rule(user=users, place=places)
    def restore_the_first_version(self, user: str, place: int) -> None:
        thing = self.pick(place, "metric")
        assert thing
        done = self.attempt(
            thing.refusals(user, EDIT), lambda: self.people[user].assets.restore(METRIC, str(thing.id), 1)
        )
        if done and thing.held[-1] != thing.held[0]:
            thing.held.append(thing.held[0])

    @precondition(lambda self: self.things)
    @rule(user=users, place=places)
    def delete(self, user: str, place: int) -> None:
        thing = self.pick(place)
        assert thing
        person, refused = self.people[user], thing.refusals(user, FULL)
        if thing.kind == "chat":
            done = self.attempt(refused, lambda: person.changes.delete([str(thing.id)]))
        else:
            done = self.attempt(refused, lambda: person.assets.delete(METRIC, [str(thing.id)]))
        thing.deleted = thing.deleted or bool(done)

    @precondition(lambda self: any(thing.deleted and thing.kind == "chat" for thing in self.things))
    @rule(user=users, place=places)
    def restore_a_chat(self, user: str, place: int) -> None:
        gone = [thing for thing in self.things if thing.deleted and thing.kind == "chat"]
        chat = gone[place % len(gone)]
        chat.deleted = False
        refused = chat.refusals(user, FULL)
        done = self.attempt(refused, lambda: self.people[user].changes.restore([str(chat.id)]))
        chat.deleted = not done

    @rule(user=users)
    def list_everything(self, user: str) -> None:
        person, home = self.people[user], HOMES[user]
        shown, _ = person.chats.recent(Filter(limit=1_000))
        own = [thing for thing in self.things if HOMES[thing.creator] == home and not thing.deleted]
        shared = [each for each in own if user == each.creator or user in each.given or home in each.given]
        assert {chat.id for chat in shown} == {thing.id for thing in shared if thing.kind == "chat"}
        assert len(shown) == len({chat.id for chat in shown})
        listed = {value.id for value in person.assets.all(METRIC)}
        assert listed == {thing.id for thing in own if thing.kind == "metric" and thing.rank(user) >= VIEW}

    @rule(user=users)
    def go_on_where_they_were(self, user: str) -> None:
        shown, code = self.outcome(lambda: self.people[user].chats.show("@last"))
        assert code in (None, "CHAT_NOT_FOUND")
        assert not [each for each in self.things if shown and each.id == shown.chat.id and each.refusals(user, VIEW)]


def recipient_of(audience: str) -> Recipient:
    """With whom to share, from the model's word for it."""
    if audience in ("organization", "public"):
        return Recipient(audience=audience)  # type: ignore[arg-type]
    return Recipient(audience="user", user=audience)


@pytest.fixture
def numbers(scratch: Path) -> Path:
    """A source of three rows."""
    path = scratch / "numbers.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE numbers (x INTEGER)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [(1,), (2,), (3,)])
    return path


def play(new_url: Callable[[], str], numbers: Path, home: Path, *, games: int, moves: int) -> None:
    run_state_machine_as_test(
        lambda: Sharing(new_url(), numbers, home),  # type: ignore[arg-type]
        settings=settings(
            max_examples=games,
            stateful_step_count=moves,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_rules_hold(scratch: Path, blank: Path, numbers: Path) -> None:
    def new_url() -> str:
        return f"sqlite:///{shutil.copy(blank, scratch / f'{uuid4().hex}.db')}"

    play(new_url, numbers, scratch / "home", games=15, moves=40)


def test_the_rules_hold_on_a_server(scratch: Path, new_postgres_url: Callable[[], str], numbers: Path) -> None:
    play(new_postgres_url, numbers, scratch / "home", games=4, moves=25)

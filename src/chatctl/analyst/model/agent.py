"""The analyst that is a language model: ask it, do what it says, tell it what came of that, until it answers."""

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters

from chatctl.analyst.contract import Answer, Exchange, Question, Step, Stopped
from chatctl.analyst.model import history, observations, prompts, providers, tools
from chatctl.analyst.model.desks import Desk
from chatctl.analyst.model.lines import Line, Patience, connected
from chatctl.analyst.model.refusals import Refused
from chatctl.analyst.model.spending import Spending
from chatctl.analyst.model.tools import AskBack, Finished, GiveAnswer
from chatctl.domain.errors import ChatctlError
from chatctl.domain.models import ModelLimits


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An analyst by its name, `PROVIDER:NAME` or `replay:FILE`; `model` is given where it is not to be looked up."""

    name: str
    base_url: str | None = None
    limits: ModelLimits = field(default_factory=ModelLimits)
    patience: Patience = field(default_factory=Patience)
    model: Model | None = None

    def __call__(self, question: Question) -> Iterator[Step | Exchange | Answer]:
        """Answer a question. Raises Stopped with what was found when the model fails or a limit is reached."""
        desk = Desk(question=question)
        try:
            model = self.model or providers.resolve(self.name, self.base_url)
            with connected(model) as loop:
                spending = Spending(model=self.name, limits=self.limits, before=question.spent)
                line = Line(self.name, model, spending, self.patience, loop)
                yield from Conversation(desk, line, spending, self.limits.history).hold()
        except ChatctlError as error:
            raise Stopped(error, desk.found) from error


class Conversation:
    """What is said about one question."""

    def __init__(self, desk: Desk, line: Line, spending: Spending, budget: int) -> None:
        """`budget` is the number of tokens of earlier turns that may be sent along."""
        question = desk.question
        self._earlier, left_out = history.messages(question.history, budget)
        asked = prompts.asked(question, left_out)
        self._said: list[ModelMessage] = [
            ModelRequest.user_text_prompt(asked, instructions=prompts.instructions(question))
        ]
        self._desk = desk
        self._line = line
        self._spending = spending
        self._asking = ModelRequestParameters(function_tools=tools.definitions(), allow_text_output=True)
        self._paid = deque(self._spending.resume(history.replies(question.paid)))
        self._reminded = False

    def hold(self) -> Iterator[Step | Exchange | Answer]:
        """The loop: a reply, what it asks for, and again, until it ends in an answer.

        Replies that an earlier attempt has paid for come first; what they ask for is done again, so that the results
        are there, and the figures are those of today.
        """
        while True:
            reply = yield from self._reply()
            try:
                told = yield from self._observe(reply)
            except Finished as finished:
                yield replace(finished.answer, raw=self._exchange.raw, usage=self._exchange.usage)
                return
            self._said.append(ModelRequest(parts=told))

    def _reply(self) -> Generator[Step | Exchange, None, ModelResponse]:
        if self._paid:
            self._said.append(reply := self._paid.popleft())
            return reply
        self._spending.check()
        reply = yield from self._line.ask([*self._earlier, *self._said], self._asking)
        self._spending.add(reply)
        self._said.append(reply)
        yield self._exchange
        return reply

    def _observe(self, reply: ModelResponse) -> Generator[Step, None, list[ModelRequestPart]]:
        """What came of a reply. Raises Finished, with every call of it answered, as providers want it."""
        calls = [part for part in reply.parts if isinstance(part, ToolCallPart)]
        if not calls:
            return [UserPromptPart(content=(yield from self._spoken(reply)))]
        returns: list[ModelRequestPart] = []
        for at, call in enumerate(calls):
            try:
                returns.append((yield from self._act(call)))
            except Finished:
                closed = [
                    ToolReturnPart(each.tool_name, "The work has ended.", each.tool_call_id) for each in calls[at:]
                ]
                self._said.append(ModelRequest(parts=[*returns, *closed]))
                raise
        if self._spending.requests_left == 1:
            returns.append(UserPromptPart(content="You have one request left: call answer or ask_back now."))
        return returns

    def _act(self, call: ToolCallPart) -> Generator[Step, None, ToolReturnPart]:
        """Do what a call asks for; a failure is an observation too. A reply may have calls without number."""
        self._spending.check_time()
        outcome: Literal["success", "failed"] = "failed"
        try:
            told = yield from tools.called(call).work(self._desk)
            outcome = "success"
        except Refused as refused:
            told = refused.message
        except ChatctlError as error:
            told = observations.data({"error": error.code, "message": error.message, "hint": error.hint})
        return ToolReturnPart(call.tool_name, told, call.tool_call_id, outcome=outcome)

    def _spoken(self, reply: ModelResponse) -> Generator[Step, None, str]:
        """A reply without a call: an answer, if there are results to rest on, else the model is reminded once."""
        text = "".join(part.content for part in reply.parts if isinstance(part, TextPart)).strip()
        if reply.finish_reason == "length" or not text:
            return "Your reply was cut or empty. Be shorter, and call a tool."
        if not self._desk.findings and not self._reminded:
            self._reminded = True
            return "Figures need a result: call run_sql. Then end by calling answer, or ask_back."
        asks = text.endswith("?") and not self._desk.findings
        try:
            return (yield from (AskBack(question=text) if asks else GiveAnswer(text=text)).work(self._desk))
        except Refused as refused:
            return refused.message

    @property
    def _exchange(self) -> Exchange:
        raw = ModelMessagesTypeAdapter.dump_python(self._said, mode="json")
        return Exchange(raw=tuple(raw), usage=self._spending.usage)

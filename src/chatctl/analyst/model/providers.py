"""Who offers language models, in Pydantic AI's spelling, and what each needs; `resolve` makes a model of a name.

Reading the table imports nothing: commands check a name by it. Pydantic AI is imported by `resolve` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chatctl import config
from chatctl.domain.errors import ModelError, ValidationError

if TYPE_CHECKING:
    from pydantic_ai.models import Model
    from pydantic_ai.providers import Provider as Client

REPLAY: Final = "replay"

LONGEST_NAME: Final = 255

_OURS: Final = frozenset({"openai", "anthropic", "google"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """One provider: the variables of which any may hold its key, its package, and how its address is set.

    Without `keys` none is needed. `endpoint` is the variable of the address where there is no default; `address` is
    the argument by which `model_base_url` reaches those that speak OpenAI's protocol wherever they are.
    """

    name: str
    keys: tuple[str, ...] = ()
    package: str = "openai"
    extra: str = "openai"
    endpoint: str | None = None
    address: str | None = None

    @property
    def installed(self) -> bool:
        """Whether Pydantic AI and the package that speaks to it are there; neither is imported."""
        return _found("pydantic_ai") and _found(self.package)

    @property
    def command(self) -> str:
        """What installs it."""
        if self.extra in _OURS:
            return "pip install 'chatctl[models]'"
        return f"pip install 'chatctl[models]' 'pydantic-ai-slim[{self.extra}]'"

    def key(self) -> str | None:
        """Its key, from the first of its variables that is set."""
        return next(filter(None, map(config.variable, self.keys)), None)

    def base_url(self, configured: str | None) -> str | None:
        """The address as it is set: by `model_base_url` where that is for it, else by its own variable."""
        own = config.variable(self.endpoint) if self.endpoint else None
        return (configured if self.address else None) or own

    def missing(self, base_url: str | None) -> str | None:
        """What has to be done before it can be asked, in a sentence; None where nothing has."""
        if not self.installed:
            return f"Install it: {self.command}."
        if self.endpoint and not self.base_url(base_url):
            also = ", or model_base_url (CHATCTL_MODEL_BASE_URL)" if self.address else ""
            return f"Set {self.endpoint} to its address{also}."
        if self.keys and not self.key() and not (self.address and base_url):
            return f"Set {' or '.join(self.keys)}."
        return None


PROVIDERS: Final = {
    provider.name: provider
    for provider in (
        Provider(name="openai", keys=("OPENAI_API_KEY",), address="base_url"),
        Provider(name="openai-chat", keys=("OPENAI_API_KEY",), address="base_url"),
        Provider(name="openai-responses", keys=("OPENAI_API_KEY",), address="base_url"),
        Provider(name="anthropic", keys=("ANTHROPIC_API_KEY",), package="anthropic", extra="anthropic"),
        Provider(name="google", keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"), package="google.genai", extra="google"),
        Provider(name="google-cloud", package="google.genai", extra="google"),
        Provider(name="ollama", endpoint="OLLAMA_BASE_URL", address="base_url"),
        Provider(name="vllm", endpoint="VLLM_BASE_URL", address="base_url"),
        Provider(name="azure", keys=("AZURE_OPENAI_API_KEY",), endpoint="AZURE_OPENAI_ENDPOINT"),
        Provider(name="bedrock", package="boto3", extra="bedrock"),
        Provider(name="groq", keys=("GROQ_API_KEY",), package="groq", extra="groq"),
        Provider(name="mistral", keys=("MISTRAL_API_KEY",), package="mistralai", extra="mistral"),
        Provider(name="cohere", keys=("CO_API_KEY",), package="cohere", extra="cohere"),
        Provider(name="xai", keys=("XAI_API_KEY",), package="xai_sdk", extra="xai"),
        Provider(name="huggingface", keys=("HF_TOKEN",), package="huggingface_hub", extra="huggingface"),
        Provider(name="deepseek", keys=("DEEPSEEK_API_KEY",)),
        Provider(name="openrouter", keys=("OPENROUTER_API_KEY",)),
        Provider(name="together", keys=("TOGETHER_API_KEY",)),
        Provider(name="fireworks", keys=("FIREWORKS_API_KEY",)),
        Provider(name="cerebras", keys=("CEREBRAS_API_KEY",), extra="cerebras"),
        Provider(name="moonshotai", keys=("MOONSHOTAI_API_KEY",)),
        Provider(name="alibaba", keys=("ALIBABA_API_KEY", "DASHSCOPE_API_KEY")),
        Provider(name="sambanova", keys=("SAMBANOVA_API_KEY",)),
        Provider(name="nebius", keys=("NEBIUS_API_KEY",)),
        Provider(name="ovhcloud", keys=("OVHCLOUD_API_KEY",)),
        Provider(name="vercel", keys=("VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN")),
        Provider(name="heroku", keys=("HEROKU_INFERENCE_KEY",)),
        Provider(name="meta", keys=("META_API_KEY",)),
    )
}


def split(name: str) -> tuple[Provider, str]:
    """The provider and the model of `PROVIDER:NAME`. Raises ValidationError that names the nearest one."""
    prefix, colon, model = name.partition(":")
    if not colon or not model.strip() or not prefix or not name.isprintable() or len(name) > LONGEST_NAME:
        hint = f"Known are builtin, replay:FILE and PROVIDER:NAME, such as {_example(name)}."
        raise ValidationError.field("model", f"There is no analyst {name[:LONGEST_NAME]!r}", "unknown", hint=hint)
    if prefix not in PROVIDERS:
        near = nearest(prefix, list(PROVIDERS))
        hint = f"Did you mean {near}:{model}?" if near else f"Known are {', '.join(PROVIDERS)}."
        raise ValidationError.field("model", f"There is no provider {prefix!r}", "unknown", hint=hint)
    return PROVIDERS[prefix], model


def resolve(name: str, base_url: str | None) -> "Model":
    """The model of `PROVIDER:NAME` or `replay:FILE`, ready to be asked.

    Raises ValidationError for a name that is none, ModelError that names what is missing: package, key or address.
    """
    if name.startswith(f"{REPLAY}:"):
        from chatctl.analyst.model.replays import model as replayed

        return replayed(Path(name.removeprefix(f"{REPLAY}:")))
    provider, model = split(name)
    if missing := provider.missing(base_url):
        raise ModelError(
            f"The model {name} cannot be asked",
            hint=f"{missing} A worker has the settings that it was started with: `chatctl worker stop` ends it.",
        )
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    address = provider.base_url(base_url) if provider.address else None
    # Servers that speak OpenAI's protocol speak its older half: chat completions.
    spoken = "openai-chat" if provider.name == "openai" and address else provider.name
    try:
        return infer_model(f"{spoken}:{model}", provider_factory=lambda spelled: _client(spelled, provider, address))
    except (UserError, ImportError) as error:
        raise ModelError(
            f"The model {name} cannot be asked: {error}", hint="`chatctl models` tells what is set."
        ) from error


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that was most likely meant."""
    import difflib

    return next(iter(difflib.get_close_matches(word.lower(), known, n=1)), None)


def _client(spelled: str, provider: Provider, address: str | None) -> "Client[Any]":
    from pydantic_ai.providers import infer_provider_class

    arguments = {provider.address: address} if provider.address and address else {}
    if arguments and not provider.key():
        # Servers of one's own often want no key; the client does not go without.
        arguments["api_key"] = "none"
    return infer_provider_class(spelled)(**arguments)


def _found(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _example(name: str) -> str:
    """The provider that a model's bare name suggests."""
    for start, provider in (("claude", "anthropic"), ("gemini", "google"), ("gpt", "openai")):
        if name.startswith(start) and ":" not in name:
            return f"{provider}:{name}"
    return "openai:gpt-5 or ollama:qwen3"

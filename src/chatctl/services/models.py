"""Who can answer with these settings, and whether they do: `chatctl models`, and the models in `chatctl doctor`.

A key is looked for in the environment of this command; a worker that was started elsewhere may have another.
"""

from collections.abc import Iterator

from chatctl.analyst.model import providers
from chatctl.analyst.model.providers import PROVIDERS, REPLAY, Provider
from chatctl.config import Config, mask
from chatctl.domain.errors import ChatctlError, ValidationError
from chatctl.domain.health import Finding
from chatctl.domain.providers import ProviderState
from chatctl.services import analysts
from chatctl.services.analysts import BUILTIN


class Models:
    """The analysts of one configuration; Pydantic AI is imported where a model is asked, and nowhere else."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def all(self) -> list[ProviderState]:
        """Every provider: those that are set first, then those that are ready, each by name."""
        known = {BUILTIN: self._builtin(), REPLAY: self._replay()}
        known |= {name: self._state(provider) for name, provider in PROVIDERS.items()}
        for name in self._set().values():
            prefix = name.partition(":")[0]
            known.setdefault(prefix, _unknown(prefix))
        marked = [self._marked(state) for state in known.values()]
        return sorted(marked, key=lambda each: (not (each.model or each.fallback), not each.ready, each.provider))

    def examine(self, *, ask: bool) -> Iterator[Finding]:
        """A finding for each model that is set; with `ask` it is asked something small, else only looked up."""
        for setting, name in self._set().items():
            try:
                yield self._asked(setting, name) if ask else self._looked_up(setting, name)
            except ChatctlError as error:
                verdict = "error" if ask or isinstance(error, ValidationError) else "warning"
                yield Finding(check=setting, verdict=verdict, finding=error.message, hint=error.hint)

    def _set(self) -> dict[str, str]:
        """The names in the settings `model` and `fallback`."""
        fallback = self._config.model_fallback
        return {"model": self._config.model} | ({"fallback": fallback} if fallback else {})

    def _looked_up(self, setting: str, name: str) -> Finding:
        analysts.named(name)
        if not analysts.is_paid(name):
            return Finding(check=setting, verdict="ok", finding=f"{name}, which asks nobody")
        provider, _ = providers.split(name)
        if missing := provider.missing(self._config.model_base_url):
            return Finding(check=setting, verdict="warning", finding=f"{name} cannot be asked", hint=missing)
        return Finding(check=setting, verdict="ok", finding=f"{name} is set; --probe-model asks it")

    def _asked(self, setting: str, name: str) -> Finding:
        analysts.named(name)
        if not analysts.is_paid(name):
            return self._looked_up(setting, name)
        from chatctl.analyst.model import probes

        seconds = probes.ask(name, self._config.model_base_url)
        return Finding(check=setting, verdict="ok", finding=f"{name} answered after {seconds:.1f} seconds")

    def _state(self, provider: Provider) -> ProviderState:
        address = self._config.model_base_url
        missing, endpoint = provider.missing(address), provider.base_url(address)
        return ProviderState(
            provider=provider.name,
            ready=missing is None,
            installed=provider.installed,
            keys=list(provider.keys),
            key_set=bool(provider.key()),
            endpoint=mask(endpoint) if endpoint else None,
            missing=missing,
        )

    def _marked(self, state: ProviderState) -> ProviderState:
        """The state with the settings that name it; a name that is wrong beyond its provider makes it unready."""
        named = {setting: name for setting, name in self._set().items() if name.partition(":")[0] == state.provider}
        missing = state.missing
        for name in named.values():
            try:
                analysts.named(name)
            except ValidationError as error:
                missing = " ".join(filter(None, [f"{error.message}.", error.hint]))
        return state.model_copy(update={**named, "missing": missing, "ready": missing is None})

    def _builtin(self) -> ProviderState:
        return ProviderState(
            provider=BUILTIN, ready=True, installed=True, keys=[], key_set=False, endpoint=None, missing=None
        )

    def _replay(self) -> ProviderState:
        """Recordings need what reads them, and nothing else."""
        reader = Provider(name=REPLAY, package="pydantic_ai")
        return self._state(reader)


def _unknown(provider: str) -> ProviderState:
    return ProviderState(
        provider=provider, ready=False, installed=False, keys=[], key_set=False, endpoint=None, missing=None
    )

"""How what vendors say later comes in: their webhooks, questions to them, or not at all.

it is told where with each message      webhooks, where a public URL and the secrets are
it can be asked                         asked, where there are no webhooks
neither                                 webhooks that the vendor must be told of once, or deaf
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Ability, Adapter, Credentials
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import SecretStores, hearing_of
from sandbox.errors import UsageError
from sandbox.net.receiver import Route as HookRoute
from sandbox.net.receiver import unguessable_path
from sandbox.report.plain import plain
from sandbox.scenario.model import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """By which way each provider is heard.

    Attributes:
        public_url: How the outside reaches our receiver; "": there is none.
        hearing: Whose webhooks are taken in, with what they are verified.
        registered: Of these, those whose vendor must be told once where they go.
        asked: Who is asked.
        deaf: Who can be neither heard nor asked, each with why.
    """

    public_url: str = ""
    hearing: Mapping[str, Credentials] = field(default_factory=dict, repr=False)
    registered: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    deaf: tuple[tuple[str, str], ...] = ()

    def check(self) -> None:
        """Refuse to send where nobody would hear what became of it.

        Raises:
            UsageError: there is such a provider.
        """
        if self.deaf:
            lines = [f"  {plain(name)}: {why}" for name, why in self.deaf]
            raise UsageError(
                "\n".join(["no receipt could come in from", *lines]),
                hint="--public-url URL lets webhooks in; --deaf sends all the same.",
            )


def ways_in(
    routes: Sequence[Route],
    used: Sequence[str],
    config: LiveConfig,
    stores: SecretStores,
    public_url: str = "",
) -> WaysIn:
    """How each provider that is used is heard.

    Args:
        routes: Of the scenario.
        used: The providers that may be sent to.
        config: The user's file, which says where secrets are.
        stores: Where secrets are kept.
        public_url: From the command line; "": none.

    Raises:
        UsageError: it is no public URL.
    """
    hearing: dict[str, Credentials] = {}
    registered: list[str] = []
    asked: list[str] = []
    deaf: list[tuple[str, str]] = []
    for route in routes:
        if route.provider not in used:
            continue
        adapter, name = adapter_named(route.adapter), route.provider
        can_be_asked, is_told = (ability in adapter.abilities for ability in _ABILITIES)
        found = hearing_of(adapter, dict(config.secrets), stores)
        if public_url and (is_told or not can_be_asked) and not found.problems:
            _check(name, adapter, found.credentials, public_url)
            hearing[name] = found.credentials
            registered += [] if is_told else [name]
        elif can_be_asked:
            asked.append(name)
        elif public_url:
            deaf.append((name, "; ".join(found.problems)))
        else:
            deaf.append((name, f"{adapter.vendor} cannot be asked, and there is no --public-url"))
    return WaysIn(
        public_url=public_url if hearing else "",
        hearing=hearing,
        registered=tuple(registered),
        asked=tuple(asked),
        deaf=tuple(deaf),
    )


def hook_routes(
    routes: Sequence[Route],
    hearing: Mapping[str, Credentials],
    public_url: str,
    path_of: Callable[[str], str],
) -> tuple[HookRoute, ...]:
    """Where webhooks arrive, of the providers that are heard.

    Args:
        routes: Of the scenario.
        hearing: With what the webhooks of a provider are verified; the others have no route.
        public_url: How the outside reaches our receiver.
        path_of: The path of a provider, which nobody can guess.

    Raises:
        UsageError: the URL is none, or webhooks could not be verified.
    """
    return tuple(
        HookRoute(
            path_of(route.provider),
            route.provider,
            adapter_named(route.adapter),
            hearing[route.provider],
            public_url,
        )
        for route in routes
        if route.provider in hearing
    )


_ABILITIES = (Ability.POLL, Ability.CALLBACK)


def _check(provider: str, adapter: Adapter, credentials: Credentials, public_url: str) -> None:
    """Find out before anything is sent what the receiver would refuse.

    Raises:
        UsageError: the URL is none, or webhooks could not be verified.
    """
    HookRoute(unguessable_path(), provider, adapter, credentials, public_url)

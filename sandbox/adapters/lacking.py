"""What some vendors have not: a call to ask, a call to take back, a challenge before a webhook.

An adapter inherits what its vendor lacks; asked for it all the same, it refuses by name.
"""

from typing import ClassVar

from sandbox.adapters.answers import cannot
from sandbox.adapters.codec import Credentials, HttpAnswer, HttpRequest, News, NotVerified, Webhook
from sandbox.cascade.vocabulary import RecallResult
from sandbox.errors import UnreadableError


class _Named:
    @property
    def name(self) -> str:
        """What scenario files call the adapter."""
        raise NotImplementedError


class WithoutPolling(_Named):
    """A vendor that tells a message's status by webhook only."""

    def poll_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """There is none."""
        raise cannot(self.name, "tells a message's status by webhook only, it cannot be asked")

    def decode_poll(self, answer: HttpAnswer) -> tuple[News, ...]:
        """Nobody can ask."""
        raise UnreadableError(f"{self.name} answers no question about a status")


class WithoutRecall(_Named):
    """A vendor that takes nothing back of what is sent here."""

    why_no_recall: ClassVar[str]
    """After its name: what it has instead, or that it has nothing."""

    def recall_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """There is none."""
        raise cannot(self.name, self.why_no_recall)

    def decode_recall(self, answer: HttpAnswer) -> RecallResult:
        """Nothing is ever called back."""
        return RecallResult.UNSUPPORTED


class WithoutChallenge(_Named):
    """A vendor that does not ask whether a webhook is there before it uses it."""

    def handshake(self, hook: Webhook, credentials: Credentials) -> str | NotVerified:
        """There is none."""
        return NotVerified(f"{self.name} opens no webhook by a challenge")

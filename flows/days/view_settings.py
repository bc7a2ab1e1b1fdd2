"""What views depend on besides facts."""

from __future__ import annotations

from dataclasses import dataclass

from papers.profile import Profile
from papers.settings import Ungrounded
from papers.store import Store
from papers.tables.manifests import digest
from tasks.read.extraction import BodyReader


@dataclass(frozen=True)
class ViewSettings:
    """What views depend on besides facts: the profile, how ungrounded numbers are treated, and a reader of documents.

    `read_body` reads a stored response again (`tasks.read.extraction.read_body`); it may run in a child process.
    """

    store: Store
    profile: Profile
    ungrounded: Ungrounded
    read_body: BodyReader

    def curation(self) -> str:
        """A hash of the part of the profile that verdicts depend on."""
        names = {"title_zh", "title_en", "languages", "editions", "sources", "time_zone", "name"}
        profile = self.profile.model_dump(exclude=names)
        profile["interests"] = [{k: v for k, v in i.items() if k not in ("zh", "en")} for i in profile["interests"]]
        return digest(profile)

    def pages(self) -> str:
        """A hash of the part of the profile that editions depend on."""
        names = {"languages", "editions", "sources", "time_zone", "keywords", "labs"}
        profile = self.profile.model_dump(exclude=names)
        profile["interests"] = [{k: i[k] for k in ("name", "zh", "en")} for i in profile["interests"]]
        return digest(profile)

"""The files of a date's views: which are kept, which are made again, and which are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from papers.store import Store
from papers.tables.manifests import Manifest, StoredFile, ViewRecord, md5_of, put_file


class ViewFiles:
    """The views of a date: `before` is its manifest, `stamps` are those of its stored files by key."""

    def __init__(self, store: Store, before: Manifest | None, stamps: Mapping[str, str]) -> None:
        self.store, self.stamps = store, dict(stamps)
        self.before = before and adopt_copies(before, stamps, store)
        self.views: dict[str, ViewRecord] = {}
        self.written: set[str] = set()  # names of the views whose bytes changed

    def make(self, name: str, inputs: str, make: Callable[[], dict[str, bytes]], force: bool = False) -> None:
        """Make a view if its inputs or files are not those of the manifest; write the files whose bytes changed."""
        if not force and self.keep(name, inputs):
            return
        before = self.record(name)
        files: dict[str, StoredFile] = {}
        for key, data in make().items():
            files[key] = put_file(self.store, key, data, before, self.stamps.get(key))
            if files[key].stamp != self.stamps.get(key):
                self.stamps[key] = files[key].stamp
                self.written.add(name)
        self.views[name] = ViewRecord(inputs=inputs, files=files)

    def keep(self, name: str, inputs: str) -> bool:
        """Keep a view as it is, if it was made of these inputs and its files are there; returns whether it was kept."""
        before = self.record(name)
        if before is None or not self.may_keep(name, inputs):
            return False
        self.views[name] = before
        return True

    def may_keep(self, name: str, inputs: str) -> bool:
        """Whether a view was made of these inputs, of facts that could all be read, and its files are there."""
        before = self.record(name)
        return before is not None and before.inputs == inputs and not self.was_damaged and self.is_intact(name)

    @property
    def was_damaged(self) -> bool:
        """Whether facts could not be read when the views were made; they may be there again."""
        return self.before is not None and bool(self.before.damaged)

    def record(self, name: str) -> ViewRecord | None:
        """What the manifest says of a view."""
        return self.before.views.get(name) if self.before else None

    def is_intact(self, name: str) -> bool:
        """Whether the stored files of a view are those that the manifest names."""
        record = self.record(name)
        return record is not None and record.stamps().items() <= self.stamps.items()

    def is_same(self, name: str) -> bool:
        """Whether a view has the bytes that the manifest names."""
        before = self.record(name)
        return before is not None and self.views[name].content == before.content

    def remove_others(self) -> None:
        """Remove the editions that the manifest names and that are not among the views any more."""
        for name, record in (self.before.views if self.before else {}).items():
            if "." in name and name not in self.views:
                for key in record.files:
                    self.store.delete(key)


def adopt_copies(manifest: Manifest, files: Mapping[str, str], store: Store) -> Manifest:
    """The manifest with the stamps of files whose bytes are as it says. A store that was copied has other stamps."""

    def adopt(key: str, file: StoredFile) -> StoredFile:
        if key not in files or files[key] == file.stamp or md5_of(store.get(key) or b"") != file.md5:
            return file
        return StoredFile(md5=file.md5, stamp=files[key])

    if all(files.get(key) == stamp for key, stamp in manifest.stamps().items()):
        return manifest
    views = {
        name: ViewRecord(inputs=view.inputs, files={key: adopt(key, file) for key, file in view.files.items()})
        for name, view in manifest.views.items()
    }
    return manifest.model_copy(update={"views": views})

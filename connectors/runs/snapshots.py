"""Store and read the files of validated commits.

Text files of at most `MAX_FILE` bytes are stored (lock files of `MAX_LOCK_FILE`, so that their packages can be
compared), up to `MAX_TREE` in total; of all other files only size and digest are stored, which is enough to detect a
change.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from connectors.models import Snapshot, SourceText
from database import portions
from validator.packages import parsers
from validator.results import Tree
from validator.source import lfs, links

MAX_FILE = 1_000_000
MAX_LOCK_FILE = 8_000_000
MAX_TREE = 60_000_000
_BATCH_FILES = 200
_BATCH_BYTES = 4_000_000
_LOOKED_AT = 8_000
_LONGEST_NOTE = 200


@dataclass(frozen=True)
class File:
    """One file of a snapshot; `kept` is whether its text is stored.

    `note` says what it is when it is not a regular file: a link, a submodule, a Git LFS pointer. The text of a link to
    a file of the commit is that file's; of other links and submodules, it is the note.
    """

    path: str
    size: int
    digest: str
    kept: bool
    note: str = ""


def keep(tree: Tree) -> Snapshot | None:
    """Store the files of a fetched commit, once for each tree; call while the tree can be read.

    Takes as long as reading the files, in batches of a few megabytes, and needs no transaction: a crash leaves complete
    blobs without a snapshot, which the next call uses. Returns None for a tree without an id.
    """
    if not tree.tree:
        return None
    known = Snapshot.objects.filter(tree=tree.tree).first()
    if known is not None:
        return known
    files: list[File] = []
    batch: dict[str, bytes] = {}
    room = MAX_TREE
    for path, content, note in _contents(tree):
        digest = hashlib.sha256(content).hexdigest()
        kept = len(content) <= min(_most(path), room) and _is_text(content)
        files.append(File(path, len(content), digest, kept, note))
        if kept:
            room -= len(content)
            batch[digest] = content
        if len(batch) >= _BATCH_FILES or sum(map(len, batch.values())) >= _BATCH_BYTES:
            _store(batch)
            batch = {}
    _store(batch)
    rows = [[f.path, f.size, f.digest, f.kept, *([f.note] if f.note else [])] for f in files]
    made, _ = Snapshot.objects.get_or_create(
        tree=tree.tree,
        defaults={
            "files": zlib.compress(json.dumps(rows, separators=(",", ":")).encode()),
            "count": len(files),
            "bytes": sum(f.size for f in files),
        },
    )
    return made


def files(tree_id: str) -> Mapping[str, File] | None:
    """Return the files of a tree by path, in its order; None when it was not stored."""
    row = Snapshot.objects.filter(tree=tree_id).first() if tree_id else None
    if row is None:
        return None
    return {path: File(path, *rest) for path, *rest in json.loads(zlib.decompress(bytes(row.files)))}


def text(file: File) -> str | None:
    """Return the text of a file, with a replacement character for invalid UTF-8; None when it is not stored."""
    return next(iter(texts([file]).values()), None)


def texts(wanted: Iterable[File]) -> dict[str, str]:
    """Return the texts of several files by their digest, in one query; without those that are not stored."""
    digests = {file.digest for file in wanted if file.kept}
    rows = SourceText.objects.filter(digest__in=digests)
    return {row.digest: zlib.decompress(bytes(row.content)).decode("utf-8", "replace") for row in rows}


def unused() -> Iterator[str]:
    """Yield the digests of texts that no snapshot uses any more."""
    named: set[str] = set()
    for row in portions.read(Snapshot.objects.all(), size=20):
        named |= {digest for _, _, digest, kept, *_ in json.loads(zlib.decompress(bytes(row.files))) if kept}
    for digest in portions.keys(SourceText.objects.all()):
        if digest not in named:
            yield str(digest)


def _contents(tree: Tree) -> Iterator[tuple[str, bytes, str]]:
    """Yield path, content and note of everything in a tree: its files, then its links and submodules."""
    for path in tree.paths():
        content = tree.read(path)
        yield path, content, "pointer of Git LFS" if lfs.is_pointer(content) else ""
    followed = links.Followed(tree)
    for path in tree.others("link"):
        note = f"symbolic link to {tree.target(path)[:_LONGEST_NOTE]}"
        yield path, followed.read(path) if followed.kind(path) == "file" else note.encode(), note
    for path in tree.others("submodule"):
        note = f"submodule at commit {tree.target(path)}"
        yield path, note.encode(), note


def _store(batch: Mapping[str, bytes]) -> None:
    if not batch:
        return
    there = set(SourceText.objects.filter(digest__in=batch).values_list("digest", flat=True))
    SourceText.objects.bulk_create(
        [
            SourceText(digest=digest, size=len(content), content=zlib.compress(content))
            for digest, content in batch.items()
            if digest not in there
        ],
        ignore_conflicts=True,
    )


def _most(path: str) -> int:
    return MAX_FILE if parsers.parser(PurePosixPath(path).name) is None else MAX_LOCK_FILE


def _is_text(content: bytes) -> bool:
    if b"\0" in content[:_LOOKED_AT]:
        return False
    shown = content[:_LOOKED_AT].decode("utf-8", "replace")
    return shown.count("\N{REPLACEMENT CHARACTER}") * 10 <= len(shown)

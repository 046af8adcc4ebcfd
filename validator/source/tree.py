"""The files of one commit, read from a bare repository's object store: git never writes them to disk."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from validator.process import Child, Limits, ProcessError
from validator.results import EngineSettings
from validator.source import links
from validator.source.workspace import INSIDE, remove

# The longest file name that common file systems accept, in bytes, and a path that is below their limit.
_MAX_NAME: Final = 255
_MAX_PATH: Final = 2048
_ESCAPE: Final = re.compile(r"\\u([0-9a-f]{4})|\\U(000[0-9a-f]{5}|0010[0-9a-f]{4})")
# Names that some file system treats as `.git`; nothing in a commit may have one.
_GIT_FOLDERS: Final = frozenset((".git", "git~1"))
_KINDS: Final[Mapping[bytes, str]] = {b"040000": "folder", b"120000": "link", b"160000": "submodule"}


class TreeRefusedError(Exception):
    """The commit exceeds the limits or has unsafe names; the text is for the developer."""


@dataclass(frozen=True)
class Blob:
    """One regular file: its path as it is shown, its object and size in bytes."""

    path: str
    oid: str
    size: int


@dataclass
class Listing:
    """What the commit holds: regular files by path, and everything else with its kind (folder, link, submodule).

    `links` has the objects that hold the texts of the links, and the commits of the submodules.
    """

    files: dict[str, Blob] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    links: dict[str, Blob] = field(default_factory=dict)


class GitTree:
    """The regular files of one commit.

    A path can be shown as it is: bytes that are not UTF-8 and control characters are escaped, and names too long for
    file systems are shortened. `folder` writes our own copy at the first call, under the same paths. `workspace` is the
    job's own folder: everything below it is deleted with the checkout.
    """

    def __init__(
        self, *, commit: str, tree: str, listing: Listing, open_objects: Callable[[], Child], folder: Path
    ) -> None:
        self.commit = commit
        self.tree = tree
        self.listing = listing
        self.workspace = folder
        self._files = listing.files
        self._others = listing.others
        self._open_objects = open_objects
        self._folder = folder / INSIDE / "files"
        self._written = False
        self._objects: _Objects | None = None
        self._lock = threading.RLock()

    def paths(self) -> Sequence[str]:
        """Return the paths of all regular files, in Git's order."""
        return list(self._files)

    def size(self, path: str) -> int:
        """Return the size of a file in bytes; KeyError when there is none."""
        return self._files[path].size

    def read(self, path: str, limit: int | None = None) -> bytes:
        """Return a file's content, at most `limit` bytes of it; KeyError when there is none."""
        blob = self._files[path]
        with self._lock:
            return b"".join(self._content(blob, limit=limit))

    def kind(self, path: str) -> str | None:
        """Return what is at a path: file, folder, link, submodule, or None."""
        return "file" if path in self._files else self._others.get(path)

    def others(self, kind: str) -> Sequence[str]:
        """Return the paths of all entries of another kind: folder, link or submodule."""
        return [path for path, found in self._others.items() if found == kind]

    def target(self, path: str) -> str:
        """Return the target of a link as it is shown, empty when it is too long, or the commit of a submodule.

        Raises KeyError for everything else.
        """
        link = self.listing.links[path]
        if self._others[path] == "submodule":
            return link.oid
        if link.size > links.MAX_TARGET:
            return ""
        with self._lock:
            raw = b"".join(self._content(link, limit=None))
        return "/".join(shown_name(name) for name in raw.split(b"/"))

    def folder(self) -> Path:
        """Return our own copy of the files, without links, submodules and `.git`, written at the first call.

        Raises OSError when the disk is full. The copy is writable and is deleted with the checkout.
        """
        with self._lock:
            if not self._written:
                self._write()
                self._written = True
        return self._folder

    def close(self) -> None:
        """End the program that reads objects."""
        with self._lock:
            if self._objects is not None:
                self._objects.close()
                self._objects = None

    def _content(self, blob: Blob, *, limit: int | None) -> Iterator[bytes]:
        if self._objects is None:
            self._objects = _Objects(self._open_objects())
        try:
            yield from self._objects.blob(blob, limit=limit)
        except BaseException:
            # After an error, the stream is at an unknown position; the next reader gets a new one.
            self.close()
            raise

    def _write(self) -> None:
        """Write every file below the folder; paths were made safe when they were listed, and links are never
        written."""
        # A copy left by an earlier process may be incomplete, or changed by a scanner.
        remove(self._folder)
        self._folder.mkdir(mode=0o700, parents=True)
        made: set[str] = set()
        for path, blob in self._files.items():
            parent = path.rpartition("/")[0]
            if parent not in made:
                (self._folder / parent).mkdir(mode=0o700, parents=True, exist_ok=True)
                made.add(parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(self._folder / path, flags, 0o600), "wb") as file:
                for chunk in self._content(blob, limit=None):
                    file.write(chunk)


class _Objects:
    """A running `git cat-file --batch`: reads one object after the other."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._chunks = child.chunks()
        self._buffer = b""

    def blob(self, blob: Blob, *, limit: int | None) -> Iterator[bytes]:
        """Yield a blob's content in pieces, at most `limit` bytes; the rest is read and thrown away.

        Raises ProcessError when git returns something other than it announced in the listing.
        """
        self._child.send(blob.oid.encode() + b"\n")
        header = self._line().split(b" ")
        if len(header) != 3 or header[1] != b"blob" or int(header[2]) != blob.size:
            raise ProcessError("an object is not what the listing said")
        wanted = blob.size if limit is None else min(limit, blob.size)
        left = blob.size
        while left:
            piece = self._piece(left)
            left -= len(piece)
            if wanted:
                yield piece[:wanted]
                wanted -= len(piece[:wanted])
        if self._piece(1) != b"\n":
            raise ProcessError("an object has the wrong length")

    def close(self) -> None:
        self._child.__exit__(None, None, None)

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _piece(self, most: int) -> bytes:
        if not self._buffer:
            self._fill()
        piece, self._buffer = self._buffer[:most], self._buffer[most:]
        return piece

    def _fill(self) -> None:
        try:
            self._buffer += next(self._chunks)
        except StopIteration as error:
            raise ProcessError("git ended before the object did") from error


def list_files(rows: Iterator[bytes], *, settings: EngineSettings) -> Listing:
    """Read the output of `git ls-tree -r -t -l -z` row by row and stop at the first limit that is exceeded.

    Raises TreeRefusedError that says what is too many, too large, too deep, too long or unsafe.
    """
    listing = Listing()
    for row in rows:
        head, _, raw = row.partition(b"\t")
        parts = head.split()
        if len(parts) != 4 or not raw:
            raise TreeRefusedError("The commit of the tag cannot be read: its list of files is damaged.")
        mode, _, oid, size = parts
        path = _shown_path(raw, settings=settings)
        if path in listing.files or path in listing.others:
            path = f"{path}~{oid.decode()[:12]}"
        kind = _KINDS.get(mode)
        if kind is not None:
            listing.others[path] = kind
            if kind != "folder":
                listing.links[path] = Blob(path, oid.decode("ascii"), _size(size) if kind == "link" else 0)
        else:
            _add(listing, Blob(path, oid.decode("ascii"), _size(size)), settings=settings)
        if len(listing.files) > settings.max_files or len(listing.others) > settings.max_files:
            raise TreeRefusedError(f"The repository has too many files: more than {settings.max_files}.")
    return listing


def _add(listing: Listing, blob: Blob, *, settings: EngineSettings) -> None:
    if blob.size > settings.max_file_bytes:
        raise TreeRefusedError(
            f"The file {blob.path} is too large: {_megabytes(blob.size)}, and the limit is"
            f" {_megabytes(settings.max_file_bytes)} for one file."
        )
    listing.files[blob.path] = blob
    listing.bytes += blob.size
    if listing.bytes > settings.max_tree_bytes:
        raise TreeRefusedError(
            f"The repository is too large: its files have more than {_megabytes(settings.max_tree_bytes)}."
        )


def _size(text: bytes) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise TreeRefusedError("The commit of the tag cannot be read: a file is missing in the repository.") from error


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _shown_path(raw: bytes, *, settings: EngineSettings) -> str:
    """Return a path as text that is safe to show and to write; raise TreeRefusedError for names that never can be."""
    names = raw.split(b"/")
    if len(names) > settings.max_depth:
        raise TreeRefusedError(
            f"The folders of the repository are nested too deep: more than {settings.max_depth} levels."
        )
    shown = "/".join(_shown_name(name) for name in names)
    if len(shown.encode()) > _MAX_PATH:
        raise TreeRefusedError(f"A path in the repository is too long: more than {_MAX_PATH} bytes.")
    return shown


def _shown_name(raw: bytes) -> str:
    """Return the name of an entry as text; raise TreeRefusedError for one that can never be safe."""
    if raw in (b"", b".", b".."):
        raise TreeRefusedError("The repository contains a file whose name leads out of its folder.")
    text = raw.decode("utf-8", "surrogateescape")
    plain = "".join(sign for sign in text if unicodedata.category(sign) != "Cf").lower().rstrip(". ").partition(":")[0]
    if plain in _GIT_FOLDERS:
        raise TreeRefusedError("The repository contains a file or folder with the name of Git's own folder .git.")
    return shown_name(raw)


def shown_name(raw: bytes) -> str:
    """Return one name of a path as text that can be shown: unprintable characters escaped, and not too long."""
    text = raw.decode("utf-8", "surrogateescape")
    if not text.isascii() or not text.isprintable():
        text = "".join(_shown_sign(sign) for sign in text)
    if len(text.encode()) > _MAX_NAME:
        digest = hashlib.sha256(raw).hexdigest()[:16]
        text = text.encode()[: _MAX_NAME - 17].decode("utf-8", "ignore") + "~" + digest
    return text


def _shown_sign(sign: str) -> str:
    """Return a character, or its escape when it is a broken byte, a control or a bidirectional character."""
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return sign


def unescaped(path: str) -> str:
    """Return a path with the characters for which `shown_name` wrote escapes; broken bytes stay escapes."""
    return _ESCAPE.sub(lambda hit: chr(int(hit[1] or hit[2], 16)), path)


def rows_of(chunks: Iterator[bytes], *, longest: int = 1_000_000) -> Iterator[bytes]:
    """Split a stream at its NUL bytes; raise TreeRefusedError when a row has no end."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        *rows, rest = rest.split(b"\0")
        yield from rows
        if len(rest) > longest:
            raise TreeRefusedError("A path in the repository is too long.")


OBJECT_LIMITS: Final = Limits(output=1 << 50, cpu_seconds=300)
LISTING_LIMITS: Final = Limits(output=256_000_000, cpu_seconds=30)

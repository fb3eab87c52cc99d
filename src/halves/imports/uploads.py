"""Files that colleagues hand over, kept under names of ours in folders of ours."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.utils.translation import gettext as _

from halves.imports.errors import UploadRefused
from halves.imports.models import ImportRun
from halves.place import arriving

MOST_BYTES = 2 * 2**30
_LONGEST_ARRIVAL = timedelta(days=1)
_MOST_UNPACKED = 8 * 2**30
_KINDS = {".csv": "text", ".tsv": "text", ".txt": "text", ".xlsx": "zip", ".parquet": "parquet"}
_OTHERS = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "Excel 97"),
    (b"PAR1", "Parquet"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
)


def folder_of(key: int) -> Path:
    """Where the file of an import lies."""
    return settings.PLACE.home / "uploads" / str(int(key))


def plain_name(said: str) -> str:
    """What someone called a file, to be shown: no folders, no control characters.

    >>> plain_name("../../etc/pass\\x00wd.csv")
    'passwd.csv'
    """
    last = said.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:200] or "?"


def called(name: str) -> str:
    """A short name for a recipe, made of what a file is called.

    >>> called("Leads, März (2).csv")
    'Leads_M_rz_2'
    """
    stem = name.rpartition(".")[0] or name
    return re.sub(r"\W+", "_", stem, flags=re.ASCII).strip("_")[:40] or "upload"


@contextmanager
def draft_folder() -> Iterator[Path]:
    """A folder for a file that is arriving; it goes, unless `placed` moved it."""
    folder = Path(mkdtemp(prefix="draft-", dir=arriving(settings.PLACE.home)))
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


def placed(draft: Path, key: int) -> None:
    """Move a draft to where the file of an import lies."""
    folder = folder_of(key)
    folder.parent.mkdir(parents=True, exist_ok=True)
    rmtree(folder, ignore_errors=True)  # of a key that a crash kept from being given
    draft.rename(folder)


def sweep(at: datetime) -> None:
    """Remove what a crash left: files that never arrived whole, and those of no import."""
    old = at - _LONGEST_ARRIVAL
    home = settings.PLACE.home
    known = {str(key) for key in ImportRun.objects.values_list("pk", flat=True)}
    lost = [one for one in home.glob("uploads/*") if one.name not in known]
    for one in [*arriving(home).iterdir(), *lost]:
        try:
            if datetime.fromtimestamp(one.stat().st_mtime, UTC) > old:
                continue
        except FileNotFoundError:  # it arrived at this moment
            continue
        if one.is_dir():
            rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)


def kept(folder: Path, name: str, chunks: Iterable[bytes]) -> Path:
    """Write a file down.

    Raises:
        UploadRefused: it is empty, too large, or not what its name says.
    """
    ending = Path(name).suffix.lower()
    if ending not in _KINDS:
        raise UploadRefused(
            _("%(name)s: halves reads %(kinds)s.") % {"name": name, "kinds": ", ".join(_KINDS)}
        )
    path, size = folder / f"upload{ending}", 0
    with path.open("wb") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_BYTES:
                raise UploadRefused(_("%(name)s is larger than 2 GB: divide it.") % {"name": name})
            out.write(chunk)
    if not size:
        raise UploadRefused(_("%(name)s is empty.") % {"name": name})
    _check(path, name, _KINDS[ending])
    return path


def _check(path: Path, name: str, kind: str) -> None:
    """Refuse what begins otherwise than its name says."""
    with path.open("rb") as file:
        begins = file.read(4096)
    seen = next((what for mark, what in _OTHERS if begins.startswith(mark)), "")
    is_wide = begins.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16, where every other byte is 0
    wrong = {
        "text": bool(seen and seen != "EXE") or (b"\0" in begins and not is_wide),
        "zip": seen != "ZIP",
        "parquet": seen != "Parquet",
    }[kind]
    if wrong:
        what = seen or _("another kind of file")
        words = _("%(name)s is not what its name says: it is %(what)s. Export it as CSV again.")
        raise UploadRefused(words % {"name": name, "what": what})
    if kind == "zip":
        _check_unpacked(path, name)


def _check_unpacked(path: Path, name: str) -> None:
    try:
        with ZipFile(path) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except BadZipFile:
        raise UploadRefused(_("%(name)s is a workbook that is torn.") % {"name": name}) from None
    if size > _MOST_UNPACKED:
        raise UploadRefused(_("%(name)s unpacks to more than 8 GB.") % {"name": name})

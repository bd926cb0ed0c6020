"""Damage is named with the first record concerned; what was promised and is whole is always there."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.server.test_journal import entry, read, write
from walkdown.errors import JournalError
from walkdown_server.journal import Entry, Head, Store
from walkdown_server.journal.heads import (
    GROUP_MAX,
    HEAD_SIZE,
    MAGIC_1,
    MAGIC_2,
    ROW_SIZES,
    pack_head,
    read_heads,
    signed,
)
from walkdown_server.journal.reading import Reading
from walkdown_server.journal.records import HEADER_SIZE, MAGIC, chain, first_hash, pack_entry, pack_header
from walkdown_server.journal.store import read_folder
from walkdown_server.keys import ServerKey

GROUPS = ((1, 2), (3,), (4, 5, 6), (7,))
COUNT = 7
EXPECTED = [entry(number) for number in range(1, COUNT + 1)]
FLIPS = 1000


@pytest.fixture
def key(tmp_path: Path) -> ServerKey:
    return ServerKey.of_folder(tmp_path)


@pytest.fixture
def kept(tmp_path: Path, key: ServerKey) -> Path:
    """A journal of seven records in four signed commits."""
    folder = tmp_path / "kept"
    store = Store(folder, key)
    for group in GROUPS:
        store.append([entry(number) for number in group])
    store.close()
    return folder


def ends_of(folder: Path) -> list[int]:
    """Return where each record ends, by the file as it is now."""
    data = (folder / "journal").read_bytes()
    at, ends = Head(0, HEADER_SIZE, first_hash(data[:HEADER_SIZE])), []
    for one in EXPECTED:
        own_hash = chain(at.hash, one)
        at = Head(one.number, at.end + len(pack_entry(one, own_hash)), own_hash)
        ends.append(at.end)
    return ends


def open_damaged(folder: Path) -> Store:
    """Open a damaged journal; nothing is written to its files, nor beside them."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    store = Store(folder)
    store.close()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    return store


@pytest.mark.parametrize("name", ["journal", "heads"])
def test_every_flipped_byte_is_found_and_named(kept: Path, name: str) -> None:
    whole = (kept / name).read_bytes()
    shutil.rmtree(kept / "lock", ignore_errors=True)
    for offset in range(len(whole)):
        damaged = bytearray(whole)
        damaged[offset] ^= 0x10
        (kept / name).write_bytes(damaged)
        store = open_damaged(kept)
        assert store.fault is not None, offset
        assert store.fault.file == name
        assert f"{name}: " in store.read_only
        assert "restore" in store.read_only
        assert store.entries == EXPECTED[: len(store.entries)]
        if name == "journal" and offset >= HEADER_SIZE:
            concerned = 1 + sum(end <= offset for end in ends_of(kept))
            assert store.fault.record == concerned
            assert len(store.entries) == concerned - 1
            assert f"record {concerned} at byte" in store.read_only
        else:
            assert store.entries == EXPECTED
    (kept / name).write_bytes(whole)
    assert read(kept) == EXPECTED


@pytest.mark.parametrize("name", ["journal", "heads"])
def test_a_thousand_random_flips_change_no_record_or_are_reported(kept: Path, name: str) -> None:
    chance = random.Random(name)
    whole = (kept / name).read_bytes()
    for _ in range(FLIPS):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (kept / name).write_bytes(data)
        found = read_folder(kept, all_signatures=True)
        assert found.entries == EXPECTED[: len(found.entries)]
        if bytes(data) != whole:
            assert found.faults
            assert 1 <= found.faults[0].record <= COUNT
        assert len(found.entries) == COUNT or found.faults[0].record <= len(found.entries) + 1


def test_a_journal_cut_at_every_byte_keeps_every_record_of_an_intact_head(kept: Path) -> None:
    whole, ends = (kept / "journal").read_bytes(), ends_of(kept)
    for size in range(len(whole)):
        (kept / "journal").write_bytes(whole[:size])
        store = open_damaged(kept)
        left = sum(end <= size for end in ends)
        assert store.entries == EXPECTED[:left]
        assert store.fault
        assert (store.fault.record, store.fault.last) == (1 if size < HEADER_SIZE else left + 1, COUNT)


def test_a_cut_between_records_names_all_that_were_acknowledged_and_are_missing(kept: Path) -> None:
    (kept / "journal").write_bytes((kept / "journal").read_bytes()[: ends_of(kept)[1]])
    store = open_damaged(kept)
    assert "the records 3 to 7 were acknowledged and are missing" in store.read_only


def test_a_torn_tail_after_the_last_head_is_set_aside_at_every_length(kept: Path, tmp_path: Path) -> None:
    store = Store(kept)
    store.append([entry(8, b"never acknowledged"), entry(9)])
    store.close()
    longer, heads = (kept / "journal").read_bytes(), (kept / "heads").read_bytes()[:-HEAD_SIZE]
    start, counts = ends_of(kept)[-1], set()
    for size in range(start, len(longer)):
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "journal").write_bytes(longer[:size])
        (folder / "heads").write_bytes(heads)
        entries = read(folder)
        counts.add(len(entries))
        assert entries[:COUNT] == EXPECTED
        if size > start and len(entries) == COUNT:
            assert (folder / "journal.torn").read_bytes() == longer[start:size]
        assert read(folder) == entries
    assert counts == {COUNT, COUNT + 1}


def test_what_counts_after_the_last_head_is_promised_from_then_on(kept: Path, key: ServerKey) -> None:
    (kept / "heads").write_bytes((kept / "heads").read_bytes()[:-HEAD_SIZE])
    inode = (kept / "journal").stat().st_ino
    store = Store(kept, key)
    store.close()
    assert store.entries == EXPECTED
    assert read_heads((kept / "heads").read_bytes()).heads[-1].number == COUNT
    assert (kept / "journal").stat().st_ino != inode


def test_heads_cut_at_every_byte_lose_no_record(kept: Path) -> None:
    heads, journal = (kept / "heads").read_bytes(), (kept / "journal").read_bytes()
    for size in range(HEADER_SIZE, len(heads)):
        (kept / "heads").write_bytes(heads[:size])
        (kept / "journal").write_bytes(journal)
        assert read(kept) == EXPECTED


def test_heads_cut_in_their_header_are_refused_with_the_way_to_restore(kept: Path) -> None:
    heads = (kept / "heads").read_bytes()
    for size in range(HEADER_SIZE):
        (kept / "heads").write_bytes(heads[:size])
        with pytest.raises(JournalError, match=r"heads: byte 0.*restore journal and heads from one backup"):
            Store(kept)
        assert (kept / "heads").read_bytes() == heads[:size]


def test_heads_cut_by_more_than_a_commit_are_noticed(tmp_path: Path, key: ServerKey) -> None:
    store = Store(tmp_path / "long", key)
    for start in range(1, 2 * GROUP_MAX, GROUP_MAX // 2):
        store.append([entry_of(n) for n in range(start, start + GROUP_MAX // 2)])
    store.close()
    heads = tmp_path / "long" / "heads"
    heads.write_bytes(heads.read_bytes()[: HEADER_SIZE + HEAD_SIZE])
    found = read_folder(tmp_path / "long")
    assert [(fault.record, fault.last) for fault in found.faults] == [(GROUP_MAX // 2 + 1, 2 * GROUP_MAX)]
    assert len(found.entries) == 2 * GROUP_MAX


def entry_of(number: int) -> Entry:
    return Entry(number, number, "ada", "note", b"x", bytes(16))


def test_a_head_that_was_never_written_whole_does_not_count(kept: Path, tmp_path: Path) -> None:
    whole = (kept / "heads").read_bytes()
    last = whole[-HEAD_SIZE:]
    for tail in (b"", bytes(HEAD_SIZE), bytes(2 * HEAD_SIZE), last[:-1], last[:60]):
        (kept / "heads").write_bytes(whole[:-HEAD_SIZE] + tail)
        assert read(kept) == EXPECTED
    rows = b"".join(pack_head(Head(n, 100 * n, bytes([n]) * 32)) for n in range(1, 4))
    data = pack_header(MAGIC_2, bytes(16)) + rows
    torn = data[:512].ljust(HEADER_SIZE + 4 * HEAD_SIZE, b"\0")
    assert not read_heads(torn + pack_head(Head(9, 1, bytes(32)))[:0]).bad


def test_a_row_that_a_power_cut_tore_at_a_sector_is_no_damage() -> None:
    rows = [pack_head(Head(n, 100 * n, b"h" * 32, b"k" * 32, b"s" * 64)) for n in range(1, 5)]
    data = pack_header(MAGIC_2, bytes(16)) + b"".join(rows)
    assert HEADER_SIZE + 3 * HEAD_SIZE < 512 < len(data)
    torn = read_heads(data[:512] + bytes(len(data) - 512))
    assert [head.number for head in torn.heads] == [1, 2, 3]
    assert torn.bad == ()
    flipped = bytearray(data)
    flipped[520] ^= 1
    assert [bad.after for bad in read_heads(bytes(flipped)).bad] == [3]


def test_a_journal_without_its_heads_is_refused(kept: Path) -> None:
    (kept / "heads").unlink()
    with pytest.raises(JournalError, match="heads is missing; restore it from a backup"):
        Store(kept)


def test_heads_without_their_journal_name_all_records_as_missing(kept: Path) -> None:
    (kept / "journal").unlink()
    store = open_damaged(kept)
    assert store.entries == []
    assert store.fault
    assert (store.fault.record, store.fault.last) == (1, COUNT)


def test_heads_of_another_journal_are_refused(kept: Path, tmp_path: Path) -> None:
    write(tmp_path / "other", [entry(1)])
    shutil.copy(tmp_path / "other" / "heads", kept / "heads")
    with pytest.raises(JournalError, match="belongs to another journal"):
        Store(kept)


def test_both_headers_damaged_is_refused(kept: Path) -> None:
    for name in ("journal", "heads"):
        data = bytearray((kept / name).read_bytes())
        data[25] ^= 1
        (kept / name).write_bytes(data)
    with pytest.raises(JournalError, match="both damaged"):
        Store(kept)


def test_records_put_in_the_place_of_others_are_found(kept: Path, tmp_path: Path) -> None:
    journals = {}
    for name, texts in (("a", (b"one", b"two")), ("b", (b"uno", b"due"))):
        shutil.copytree(kept, tmp_path / name)
        store = Store(tmp_path / name)
        store.append([entry(8, texts[0]), entry(9, texts[1])])
        store.close()
        journals[name] = tmp_path / name / "journal"
    shutil.copy(journals["b"], journals["a"])
    store = open_damaged(tmp_path / "a")
    assert "the records 8 to 9 are not those that were acknowledged" in store.read_only
    assert store.entries == EXPECTED


# ---- signatures --------------------------------------------------------------------------------------


def test_each_commit_is_signed_by_the_servers_key(kept: Path, key: ServerKey) -> None:
    heads = read_heads((kept / "heads").read_bytes()).heads
    assert [head.number for head in heads] == [group[-1] for group in GROUPS]
    assert {head.key for head in heads} == {key.public}
    assert read_folder(kept, all_signatures=True).faults == ()


def _rewritten(kept: Path, change: int, **replaced: bytes) -> Reading:
    """Rewrite a head with a right checksum, as somebody would who wants it to look well."""
    data = (kept / "heads").read_bytes()
    file = read_heads(data)
    rows = [
        Head(
            head.number,
            head.end,
            head.hash,
            replaced.get("key", head.key) if index == change else head.key,
            replaced.get("signature", head.signature) if index == change else head.signature,
        )
        for index, head in enumerate(file.heads)
    ]
    (kept / "heads").write_bytes(data[:HEADER_SIZE] + b"".join(map(pack_head, rows)))
    return read_folder(kept, all_signatures=True)


def test_a_signature_that_is_not_by_its_key_is_named_with_the_records_it_promises(kept: Path) -> None:
    found = _rewritten(kept, 2, signature=bytes(range(64)))
    assert [(fault.record, fault.last) for fault in found.faults] == [(4, 6)]
    assert "record 6 is not signed by the key" in found.faults[0].text
    assert Store(kept).fault is None


def test_the_last_signature_is_checked_whenever_a_journal_is_opened(kept: Path) -> None:
    _rewritten(kept, 3, signature=bytes(64))
    assert "is not signed by the key" in open_damaged(kept).read_only


def test_a_key_that_is_none_is_a_fault_and_not_a_crash(kept: Path) -> None:
    found = _rewritten(kept, 3, key=b"\xff" * 32)
    assert [fault.record for fault in found.faults] == [7]


def test_a_signature_belongs_to_one_journal(kept: Path, key: ServerKey) -> None:
    head = read_heads((kept / "heads").read_bytes()).heads[-1]
    assert signed(head, b"another journal!", key).signature != head.signature


def test_another_key_may_go_on_with_a_journal(kept: Path, tmp_path: Path) -> None:
    other = ServerKey.of_folder(tmp_path / "elsewhere")
    store = Store(kept, other)
    store.append([entry(8)])
    store.close()
    found = read_folder(kept, all_signatures=True)
    assert found.faults == ()
    assert len({head.key for head in found.heads}) == 2


# ---- version 1 ---------------------------------------------------------------------------------------


def _as_version_1(folder: Path) -> bytes:
    """Write heads as version 1 did: without keys and signatures."""
    journal = (folder / "journal").read_bytes()
    identity = journal[len(MAGIC) : len(MAGIC) + 16]
    heads = read_heads((folder / "heads").read_bytes()).heads
    rows = []
    for head in heads:
        row = pack_head(head)[:48]
        rows.append(row + _crc(row))
    data = pack_header(MAGIC_1, identity) + b"".join(rows)
    assert len(data) == HEADER_SIZE + len(heads) * ROW_SIZES[1]
    (folder / "heads").write_bytes(data)
    return data


def _crc(data: bytes) -> bytes:
    import zlib

    return zlib.crc32(data).to_bytes(4, "little")


def test_heads_of_version_1_are_read_and_become_version_2(kept: Path, key: ServerKey) -> None:
    old = _as_version_1(kept)
    assert read_folder(kept).entries == EXPECTED
    store = Store(kept, key)
    assert store.entries == EXPECTED
    store.append([entry(8)])
    store.close()
    assert (kept / "heads.1").read_bytes() == old
    found = read_folder(kept, all_signatures=True)
    assert (found.version, found.faults, len(found.entries)) == (2, (), 8)
    assert [bool(head.key) for head in found.heads] == [False] * 4 + [True]


def test_damage_in_heads_of_version_1_is_named_and_they_stay_as_they_are(kept: Path) -> None:
    whole = _as_version_1(kept)
    for offset in range(len(whole)):
        data = bytearray(whole)
        data[offset] ^= 4
        (kept / "heads").write_bytes(data)
        store = open_damaged(kept)
        assert store.fault
        assert store.entries == EXPECTED

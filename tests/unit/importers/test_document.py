"""Reading a schedule file as JSON, and where its values stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.importers.files import document
from jobs.importers.files.document import Document
from jobs.importers.files.problems import UnreadableFile

COMMENTED = """// the documented sample
{
  "jobs": [ /* two
               lines */
    {"url": "http://example.org/*x*/", // the rest
     "list": [1,
              {"deep": 2}]}
  ]
}
"""


def refusal(text: str) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        Document("schedule.json", text)
    return caught.value


def test_comments_are_accepted_and_strings_that_look_like_them_stay() -> None:
    jobs = Document("x", COMMENTED).value["jobs"]
    assert jobs == [{"url": "http://example.org/*x*/", "list": [1, {"deep": 2}]}]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (2, 1)),
        (("jobs",), (3, 11)),
        (("jobs", 0), (5, 5)),
        (("jobs", 0, "url"), (5, 13)),
        (("jobs", 0, "list", 1, "deep"), (7, 24)),
    ],
)
def test_every_value_knows_its_line_and_column(
    path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    assert Document("x", COMMENTED).position(path) == place


def test_the_place_of_a_missing_value_is_that_of_the_value_around_it() -> None:
    read = Document("x", COMMENTED)
    assert read.position(("jobs", 0, "params", "message")) == read.position(("jobs", 0))
    assert read.position(("jobs", 7)) == read.position(("jobs",))


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"a": 1,\n "b": {"c": 1, "c": 2}}', 2, 16, "the key 'c' stands twice"),
        ('{"a": [{"x": 1}],\n "a": 2}', 2, 2, "the key 'a' stands twice"),
        ("", 1, 1, "the file is empty"),
        ('{"a": 1,\n}', 2, 1, "the comma before it is one too many"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ('{"a": 1, # why\n "b": 2}', 1, 10, "comments begin with //"),
        ('{"a": 1 /* why }', 1, 9, "this comment has no end"),
        ('{"a": 1}\n{}', 2, 1, "extra data"),
        ('{"a": "x\n"}', 1, 9, "control character"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_hint(
    text: str, line: int, column: int, words: str
) -> None:
    error = refusal(text)
    assert words in str(error)
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize("text", ["[" * 65 + "]" * 65, '{"a":' * 100_000, "[" * 100_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert "nested more than 64 levels deep" in str(refusal(text))


def test_nesting_within_the_limit_is_read() -> None:
    assert Document("x", "[" * 64 + "]" * 64).value


@pytest.mark.parametrize("text", ['{"a": NaN}', "[Infinity]", "[-Infinity]"])
def test_numbers_that_json_does_not_have_are_refused(text: str) -> None:
    assert "is not a JSON number" in str(refusal(text))


def test_a_number_with_thousands_of_digits_is_refused() -> None:
    assert "too many digits" in str(refusal("9" * 5000))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "schedule.json"
    path.write_bytes(b"\xef\xbb\xbf[]")
    assert document.read(path).value == []


def test_text_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "schedule.json"
    path.write_bytes('[\n"Grüße"]'.encode("latin-1"))
    with pytest.raises(UnreadableFile, match="not UTF-8") as caught:
        document.read(path)
    assert caught.value.line == 2


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        document.read(tmp_path / "none.json")
    with pytest.raises(UnreadableFile, match="directory"):
        document.read(tmp_path)


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(document.MOST_BYTES + 1)
    with pytest.raises(UnreadableFile, match="larger than 64 MB"):
        document.read(path)


def test_a_file_is_known_by_its_path_and_not_by_what_a_link_points_to(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("[]")
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    assert document.read(link).source == str(link)


@given(st.text())
def test_any_text_is_read_or_refused_and_never_breaks_the_reader(text: str) -> None:
    try:
        read = Document("x", text)
    except UnreadableFile:
        return
    assert read.position(("jobs", 0, "name"))[0] >= 1


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)


@given(values)
def test_positions_lead_back_to_the_values(value: object) -> None:
    text = json.dumps(value, indent=1)
    read = Document("x", text)
    assert read.value == value
    lines = text.split("\n")
    for path, found in _walk(value):
        line, column = read.position(path)
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert json.JSONDecoder().raw_decode(rest)[0] == found


def _walk(
    value: object, path: tuple[str | int, ...] = ()
) -> list[tuple[tuple[str | int, ...], object]]:
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [
        (path, value),
        *(pair for step, below in children for pair in _walk(below, (*path, step))),
    ]

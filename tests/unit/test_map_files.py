"""Drawings: maps of fixed lines, and map files, of which a broken one is refused in one sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.map_drawing import Drawer, counts

from coterie.config import ConfigError
from coterie.games.grid.maps import AsciiMap, load_map


@pytest.fixture(scope="session")
def drawer(request: pytest.FixtureRequest) -> Drawer:
    return Drawer(request.config.cache.mkdir("map_driver"), ("wall", "altar", "mine"), ("cogs",))


def test_a_drawing_is_drawn(drawer: Drawer) -> None:
    drawn = AsciiMap(map_data=("####", "#@a#", "#. #", "####"), legend={"a": "altar"})
    (rows,) = drawer.draw(drawn)
    assert drawn.size == (4, 4)
    assert rows[1] == ["wall", "agent.cogs", "altar", "wall"] and rows[2] == [
        "wall",
        "empty",
        "empty",
        "wall",
    ]
    (four,) = drawer.draw(drawn.as_mapgen(instances=4, border_width=2, instance_border_width=1))
    assert counts(four)["altar"] == 4 and len(four) == 13


def test_ragged_or_unnamed_drawings_are_refused() -> None:
    with pytest.raises(ConfigError, match="row 2 has 1 cells, the first has 2"):
        AsciiMap(map_data=("##", "#"))
    with pytest.raises(ConfigError, match="row 1, column 2: the legend has no 'q'"):
        AsciiMap(map_data=("#q",))


def test_a_map_is_read_from_a_file(drawer: Drawer, tmp_path: Path) -> None:
    file = tmp_path / "a.map"
    file.write_text("legend\n_ altar\n~ mine\nmap\n#####\n#@_~#\n#####\n\n")
    (rows,) = drawer.draw(load_map(file))
    assert rows[1] == ["wall", "agent.cogs", "altar", "mine", "wall"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", ":1: a map file starts"),
        (b"###\n", ":1: a map file starts"),
        (b"legend\n_ altar\n", ":2: the legend is not followed"),
        (b"legend\n_altar\nmap\n#\n", ":2: '_altar' is not"),
        (b"legend\n_ altar\n_ mine\nmap\n#\n", ":3: the legend names '_' twice"),
        (b"map\n", ":1: no drawing"),
        (b"map\n###\n##\n", ":3: this row has 2 cells, the first has 3"),
        (b"map\n###\n#a#\n", ":3: 'a' is not in the legend"),
        (b"map\n###\n\xff##\n", ":3: this is not text"),
    ],
)
def test_a_broken_map_is_one_sentence_with_its_line(tmp_path: Path, text: bytes, said: str) -> None:
    file = tmp_path / "broken.map"
    file.write_bytes(text)
    with pytest.raises(ConfigError) as error:
        load_map(file)
    assert said in str(error.value) and "\n" not in str(error.value)


@given(
    st.binary(max_size=80) | st.text(alphabet="lmap#.@\n_ \r\x85\x0c", max_size=60).map(str.encode),
    st.booleans(),
)
def test_no_bytes_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, is_headed: bool
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.map"
    file.write_bytes(b"legend\n_ altar\nmap\n" + data if is_headed else data)
    try:
        load_map(file)
    except ConfigError as error:
        assert str(error).startswith(f"{file}:") and "\n" not in str(error)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_map(tmp_path / "none.map")

"""The caps of DESIGN §7 on files, functions, positional arguments and lines."""

from statistics import median

import pytest
from house import cpp, sizes
from house.tree import text, written

CODE = (*sizes.PYTHON, *sizes.CPP)
EVERYWHERE = ("src", "native", "tests", "benchmarks")


def test_files_stay_below_their_caps() -> None:
    lengths = sizes.file_lengths(CODE, EVERYWHERE)
    long = [f"{p}: {n} lines" for p, n in lengths.items() if n > sizes.FILE_CAP[p.suffix]]
    assert not long, "\n".join(long)


def test_functions_stay_below_the_cap() -> None:
    long = [f for f in sizes.functions(CODE, EVERYWHERE) if f.lines > sizes.FUNCTION_CAP]
    assert not long, "\n".join(f"{f}: {f.lines} lines" for f in long)


def test_functions_take_few_positional_arguments() -> None:
    many = [f for f in sizes.functions(CODE, EVERYWHERE) if f.positional > sizes.POSITIONAL_CAP]
    assert not many, "\n".join(f"{f}: {f.positional} positional arguments" for f in many)


@pytest.mark.parametrize("suffixes", [sizes.PYTHON, sizes.CPP], ids=["python", "cpp"])
def test_the_median_function_is_short(suffixes: tuple[str, ...]) -> None:
    assert median(f.lines for f in sizes.functions(suffixes, ("src", "native"))) <= sizes.FUNCTION_MEDIAN_CAP


def test_lines_stay_below_the_cap() -> None:
    long = [
        f"{path}:{number}: {len(line)} characters"
        for path in written(*CODE, under=EVERYWHERE)
        for number, line in enumerate(text(path).splitlines(), start=1)
        if len(line) > sizes.LINE_CAP
    ]
    assert not long, "\n".join(long)


SOURCE = """
namespace n {
// if (x) { not code }
struct Pair {
  Pair(int a, std::map<int, int> b) : first{a}, second(b) {
    for (int i = 0; i < a; ++i) { use(i); }
  }
 public:
  int sum() const { return first; }
  bool operator()(int a, int b = f(1, 2)) const { return a == b; }
  int table[2] = {1, 2};
};
template <class A, class B>
auto longer(A a, B b, int c) -> int {
  auto inner = [&](int x) { return x; };

  return inner(c);
}
}  // namespace n
"""


def test_the_reading_of_cpp_finds_functions() -> None:
    found = [(f.name, f.line, f.lines, f.positional) for f in cpp.functions(SOURCE)]
    assert found == [
        ("Pair", 5, 3, 2),
        ("sum", 9, 1, 0),
        ("operator()", 10, 1, 2),
        ("longer", 13, 6, 3),
    ]

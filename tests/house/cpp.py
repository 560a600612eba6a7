"""A rough reading of C++: where functions begin and end, by their braces."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BLANKED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\s]{0,16})\(.*?\)(?P=tag)"
        |"(?:\\.|[^"\\\n])*"|(?<!\w)'(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE,
)
LABEL = re.compile(r"^\s*(?:(?:public|private|protected)\s*:\s*)+")
TEMPLATE = re.compile(r"^\s*template\s*<")
NOT_A_FUNCTION = re.compile(
    r"^\s*(?:if|for|while|switch|else|do|try|catch|return|namespace|struct|class|enum|union|concept|extern)\b"
)
AFTER_PARAMETERS = re.compile(
    r"^(?:const|noexcept|override|final|mutable|&&?|->.*|requires.*|\s)*(?::(?!:).*)?$", re.DOTALL
)
NAME = re.compile(r"(operator\s*(?:\(\)|[^\s(]+)|~?\w+)\s*$")


@dataclass(frozen=True, slots=True)
class Function:
    line: int
    name: str
    lines: int
    positional: int


def blank(source: str) -> str:
    """The source with comments and literals replaced by spaces, line breaks kept."""
    return BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), source)


def directives_blanked(source: str) -> str:
    return re.sub(r"^[ \t]*#.*$", lambda m: " " * len(m.group()), source, flags=re.MULTILINE)


def closing(source: str, start: int) -> int:
    """Index of the bracket that closes the one at `start`, brackets of all three kinds paired."""
    depth = 0
    for i in range(start, len(source)):
        if source[i] in "([{":
            depth += 1
        elif source[i] in ")]}":
            depth -= 1
            if depth == 0:
                return i
    return len(source) - 1


def split_template(head: str) -> str:
    """The head less its leading `template <...>` clauses."""
    while TEMPLATE.match(head):
        depth = 0
        for i in range(head.index("<"), len(head)):
            depth += (head[i] == "<") - (head[i] == ">")
            if depth == 0:
                head = head[i + 1 :]
                break
        else:
            return head
    return head


def count_parameters(inside: str) -> int:
    """Parameters between the parentheses: commas outside any bracket, angle brackets too, plus one."""
    if inside.strip() in ("", "void"):
        return 0
    depth = commas = 0
    for i, c in enumerate(inside):
        if c in "([{" or (c == "<" and re.search(r"\w\s*$", inside[:i])):
            depth += 1
        elif c in ")]}" or (c == ">" and depth and inside[i - 1] != "-"):
            depth -= 1
        elif c == "," and depth == 0:
            commas += 1
    return commas + 1


def signature(head: str) -> tuple[str, int] | None:
    """(name, number of parameters) if a body that follows `head` is that of a function."""
    head = split_template(LABEL.sub("", head))
    if NOT_A_FUNCTION.match(head) or "(" not in head:
        return None
    # `operator()` has a pair of parentheses in its name.
    opening = head.index("(", head.index("operator()") + 10 if "operator()" in head else 0)
    end = closing(head, opening)
    name = NAME.search(head[:opening])
    if not name or "=" in head[:opening].replace("operator", "", 1).replace("==", "") or end == len(head):
        return None
    return (
        (name.group(1), count_parameters(head[opening + 1 : end]))
        if AFTER_PARAMETERS.match(head[end + 1 :])
        else None
    )


def is_member_initialiser(head: str) -> bool:
    """Whether a brace after `head` initialises a member in a constructor's list: `) : a(1), b`."""
    return bool(re.search(r"\)\s*:(?!:)[^;]*\w\s*$", head) or re.search(r"\}\s*,\s*\w+\s*$", head))


def functions(source: str) -> Iterator[Function]:
    """Functions of a C++ source that stand in namespaces and classes; lambdas belong to their function."""
    clean = directives_blanked(blank(source))
    start = i = 0
    while i < len(clean):
        c = clean[i]
        if c in ";}":
            start = i + 1
        elif c in "([":
            i = closing(clean, i)
        elif c == "{":
            head = clean[start:i]
            found = signature(head)
            if found and is_member_initialiser(head):
                i = closing(clean, i)
            elif found:
                end = closing(clean, i)
                label = LABEL.match(head)
                begin = start + (label.end() if label else len(head) - len(head.lstrip()))
                line = clean.count("\n", 0, begin) + 1
                yield Function(line, found[0], clean.count("\n", begin, end) + 1, found[1])
                i, start = end, end + 1
            else:
                start = i + 1
        i += 1

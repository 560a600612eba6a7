"""Canvas: a rectangle of styled characters that becomes lines of text, with or without colour."""

import unicodedata

RESET = "\x1b[0m"


class Canvas:
    """`height` rows of `width` cells; what is put outside is cut off. Styles are SGR codes ("1;36")."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.cells = [[" "] * width for _ in range(height)]
        self.styles = [[""] * width for _ in range(height)]

    def put(self, row: int, col: int, text: str, style: str = "") -> None:
        """Write a text from a cell to the right."""
        if not 0 <= row < self.height:
            return
        for k, character in enumerate(text):
            if 0 <= col + k < self.width:
                self.cells[row][col + k] = character
                self.styles[row][col + k] = style

    def lines(self, *, colour: bool) -> list[str]:
        """One text a row, without trailing blanks; a style change costs one escape sequence."""
        if not colour:
            return ["".join(row).rstrip() for row in self.cells]
        return [self._styled(cells, styles) for cells, styles in zip(self.cells, self.styles, strict=True)]

    @staticmethod
    def _styled(cells: list[str], styles: list[str]) -> str:
        last = max((k for k, cell in enumerate(cells) if cell != " " or styles[k]), default=-1)
        parts, now = [], ""
        for cell, style in zip(cells[: last + 1], styles, strict=False):
            if style != now:
                parts.append(RESET if not style else f"{RESET}\x1b[{style}m" if now else f"\x1b[{style}m")
                now = style
            parts.append(cell)
        return "".join(parts) + (RESET if now else "")


def single_cell(symbol: str, name: str) -> str:
    """The symbol if it is one cell wide in every terminal, else the capital of the name."""
    is_single = len(symbol) == 1 and symbol.isprintable() and not unicodedata.combining(symbol)
    if is_single and unicodedata.east_asian_width(symbol) not in ("W", "F"):
        return symbol
    return next((letter.upper() for letter in name if letter.isalnum()), "?")

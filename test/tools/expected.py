"""What a program should print, compared with what it printed. Shared by the tools of this folder."""
import difflib
import re


def matches(expected, got):
    """Line by line, where an expected line `...` stands for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if l.strip() == "..." else re.escape(l) + r"\n" for l in expected.splitlines())
    return re.fullmatch(pattern, got if got.endswith("\n") or not got else got + "\n") is not None


def difference(expected, got, limit=60):
    lines = difflib.unified_diff(expected.splitlines(), got.splitlines(), "expected", "printed", lineterm="")
    return "\n".join(list(lines)[:limit])

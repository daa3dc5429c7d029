"""Markdown files of the project as blocks of code with what is expected of them. See run_spec for the notation."""
import os
import re

# ------------------------------------------------------------------------------------------------------- the reader ---
# Just enough of chapter 01 to find top-level forms, comments and data.
DELIMS = set("()[]{}'`,;@|:\"")
CLOSER = {"(": ")", "[": "]", "{": "}", "|": "|"}
NUMBER = re.compile(r"[-+]?[0-9][0-9A-Za-z_.]*(?:(?<=[eE])[-+][0-9_]+)?")


class Malformed(Exception):
    pass


def is_symstart(c):
    return c.isalpha() or c in "_-+*/!?<>="


def end_of_symbol(t, p):
    while p < len(t):
        c = t[p]
        if c == ":" and p + 1 < len(t) and is_symstart(t[p + 1]):
            p += 1
        elif c.isspace() or c in DELIMS:
            break
        else:
            p += 1
    return p


def skip_blank(t, p, comments=None):
    """The start of the next token; comments passed on the way are collected."""
    while p < len(t):
        if t[p].isspace():
            p += 1
        elif t[p] == "#":
            q = t.find("\n", p)
            q = len(t) if q < 0 else q
            if comments is not None:
                comments.append((p, q))
            p = q
        else:
            break
    return p


def end_of_bracket(t, p, comments):
    closer = CLOSER[t[p]]
    opener, p = t[p], p + 1
    while True:
        p = skip_blank(t, p, comments)
        if p >= len(t):
            raise Malformed("unclosed %s" % opener)
        if t[p] == closer:
            return p + 1
        p = end_of_datum(t, p, comments)


def end_of_string(t, p):
    p += 1
    while p < len(t) and t[p] != '"':
        p += 2 if t[p] == "\\" else 1
    if p >= len(t):
        raise Malformed("unclosed string")
    return p + 1


def end_of_datum(t, p, comments=None):
    """The end of the datum that starts at p (blank skipped)."""
    p = skip_blank(t, p, comments)
    if p >= len(t):
        raise Malformed("a datum is missing at the end")
    c = t[p]
    if c == "@" or (c == "b" and t[p + 1:p + 2] == "["):
        if c == "@" and t[p + 1:p + 3] == "b[":
            return end_of_datum(t, p + 2, comments)
        if t[p + 1:p + 2] in ("[", "{", "|", '"'):
            return end_of_datum(t, p + 1, comments)
        return end_of_symbol(t, p + 1)
    if c in "'`;":
        return end_of_datum(t, p + 1, comments)
    if c == ",":
        return end_of_datum(t, p + (2 if t[p + 1:p + 2] == ";" else 1), comments)
    if c in CLOSER:
        return end_of_bracket(t, p, comments)
    if c == '"':
        return end_of_string(t, p)
    if c == ":":
        q = end_of_symbol(t, p + (2 if t[p + 1:p + 2] == "@" else 1))
        if q == p + 1:
            raise Malformed("a keyword without a name")
        return q
    m = NUMBER.match(t, p)
    q = m.end() if m else end_of_symbol(t, p)
    if q == p:
        raise Malformed("unexpected %r" % c)
    return q


def top_level(t):
    """([(start, end) of each form], [(start, end) of each comment between forms])"""
    forms, comments, p = [], [], 0
    while True:
        p = skip_blank(t, p, comments)
        if p >= len(t):
            return forms, comments
        inner = []
        q = end_of_datum(t, p, inner)
        for a, b in inner:
            if re.match(r"#\s*=>", t[a:b]):
                raise Malformed("'# =>' inside a form, at: %s" % t[a:b])
        forms.append((p, q))
        p = q


# ----------------------------------------------------------------------------------------------------------- blocks ---
class Check:
    def __init__(self, line, form, span, text):
        self.line, self.form, self.span = line, form, span
        self.kind, self.text, self.datum = parse_expected(text)


def parse_expected(text):
    """('value' or 'error', the text without its remark, the datum or None)"""
    m = re.fullmatch(r"error(?:\s+(:\S+))?(?:\s{2,}(?:-- |\().*)?", text, re.S)
    if m:
        return "error", text, m.group(1)
    try:
        q = end_of_datum(text, 0)
    except Malformed:
        return "value", text, None
    rest = text[q:]
    if not rest.strip() or re.match(r"\s{2,}(-- |\(.*\)\s*$)", rest, re.S):
        return "value", text[:q], text[:q]
    m = re.match(r"(.*?)\s{2,}(?:-- .*|\([^()]*\)\s*)$", text, re.S)
    return "value", m.group(1) if m else text.strip(), None


class Block:
    """kind: example, literate, program, console, session, norun or file."""

    def __init__(self, path, kind, line, text):
        self.path, self.kind, self.line, self.text = path, kind, line, text
        self.problem, self.checks, self.before, self.files, self.options = None, [], [], {}, {}
        self.output = None  # what it prints, if that is shown
        if kind in ("console", "session"):
            return
        for l in text.split("\n"):
            m = re.match(r"#\s*(prelude|continues|file|exit|stderr)\b:?\s*(.*?)\s*$", l)
            if m:
                self.options[m.group(1)] = m.group(2)
            elif l.strip() and not l.startswith("#"):
                break
        if kind == "example" and "file" in self.options:
            self.kind = "file"
        if self.kind in ("example", "literate"):
            try:
                self.find_checks()
            except Malformed as e:
                self.problem = "malformed example: %s" % e

    def where(self, line=None):
        return "%s:%d" % (self.path, line or self.line)

    def line_at(self, pos):
        return self.line + self.text.count("\n", 0, pos)

    def find_checks(self):
        t = self.text
        forms, comments = top_level(t)
        done = None
        for i, (a, b) in enumerate(comments):
            m = re.match(r"#+\s*=>\s*", t[a:b])
            if not m:
                continue
            text = continued(t, a + m.end(), b, comments[i + 1:])
            before = [f for f in forms if f[1] <= a]
            if not before:
                raise Malformed("'# =>' without a form")
            if before[-1] == done:
                raise Malformed("two '# =>' for one form, line %d" % self.line_at(a))
            done = before[-1]
            self.checks.append(Check(self.line_at(done[0]), t[done[0]:done[1]], done, text))


def continued(t, a, b, later):
    """The expectation t[a:b] with the comment lines that complete its datum."""
    text = t[a:b]
    for c, d in later:
        try:
            end_of_datum(text, 0)
            break
        except Malformed:
            if t[b:c].strip() or t[b:c].count("\n") != 1:
                break
            text, b = text + "\n" + t[c:d].lstrip("#"), d
    return text


# -------------------------------------------------------------------------------------------------------- documents ---
def fences(text):
    """[(info words, number of the first line, text, closed on line)] of a Markdown text"""
    found, fence, start, lines = [], None, 0, text.split("\n")
    for i, l in enumerate(lines):
        s = l.strip()
        if fence is None and s.startswith("```"):
            fence, start = s[3:].split(), i + 1
        elif fence is not None and s.startswith("```"):
            found.append((fence, start + 1, "\n".join(lines[start:i]), i + 1))
            fence = None
    return found


def kind_of(info, text):
    if info == ["text"] and text.startswith("evjit> "):
        return "session"
    if info == ["console"]:
        return "console"
    if info[:1] != ["lisp"]:
        return None
    if info[1:2] == ["program"]:
        return "program"
    return {"": "example", "norun": "norun"}.get(" ".join(info[1:]), "unknown")


def options_in(info):
    """`lisp program shop.lisp exit:1`: what comments at its head would say, where they would shift its lines"""
    return dict(w.split(":", 1) if ":" in w else ("file", w) for w in info[2:])


def read_document(path, name):
    """The blocks of a Markdown file, linked to those they need."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    blocks, ended, lines = [], None, text.split("\n")
    for info, line, body, closed in fences(text):
        if info == ["text"] and ended and not any(l.strip() for l in lines[ended:line - 2]):
            blocks[-1].output = body
        kind = kind_of(info, body)
        ended = closed if kind else None
        if kind:
            blocks.append(Block(name, kind, line, body))
            if kind == "program":
                blocks[-1].options.update(options_in(info))
            if kind == "unknown":
                blocks[-1].problem = "unknown kind of block: " + " ".join(info)
    return link(blocks)


def link(blocks):
    prelude, files = [], {}
    for i, b in enumerate(blocks):
        b.files = dict(files)
        b.before = list(prelude)
        if "continues" in b.options and i:
            prev = next(p for p in reversed(blocks[:i]) if p.kind == "example")
            b.before = prev.before + ([] if prev in prev.before else [prev])
        if "file" in b.options:
            files[b.options["file"]] = b.text
        elif "prelude" in b.options:
            prelude.append(b)
    return blocks


def read_page(path, name):
    """A literate page: its lisp blocks are one program."""
    blocks = read_document(path, name)
    with open(path, encoding="utf-8") as f:
        length = f.read().count("\n") + 1
    lines, printed = [""] * length, ""
    for b in blocks:
        if b.kind == "example":
            lines[b.line - 1:b.line - 1 + b.text.count("\n") + 1] = b.text.split("\n")
            printed += b.output + "\n" if b.output else ""
    if not any(lines):
        return blocks
    whole = Block(name, "literate", 2, "\n".join(lines[1:]))
    whole.output = printed
    return [whole] + [b for b in blocks if b.kind != "example"]


def read_program(path, name):
    with open(path, encoding="utf-8") as f:
        block = Block(name, "program", 1, f.read())
    block.options.pop("file", None)
    return block


def files_beside(path):
    """The programs in the folder of a page, by name: its code may use them."""
    folder, found = os.path.dirname(path), {}
    for n in sorted(os.listdir(folder)):
        if n.endswith(".lisp"):
            with open(os.path.join(folder, n), encoding="utf-8") as f:
                found[n] = f.read()
    return found

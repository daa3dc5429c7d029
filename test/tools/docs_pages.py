"""Checks a literate page as its reader uses it: the page as a program, the programs it shows, its shell sessions."""
import importlib.machinery
import importlib.util
import os
import re
import tempfile

import docs_run
import expected

STEP = "@step@"


def excerpt_of(text, whole):
    """Is text made of pieces of whole, in order, where a line `# ...` stands for what is left out?"""
    at = 0
    for piece in re.split(r"(?m)^ *# \.\.\.\n", text.rstrip("\n") + "\n"):
        found = whole.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def without_file_line(text):
    return re.sub(r"\A# file:.*\n", "", text)


def check_literate(block, runner, files):
    """The page with its checks, then the page as it is: nothing on stderr, and it prints what it shows."""
    fails, passed = docs_run.check_example(without_output(block), runner, files)
    if block.problem:
        return fails, passed
    with open(block.source, encoding="utf-8") as f:
        status, out, err = runner.run_text(f.read(), files, os.path.basename(block.source))
    why = docs_run.ended(block, status, err)
    if not why and not expected.matches(block.output, out):
        why = "printed something else:\n" + expected.difference(block.output, out)
    return (fails + [(block.where(), "as it is: " + why)], passed) if why else (fails, passed + 1)


def without_output(block):
    plain = type(block)(block.path, block.kind, block.line, block.text)
    plain.output = None
    return plain


def check_program(block, runner, beside, files):
    """A program of its own, or a file that other blocks use."""
    name = block.options.get("file")
    if name in beside:
        fine = excerpt_of(without_file_line(block.text), beside[name])
        return ([], 1) if fine else ([(block.where(), "is not an excerpt of " + name)], 0)
    if name and block.output is None:
        return [], 0
    return docs_run.check_output(block, runner, files, block.text, name or "program.lisp")


def commands(text):
    """[(command, what it prints)] of a shell session"""
    steps = []
    for l in text.split("\n"):
        if l.startswith("$ "):
            steps.append([l[2:], []])
        elif l.startswith("> ") and steps and not steps[-1][1]:
            steps[-1][0] += "\n" + l[2:]
        elif steps:
            steps[-1][1].append(l)
    return [(c, "\n".join(out)) for c, out in steps]


def check_console(block, runner, folder):
    steps = commands(block.text)
    script = "exec 2>&1\nlast=0\n"
    for command, _ in steps:
        script += "printf '\\n%s\\n'\n(exit $last)\n%s\nlast=$?\n" % (STEP, command)
    status, out, _ = runner.run(["bash", "-c", script], folder)
    if status is None:
        return [(block.where(), "timed out")], 0
    printed = [p[1:] if p.startswith("\n") else p for p in out.split("\n" + STEP)[1:]]
    fails = [(block.where(), "the shell ended early")] if len(printed) < len(steps) else []
    for (command, want), got in zip(steps, printed):
        if not expected.matches(want, got):
            fails.append((block.where(), "$ %s\n%s" % (command, expected.difference(want, got))))
    return fails, max(0, len(steps) - len(fails))


def pty_repl():
    """The tool of that name as a module."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pty_repl")
    loader = importlib.machinery.SourceFileLoader("pty_repl", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("pty_repl", loader))
    loader.exec_module(module)
    return module


def entries(text):
    """[(lines of an entry, what is printed before the next prompt)] of a session of the REPL"""
    found = []
    for l in text.split("\n"):
        if l.startswith("evjit> "):
            found.append(([l[7:]], []))
        elif l.startswith("  ...> ") and found and not found[-1][1]:
            found[-1][0].append(l[7:])
        elif found:
            found[-1][1].append(l)
    return [(lines, "\n".join(printed)) for lines, printed in found]


def check_session(block, runner):
    repl = pty_repl()
    session, fails, steps = repl.Session(runner.evjit), [], entries(block.text)
    try:
        session.prompt()
        for lines, want in steps:
            for line in lines[:-1]:
                session.send(line + "\r")
                session.wait_for(repl.MORE)
            got = session.ask(lines[-1])
            if not expected.matches(want.strip() + "\n", got + "\n"):
                fails.append((block.where(), "evjit> %s\n%s" % (lines[0], expected.difference(want, got))))
    except (AssertionError, OSError) as e:
        return fails + [(block.where(), str(e))], 0
    finally:
        session.close()
    return fails, len(steps) - len(fails)


def check_page(blocks, runner, beside):
    """[(place, why)], number passed. The files written by one console block are there for the next."""
    fails, passed = [], 0
    shown = {b.options["file"]: b.text for b in blocks if b.kind in ("program", "file") and "file" in b.options}
    everything = dict(shown, **beside)
    with tempfile.TemporaryDirectory(prefix="evjit-docs-") as folder:
        docs_run.write_files(folder, everything)
        for b in blocks:
            if b.kind == "norun":
                continue
            if b.kind == "unknown":
                result = [(b.where(), b.problem)], 0
            elif b.kind == "literate":
                result = check_literate(b, runner, everything)
            elif b.kind == "program":
                result = check_program(b, runner, beside, everything)
            elif b.kind == "console":
                result = check_console(b, runner, folder)
            elif b.kind == "session":
                result = check_session(b, runner)
            else:
                result = docs_run.check_example(b, runner, everything)
            fails, passed = fails + result[0], passed + result[1]
    return fails, passed

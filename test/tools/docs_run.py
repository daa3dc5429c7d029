"""Runs the blocks of docs_read and says what is wrong with them."""
import os
import re
import signal
import subprocess
import tempfile

import expected

SEED_LINE = re.compile(r"^schedule seed: .*\n", re.M)
MARK = "@spec@"  # starts and separates what the generated code prints

# ------------------------------------------------------------------------------------------------ the generated code ---
PRELUDE = (
    '(def spec-say- (fn [spec-n- spec-s-] (println "\\n{m}" spec-n- "{m}" spec-s- "{m}"))) '
    '(def spec-show- (fn [spec-n- spec-v- spec-w-] '
    '(println "\\n{m}show" spec-n- "{m}" spec-v- "{m}" spec-w- "{m}"))) '
    '(def spec-value- (fn [spec-n- spec-v- spec-w-] '
    '(spec-say- spec-n- (if (= spec-v- spec-w-) "same" "other")) '
    '(spec-show- spec-n- [spec-v-] [spec-w-]))) '
    '(def spec-text- (fn [spec-n- spec-v-] '
    '(spec-say- spec-n- "text") (spec-show- spec-n- [spec-v-] ""))) '
    '(def spec-raised- (fn [spec-n- spec-e-] '
    '(spec-say- spec-n- "raised") (spec-show- spec-n- [spec-e-] ""))) '
    '(def spec-kind- (fn [spec-n- spec-e- spec-k-] '
    '(spec-say- spec-n- (if (= (get spec-e- :error) spec-k-) "kind" "raised")) '
    '(spec-show- spec-n- [spec-e-] ""))) '
).replace("{m}", MARK)
END = '(println "\\n%send%s")' % (MARK, MARK)
DEFINES = re.compile(r"\((?:def|var|defn)\s+@?([^\s()\[\]{}@|\"]+)\s")
LITERAL = re.compile(r"""\s+ | "(?:\\.|[^"\\])*" | :[^\s()\[\]{}'`,;|":]+ | \(\) | @?b\[ | @?[\[{|] | [\]}]
                       | (?: [-+]?[0-9][0-9A-Za-z_.]*(?:[eE][-+][0-9]+)? | nil | true | false )
                         (?= [\s\]}|)] | $ )""", re.X)


def expression(datum):
    """Code whose value is the datum: without quote where the datum is made of literals."""
    datum, p = datum.replace("\n", " "), 0
    while p < len(datum):
        m = LITERAL.match(datum, p)
        if not m:
            return "(quote %s)" % datum
        p = m.end()
    return datum


def guarded(inner, handler):
    return "(try %s (catch spec-e- %s))" % (inner, handler)


def wrap(check, n):
    """The text that takes the place of the form."""
    bad = "(spec-raised- %d spec-e-)" % n
    defines = DEFINES.match(check.form)
    form = defines.group(1) if defines else check.form
    if check.kind == "error":
        if check.datum:
            bad = "(spec-kind- %d spec-e- %s)" % (n, check.datum)
        code = guarded("(spec-text- %d %s)" % (n, form), bad)
    elif check.datum is None:
        code = guarded("(spec-text- %d %s)" % (n, form), bad)
    else:
        code = guarded("(spec-value- %d %s %s)" % (n, form, expression(check.datum)), bad)
    return check.form + " " + code if defines else code


def rewritten(block, code_for):
    """The block's text with code_for(number, check) in place of its checks."""
    out, at = [], 0
    for i, c in enumerate(block.checks):
        a, b = c.span
        out += [block.text[at:a], code_for(i + 1, c)]
        at = b
    return "".join(out) + block.text[at:]


def unchecked(check):
    """The form as a later block needs it: its errors must not end the program."""
    return check.form if DEFINES.match(check.form) else guarded(check.form, "nil")


def program(block):
    """Every block stands on the lines it has in its document."""
    text = PRELUDE
    for b in block.before:
        text += "\n" * max(1, b.line - 1 - text.count("\n"))
        text += rewritten(b, lambda n, c: unchecked(c))
    text += "\n" * max(1, block.line - 1 - text.count("\n"))
    return text + rewritten(block, lambda n, c: wrap(c, n)) + "\n" + END + "\n"


# ----------------------------------------------------------------------------------------------------------- running ---
class Runner:
    def __init__(self, evjit, timeout=30):
        self.evjit, self.timeout = evjit, timeout
        self.env = dict(os.environ, NO_COLOR="1", TERM="dumb", PATH=os.path.dirname(evjit) + os.pathsep + os.environ["PATH"])

    def run(self, words, folder, merge=False):
        """(exit status or None, stdout, stderr)"""
        p = subprocess.Popen(words, cwd=folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT if merge else subprocess.PIPE, start_new_session=True)
        try:
            out, err = p.communicate(timeout=self.timeout)
            status = p.returncode
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            out, err = p.communicate()
            status = None
        return status, self.shown(out), self.shown(err or b"")

    def shown(self, output):
        """Without the line that seeded runs add to a failure (run_seeds)."""
        text = output.decode(errors="replace")
        return SEED_LINE.sub("", text) if "EVJIT_SCHEDULE_SEED" in self.env else text

    def run_text(self, text, files, name, merge=False):
        with tempfile.TemporaryDirectory(prefix="evjit-docs-") as folder:
            write_files(folder, dict(files, **{name: text}))
            return self.run([self.evjit, name], folder, merge)


def write_files(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


# ----------------------------------------------------------------------------------------------------------- judging ---
def squeeze(s):
    return re.sub(r"\s+", "", s)


def unwrap(s):
    """The element of a printed one-element array."""
    s = s.strip()
    return s[1:-1] if s.startswith("[") and s.endswith("]") else s


def records(out):
    """check number -> (state, printed value or None, printed expectation)"""
    m, shown, found = re.escape(MARK), {}, {}
    for r in re.finditer(r"%s\s*show\s*(\d+)\s*%s(.*?)%s(.*?)%s" % (m, m, m, m), out, re.S):
        shown.setdefault(int(r.group(1)), (r.group(2), r.group(3)))
    for r in re.finditer(r"%s\s*(\d+)\s*%s\s*(\w+)\s*%s" % (m, m, m), out):
        n = int(r.group(1))
        found.setdefault(n, (r.group(2),) + shown.get(n, (None, "")))
    return found


def judge(check, rec):
    """None if the check holds, else what is wrong."""
    if rec is None:
        return "not reached"
    state, got, want = rec
    if state == "kind" or (state == "same" and got is None):
        return None
    shown = "something unprintable" if got is None else unwrap(got).strip()
    if state == "raised":
        return None if check.kind == "error" and not check.datum else "raised %s" % shown
    if check.kind == "error":
        return "no error, value %s" % shown
    if squeeze(shown) == squeeze(check.text) or (state == "same" and squeeze(got) == squeeze(want)):
        return None
    return "equal, but it is %s" % shown if state == "same" else "got %s" % shown


def summary(err, status):
    lines = [l.strip() for l in err.strip().split("\n") if l.strip()]
    first = next((l for l in lines if "error" in l), lines[0] if lines else "")
    return ("timed out" if status is None else "exit status %d" % status) + (": " + first[:200] if first else "")


def ended(block, status, err, complete=True):
    """None if the program as a whole went as it should."""
    want = int(block.options.get("exit", "0"))
    if status != want or (want == 0 and not complete):
        return summary(err, status) if status != want or err.strip() else "ended before its last form"
    if "stderr" in block.options:
        if not re.search(block.options["stderr"], err, re.S):
            return "stderr does not match: %s" % err.strip()[:200]
    elif err.strip():
        return "unexpected stderr: %s" % err.strip().split("\n")[0][:200]
    return None


def one_line(s):
    s = re.sub(r"\s+", " ", s)
    return s if len(s) <= 90 else s[:60] + " ... " + s[-25:]


def check_example(block, runner, files):
    """[(place, why)], number passed: its checks and that its program comes to its end"""
    if block.problem:
        return [(block.where(), block.problem)], 0
    if block.output is not None and not block.checks:
        return check_output(block, runner, files, block.text, "example.lisp")
    status, out, err = runner.run_text(program(block), files, "example.lisp")
    found, fails = records(out), []
    for i, c in enumerate(block.checks):
        why = judge(c, found.get(i + 1))
        if why:
            fails.append((block.where(c.line), "%s => %s\n     %s" % (one_line(c.form), one_line(c.text), why)))
    passed = len(block.checks) - len(fails)
    why = ended(block, status, err, MARK + "end" + MARK in out)
    if not why and block.output is not None:
        fails_more, ok = check_output(block, runner, files, block.text, "example.lisp")
        return fails + fails_more, passed + ok
    return (fails + [(block.where(), why)], passed) if why else (fails, passed + 1)


def check_output(block, runner, files, text, name):
    """The program by itself: its exit status, and everything it prints if that is shown."""
    shown = block.output is not None
    status, out, err = runner.run_text(text, files, name, merge=shown)
    if status != int(block.options.get("exit", "0")):
        return [(block.where(), summary(out + err, status))], 0
    why = None if shown else ended(block, status, err)
    if shown and not expected.matches(block.output, out):
        why = "printed something else:\n" + expected.difference(block.output, out)
    return ([(block.where(), why)], 0) if why else ([], 1)

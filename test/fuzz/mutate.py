"""Programs made of the forms of other programs (fuzz_compiler)."""
import re

TOKEN = re.compile(r'#[^\n]*|@?"(?:\\.|[^"\\])*"|,;|@?b?[\[({|]|[\])}|\'`,;]|[^\s()\[\]{}|"\'`,;]+')
CLOSER = {"(": ")", "[": "]", "{": "}"}
# What a mutated program must not do: wait, or touch anything outside.
FORBIDDEN = re.compile(r"^(file|sys|exec|subprocess|net|tcp|udp|random|clock|time|port|import|include|process|thread|path|"
                       r"debug|vm|ev/sleep|hash|read-line|memory|include-file)\b")
ATOMS = ["nil", "true", "0", "1", "-1", "4611686018427387904", "9223372036854775807", "-9223372036854775808", "1.5", '"s"', ":k", "x",
         "_", "&", "&opt", "&named", "()", "[]", "{}", "||", "@x", "in", "when", ".", "if", "fn", "let", "match", "break", "(break)",
         "(error 1)", "(yield 1)", "(fn [] x)", "'q", "`(a ,x)", "b[1]", "@[1]", "a:b"]


def parse(text):
    """Forms as nested lists [opener, items..., closer] of tokens; sets and anything odd stay flat."""
    stack = [[]]
    for t in TOKEN.findall(text):
        if t.startswith("#"):
            continue
        if t[-1] in CLOSER and not t.startswith('"'):
            stack.append([t])
        elif t in (")", "]", "}") and len(stack) > 1:
            top = stack.pop()
            top.append(t)
            stack[-1].append(top)
        else:
            stack[-1].append(t)
    return stack[0]


def render(f):
    return f if isinstance(f, str) else f[0] + " ".join(render(x) for x in f[1:-1]) + f[-1]


def is_harmless(f):
    return not FORBIDDEN.match(f) if isinstance(f, str) else all(is_harmless(x) for x in f)


class Mutator:
    def __init__(self, texts):
        self.programs = [[f for f in parse(t) if not isinstance(f, str) and is_harmless(f)] for t in texts]
        self.programs = [p for p in self.programs if p]

    def program(self, r):
        forms = r.choice(self.programs)
        start = r.randrange(len(forms))
        picked = [self.unchecked(f) for f in forms[start:start + r.randint(1, 12)]]
        for _ in range(r.randint(1, 6)):
            i = r.randrange(len(picked))
            picked[i] = self.mutate(r, picked[i])
        return "\n".join(render(f) for f in picked) + "\n"

    @staticmethod
    def unchecked(f):
        """(check form value) -> (println (string [(protect form)]))"""
        if len(f) >= 4 and f[0] == "(" and f[1] in ("check", "check-error"):
            return ["(", "println", ["(", "string", ["[", ["(", "protect", f[2], ")"], "]"], ")"], ")"]
        return f

    def any_form(self, r):
        f = r.choice(r.choice(self.programs))
        while not isinstance(f, str) and len(f) > 2 and r.random() < 0.7:
            f = r.choice(f[1:-1])
        return f

    def mutate(self, r, f):
        if isinstance(f, str) or len(f) <= 2 or r.random() < 0.15:
            return self.replacement(r, f)
        i, f = r.randrange(1, len(f) - 1), list(f)
        how = r.random()
        if how < 0.6:
            f[i] = self.mutate(r, f[i])
        elif how < 0.7:
            del f[i]
        elif how < 0.8:
            f.insert(i, f[i])
        elif how < 0.9:
            j = r.randrange(1, len(f) - 1)
            f[i], f[j] = f[j], f[i]
        else:
            f.insert(i, self.any_form(r))
        return f

    def replacement(self, r, f):
        how = r.random()
        if how < 0.4:
            return r.choice(ATOMS)
        if how < 0.7:
            return self.any_form(r)
        opener = r.choice(["(", "[", "{", "@[", "@{", "(fn [] ", "(try ", "(block ", "(protect "])
        return [opener, f, CLOSER[opener[-1]] if opener[-1] in CLOSER else ")"]

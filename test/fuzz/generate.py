"""Random programs of the language's grammar (fuzz_compiler): they compile, they end, and they print every value.

A scope is what names may be used: variables, mutable variables, functions with their arity, macros, blocks. Expressions get
smaller with depth. Run time is bounded because loops count, functions only call functions made before them, and recursion
counts down. Errors are everywhere; the top level prints (protect e)."""

INTS = ["0", "1", "2", "-1", "3", "7", "255", "4611686018427387903", "4611686018427387904", "-4611686018427387904",
        "-4611686018427387905", "9223372036854775807", "-9223372036854775808", "1_000"]
LEAVES = ["nil", "true", "false", "()", "[]", "{}", "||", ":a", ":b", '"s"', '""', "'q", "1.5", "0.0", "-2.5", "[1 2]", "@[3]",
          "{:a 1}", "@{:b 2}", "(list 1 2)", "|1 2|", "b[1 2]", '"añ"', '@"m"']
UNARY = ["inc", "dec", "not", "length", "first", "rest", "string", "type-of", "abs", "->array", "->list", "reverse", "empty?",
         "integer?", "nil?", "freeze", "thaw", "last", "sort", "keys", "float", "pair?", "list?", "even?", "zero?", "describe"]
BINARY = ["+", "-", "*", "/", "rem", "mod", "=", "<", ">", "<=", ">=", "compare", "list", "pair", "get", "append", "push",
          "take", "drop", "has?", "min", "max", "identical?", "not=", "put", "bit/and", "bit/xor", "bit/shl"]

ARITHMETIC = ["+", "-", "*", "/", "rem", "mod", "<", ">", "<=", ">=", "min", "max", "bit/and", "bit/xor"]


class Scope:
    def __init__(self, outer=None, function=False):
        self.vars = list(outer.vars) if outer else []
        self.mutable = list(outer.mutable) if outer else []
        self.functions = list(outer.functions) if outer else []
        self.macros = list(outer.macros) if outer else []
        self.blocks = list(outer.blocks) if outer and not function else []


class Generator:
    def __init__(self, r):
        self.r, self.names = r, 0

    def fresh(self, prefix):
        # Few names, so that shadowing happens.
        self.names += 1
        return prefix + str(self.names if self.r.random() < 0.7 else self.r.randint(0, 3))

    def program(self):
        s, out = Scope(), ["(def @steps 0)"]
        s.mutable.append("steps")
        for _ in range(self.r.randint(4, 10)):
            out.append(self.top(s))
        return "\n".join(out) + "\n"

    def top(self, s):
        kind = self.r.random()
        if kind < 0.2:
            return self.function(s)
        if kind < 0.3:
            return self.macro(s)
        if kind < 0.4:
            v, e = self.fresh("g"), self.expr(s, 3)
            s.vars.append(v)
            return "(def %s (get (protect %s) 1))" % (v, e)
        if kind < 0.45:
            v, e = self.fresh("m"), self.r.choice(INTS + LEAVES)
            s.mutable.append(v)
            return "(def @%s %s)" % (v, e)
        return "(println (string [(protect %s)]))" % self.expr(s, 6)

    def function(self, s):
        r, name, inner = self.r, self.fresh("f"), Scope(s, function=True)
        params = [self.fresh("p") for _ in range(r.randint(0, 4))]
        params = list(dict.fromkeys(params))
        text, extra = list(params), r.random()
        inner.vars += params
        if extra < 0.15:
            text += ["&opt", "o1", "@o2"]
            inner.vars.append("o1")
            inner.mutable.append("o2")
        if extra > 0.8:
            text += ["&", "more"]
            inner.vars.append("more")
        if params and r.random() < 0.3:
            n = params[0]  # counts down; called with small numbers
            body = "(if (and (integer? %s) (< 0 %s 40)) (begin %s %s) %s)" % (
                n, n, self.expr(inner, 2),
                self.recursion(name, n, params, inner), self.expr(inner, 3))
        else:
            body = self.body(inner, 4)
        s.functions.append((name, len(params)))
        return "(defn %s [%s] %s)" % (name, " ".join(text), body)

    def recursion(self, name, n, params, s):
        call = "(%s %s)" % (name, " ".join(["(- %s 1)" % n] + [self.expr(s, 1) for _ in params[1:]]))
        return call if self.r.random() < 0.5 else "(%s %s %s)" % (self.r.choice(["+", "list", "*"]), self.expr(s, 1), call)

    def macro(self, s):
        name, kind = self.fresh("mac"), self.r.random()
        if kind < 0.4:
            s.macros.append((name, 2))
            return "(defmacro %s (a b) `(let [t ,a] (if t (list t ,b) ,b)))" % name
        if kind < 0.7:
            s.macros.append((name, 1))
            return "(defmacro %s (e) `(begin (assign steps (+ steps 1)) ,e))" % name
        s.macros.append((name, 1))
        return "(defmacro %s (& es) (if (empty? es) nil `[,;es ,(length es)]))" % name

    def body(self, s, d):
        out = []
        for _ in range(self.r.randint(0, 2)):
            v = self.fresh("d")
            mark = self.r.random() < 0.4
            out.append("(def %s%s %s)" % ("@" if mark else "", v, self.expr(s, d - 1)))
            (s.mutable if mark else s.vars).append(v)
        return " ".join(out + [self.expr(s, d)])

    def leaf(self, s):
        r, pick = self.r, self.r.random()
        if pick < 0.3 and s.vars:
            return r.choice(s.vars)
        if pick < 0.45 and s.mutable:
            return r.choice(s.mutable)
        return r.choice(INTS) if pick < 0.75 else r.choice(LEAVES)

    def expr(self, s, d):
        if d <= 0 or self.r.random() < 0.1:
            return self.leaf(s)
        return self.r.choice(self.FORMS)(self, s, d - 1)

    def unary(self, s, d):
        return "(%s %s)" % (self.r.choice(UNARY), self.expr(s, d))

    def number(self, s, d):
        """Mostly a number, so that arithmetic gets somewhere."""
        if d <= 0 or self.r.random() < 0.1:
            return self.r.choice(INTS + ["steps", "0.5", "n"] if "n" in s.vars else INTS + ["steps", "0.5"])
        n = lambda: self.number(s, d - 1)
        return self.r.choice([
            lambda: "(%s %s %s)" % (self.r.choice(ARITHMETIC), n(), n()), lambda: "(%s %s %s %s)" % (self.r.choice(["+", "*", "-", "max"]), n(), n(), n()),
            lambda: "(if (%s %s %s) %s %s)" % (self.r.choice(["<", "=", ">="]), n(), n(), n(), n()), lambda: "(inc %s)" % n(),
            lambda: "(try %s (catch e %s))" % (self.expr(s, d - 1), n()), lambda: "(let [x %s @y %s] (assign y (+ x y)) (- y %s))" % (n(), n(), n()),
            lambda: "(let [@k 0 @sum 0] (while (< k %d) (assign sum (+ sum (* k %s))) (assign k (+ k 1))) sum)" % (self.r.randint(0, 9), n()),
            lambda: "(fold + %s (map (fn [x] (* x %s)) [1 2 %s]))" % (n(), n(), n())])()

    def arithmetic(self, s, d):
        return self.number(s, d + 1)

    def binary(self, s, d):
        op = self.r.choice(BINARY)
        if op in ARITHMETIC and self.r.random() < 0.8:
            return "(%s %s %s)" % (op, self.number(s, d), self.number(s, d))
        return "(%s %s %s)" % (op, self.expr(s, d), self.r.choice(INTS[:7]) if op == "bit/shl" else self.expr(s, d))

    def call(self, s, d):
        if not s.functions:
            return self.binary(s, d)
        name, n = self.r.choice(s.functions)
        first = str(self.r.randint(0, 12)) if n and self.r.random() < 0.7 else None
        args = [self.expr(s, d) for _ in range(n)]
        if first:
            args[0] = first
        how = self.r.random()
        if how < 0.1:
            return "(%s ;[%s])" % (name, " ".join(args))
        if how < 0.2:
            return "(apply %s [%s])" % (name, " ".join(args))
        return "(%s %s)" % (name, " ".join(args)) if args else "(%s)" % name

    def macro_call(self, s, d):
        if not s.macros:
            return self.condition(s, d)
        name, n = self.r.choice(s.macros)
        return "(%s %s)" % (name, " ".join(self.expr(s, d) for _ in range(n)))

    def condition(self, s, d):
        e = lambda: self.expr(s, d)
        return self.r.choice([
            lambda: "(if %s %s %s)" % (e(), e(), e()), lambda: "(when %s %s)" % (e(), e()),
            lambda: "(cond %s %s %s %s %s)" % (e(), e(), e(), e(), e()), lambda: "(case %s %s %s %s)" % (e(), e(), e(), e()),
            lambda: "(and %s %s %s)" % (e(), e(), e()), lambda: "(or %s %s)" % (e(), e()), lambda: "(unless %s %s)" % (e(), e())])()

    def pattern(self, s, d, matching):
        """(text, names, mutable names)"""
        r, pick = self.r, self.r.random()
        if d <= 0 or pick < 0.35:
            v = self.fresh("v")
            if matching and r.random() < 0.5:
                return r.choice(INTS + ["nil", "true", ":a", '"s"', "'q", "_", "()"]), [], []
            return ("@" + v, [], [v]) if r.random() < 0.2 else (v, [v], [])
        parts = [self.pattern(s, d - 1, matching) for _ in range(r.randint(1, 3))]
        seen = [n for p in parts for n in p[1] + p[2]]
        if len(set(seen)) != len(seen):
            return "_", [], []
        names, mutable = [n for p in parts for n in p[1]], [n for p in parts for n in p[2]]
        texts = [p[0] for p in parts]
        if r.random() < 0.3 and "rest" not in seen:
            texts += ["&", "rest"]
            names = names + ["rest"]
        at = "@" if matching and r.random() < 0.3 else ""
        if pick < 0.6:
            return "%s[%s]" % (at, " ".join(texts)), names, mutable
        if pick < 0.8:
            return "(%s)" % " ".join(texts), names, mutable
        keys = [":a", ":b", ":c"]
        body = " ".join("%s %s" % (k, t) for k, t in zip(keys, [p[0] for p in parts]))
        return "%s{%s}" % (at, body), [n for p in parts for n in p[1]], mutable

    def match(self, s, d):
        arms = []
        for _ in range(self.r.randint(1, 5)):
            text, names, mutable = self.pattern(s, 2, True)
            inner = Scope(s)
            inner.vars += names
            inner.mutable += mutable
            guard = " when " + self.expr(inner, 1) if self.r.random() < 0.25 else ""
            arms.append("%s%s %s" % (text, guard, self.expr(inner, d)))
        return "(match %s %s _ %s)" % (self.expr(s, d), " ".join(arms), self.expr(s, d))

    def let(self, s, d):
        inner, out = Scope(s), []
        for _ in range(self.r.randint(1, 3)):
            text, names, mutable = self.pattern(inner, 1 if self.r.random() < 0.3 else 0, False)
            out.append("%s %s" % (text, self.expr(inner, d)))
            inner.vars += names
            inner.mutable += mutable
        return "(%s [%s] %s)" % (self.r.choice(["let", "let", "let*", "if-let", "when-let"]), " ".join(out), self.expr(inner, d))

    def closure(self, s, d):
        inner, p, how = Scope(s, function=True), self.fresh("c"), self.r.random()
        inner.vars.append(p)
        text = "(fn [%s] %s)" % (p, self.body(Scope(inner), d))
        if how < 0.4:
            return "(%s %s)" % (text, self.expr(s, d))
        if how < 0.8:
            return "(%s %s %s)" % (self.r.choice(["map", "filter", "sort-by", "find"]), text, self.r.choice(["[1 2 3]", "@[3 1]", "(list 5 nil)", "|2 1|"]))
        return "(fold (fn [acc %s] %s) %s [1 2 3])" % (p, self.expr(inner, d), self.expr(s, d))

    def assign(self, s, d):
        if not s.mutable:
            return self.let(s, d)
        return "(assign %s %s)" % (self.r.choice(s.mutable), self.expr(s, d))

    def loop(self, s, d):
        inner, i = Scope(s), self.fresh("i")
        inner.blocks.append("")
        inner.vars.append(i)
        n, body = self.r.randint(0, 5), self.expr(inner, d)
        return self.r.choice([
            "(let [@%s-n 0] (while (< %s-n %d) (assign %s-n (+ %s-n 1)) (def %s %s-n) %s))" % (i, i, n, i, i, i, i, body),
            "(each %s in %s %s)" % (i, self.expr(s, 1), body),
            "(let [%s 0] (repeat %d %s))" % (i, n, body)])

    def block(self, s, d):
        inner, label = Scope(s), self.r.choice([":x", ":y"])
        inner.blocks.append(label)
        return "(block %s %s %s)" % (label, self.expr(inner, d), self.expr(inner, d))

    def leave(self, s, d):
        if not s.blocks:
            return self.block(s, d)
        label = self.r.choice(s.blocks)
        return "(break %s %s)" % (label or ":while", self.expr(s, d))

    def guarded(self, s, d):
        inner = Scope(s)
        inner.blocks = []
        e = self.expr(inner, d)
        handler = Scope(s)
        handler.vars.append("e")
        return self.r.choice([
            lambda: "(try %s (catch e %s))" % (e, self.expr(handler, d)), lambda: "(protect %s)" % e,
            lambda: "(defer (assign steps (+ steps 1)) %s)" % e, lambda: "(with w %s identity %s)" % (self.expr(s, 1), e),
            lambda: "(error %s)" % self.expr(s, d), lambda: "(try (error %s) (catch [e] %s))" % (e, self.expr(handler, d)),
            lambda: "(when-ok [e %s] %s)" % (e, self.expr(handler, d))])()

    def literal(self, s, d):
        e = lambda: self.expr(s, d)
        return self.r.choice([
            lambda: "[%s %s]" % (e(), e()), lambda: "@[%s]" % e(), lambda: "{:a %s :b %s}" % (e(), e()), lambda: "@{:c %s}" % e(),
            lambda: "`(x ,%s [,%s])" % (e(), e()), lambda: "[;%s %s]" % (e(), e()),
            lambda: "(set %s %s)" % (e(), e()), lambda: "(-> %s (list %s) (get 0))" % (e(), e())])()

    def generator(self, s, d):
        inner = Scope(s, function=True)
        return "(let [g (fiber/new (fn [] (yield %s) %s) :yield)] [(fiber/resume g) (fiber/resume g)])" % (
            self.expr(inner, d), self.expr(inner, d))

    def letrec(self, s, d):
        inner = Scope(s, function=True)
        inner.vars.append("n")
        return "(letrec [ev? (fn [n] (if (< n 1) %s (od? (- n 1)))) od? (fn [n] (if (< n 1) %s (ev? (- n 1))))] (ev? %d))" % (
            self.expr(inner, d), self.expr(inner, d), self.r.randint(0, 9))

    def parameter(self, s, d):
        inner = Scope(s)
        return "(let [par (make-parameter %s)] [(parameterize [par %s] (list (par) %s)) (par)])" % (
            self.expr(s, 1), self.expr(s, d), self.expr(inner, d))

    FORMS = [unary, arithmetic, arithmetic, binary, binary, call, call, condition, condition, macro_call, match, let, let, closure, assign, loop, block,
             leave, guarded, guarded, literal, generator, letrec, parameter]

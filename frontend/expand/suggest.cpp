// What an undefined name was probably meant to be: names that are spelt alike, and what other languages call it.
//
// Suggested are at most three names within edit distance 2 (03 section 16), nearest first; two letters that changed places count
// as one slip in that order. Names of the program come before builtins, those before macros and special forms.
#include "frontend/expand/expander.hpp"

#include "gc/call.hpp"

#include <algorithm>
#include <tuple>

namespace evjit::frontend {

namespace {

struct Distance {
  size_t edits; // insertions, deletions, replacements
  size_t slips; // the same, but a swap of neighbours counts once
};

Distance distance(std::string_view a, std::string_view b) {
  size_t w = b.size() + 1;
  std::vector<size_t> edits((a.size() + 1) * w), slips;
  for (size_t i = 0; i <= a.size(); ++i)
    edits[i * w] = i;
  for (size_t j = 0; j < w; ++j)
    edits[j] = j;
  slips = edits;
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j < w; ++j) {
      size_t changed = a[i - 1] == b[j - 1] ? 0 : 1, at = i * w + j;
      auto step = [&](std::vector<size_t> &d) {
        d[at] = std::min({d[at - w] + 1, d[at - 1] + 1, d[at - w - 1] + changed});
      };
      step(edits);
      step(slips);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        slips[at] = std::min(slips[at], slips[at - 2 * w - 2] + 1);
    }
  return {edits.back(), slips.back()};
}

struct Candidate {
  size_t slips;
  int rank; // the program's names first
  std::string name;
  bool operator<(const Candidate &o) const { return std::tie(slips, rank, name) < std::tie(o.slips, o.rank, o.name); }
};

struct Candidates {
  std::string_view wanted;
  std::vector<Candidate> found;
  void offer(std::string_view name, int rank) {
    constexpr size_t kMaxDistance = 2;
    size_t gap = name.size() > wanted.size() ? name.size() - wanted.size() : wanted.size() - name.size();
    if (gap > kMaxDistance || name.empty() || name.substr(0, 2) == "%%" || name == wanted)
      return;
    Distance d = distance(wanted, name);
    if (d.edits <= kMaxDistance && d.edits < wanted.size())
      found.push_back({d.slips, rank, std::string(name)});
  }
  // Builtins and their macros alike: visitors of gc/call.hpp.
  static void offer_builtin(void *self, std::string_view name) { static_cast<Candidates *>(self)->offer(name, 1); }
  static void offer_macro(void *self, std::string_view name) { static_cast<Candidates *>(self)->offer(name, 2); }
};

// What programmers of other languages write, and what to write here.
struct Foreign {
  std::string_view name;
  const char *hint;
};
constexpr Foreign kForeign[] = {
    {"lambda", "functions are written (fn [x] ...)"},
    {"define", "names are defined with (def name value), functions with (defn name [x] ...)"},
    {"defun", "functions are defined with (defn name [x] ...)"},
    {"defvar", "mutable names are defined with (def @name value) or (var name value)"},
    {"set!", "stores are written (assign name value), and the name is made with (def @name ...)"},
    {"setq", "stores are written (assign name value), and the name is made with (def @name ...)"},
    {"setf", "stores are written (assign name value), into collections (put collection key value)"},
    {"progn", "sequences are written (begin form ...)"},
    {"return", "a function returns the value of its last form; (block ... (break value)) leaves early"},
    {"throw", "errors are raised with (error value)"},
    {"raise", "errors are raised with (error value)"},
    {"car", "the head of a list is (first xs)"},
    {"cdr", "the tail of a list is (rest xs)"},
    {"null?", "(nil? x) tests for nil, (empty? xs) for a collection without elements"},
    {"null", "the value is written nil"},
    {"None", "the value is written nil"},
    {"==", "equality is (= a b)"},
    {"!=", "inequality is (not= a b)"},
    {"eq?", "equality is (= a b), identity (identical? a b)"},
    {"equal?", "equality is (= a b)"},
    {"printf", "write (print (string/format ...))"},
    {"display", "write (print value)"},
    {"str", "texts are joined with (string a b ...)"},
    {"len", "the number of elements is (length xs)"},
    {"vector", "arrays are written [a b c]"},
    {"hash-map", "structs are written {:key value}"},
    {"assoc", "a copy with another value is (put struct key value)"},
    {"dissoc", "a copy without the key is (del struct key)"},
    {"reduce", "write (fold f initial xs)"},
    {"for", "loops are (each x xs ...), (repeat n ...) and (while test ...)"},
    {"foreach", "loops are (each x xs ...), (repeat n ...) and (while test ...)"},
    {"doseq", "loops are (each x xs ...), (repeat n ...) and (while test ...)"},
    {"loop", "loops are (while test ...), (forever ...) and recursive functions"},
    {"else", "the default of cond and case is a lone last form: (cond test value ... default)"},
    {"async", "any function may wait; (ev/spawn (fn [] ...)) starts a fiber"},
    {"await", "(ev/join fiber) waits for the value of a fiber"},
    {"spawn", "fibers are started with (ev/spawn (fn [] ...))"},
    {"go", "fibers are started with (ev/spawn (fn [] ...))"},
    {"sleep", "fibers wait with (ev/sleep seconds)"},
    {"require", "modules are called: (def m ((import \"std/sync\")))"},
    {"load", "modules are called: (def m ((import \"./file\")))"},
};

std::string foreign_hint(std::string_view name) {
  for (const Foreign &f : kForeign)
    if (f.name == name)
      return f.hint;
  return {};
}

} // namespace

// Each looks at every name there is: a generated file without its definitions must not take minutes.
static constexpr size_t kMaxSuggested = 100;

std::string Expander::suggestions(const PendingName &p) {
  Candidates c{gc::name_of(p.symbol), {}};
  for (Frame *f = p.frame; f; f = f->parent)
    for (auto &[key, all] : f->names)
      if (f->phase == p.frame->phase || all[0].kind != BindingKind::Variable)
        c.offer(gc::name_of(all[0].symbol), 0);
  gc::each_builtin_name(Candidates::offer_builtin, &c);
  gc::each_builtin_macro_name(Candidates::offer_macro, &c);
#define FORM(text, handler, kind, shape, doc) c.offer(text, 2);
#define NATIVE_MACRO(text, handler, shape, doc) c.offer(text, 2);
#include "frontend/expand/forms.def"
  std::sort(c.found.begin(), c.found.end());
  std::string out;
  std::vector<std::string> used;
  for (const Candidate &k : c.found) {
    if (used.size() == 3)
      break;
    if (std::find(used.begin(), used.end(), k.name) != used.end())
      continue;
    used.push_back(k.name);
    out += (out.empty() ? "" : ", ") + k.name;
  }
  return out;
}

void Expander::undefined(const PendingName &p, bool hidden_by_phase) {
  std::string text(gc::name_of(p.symbol));
  if (hidden_by_phase) {
    fail(p.at, code::UndefinedVariable, "undefined variable: " + text + " (it exists at run time only; a macro body runs during compilation)",
         "define it in (begin-for-syntax ...) to use it in macro bodies");
    return;
  }
  std::string near = ++undefined_ <= kMaxSuggested ? suggestions(p) : "";
  fail(p.at, code::UndefinedVariable, "undefined variable: " + text + (near.empty() ? "" : " (did you mean: " + near + "?)"),
       foreign_hint(text));
}

} // namespace evjit::frontend

// read, read-all, eval, import: the compiler as primitives.
//
// eval and import compile (C++ objects with destructors) in functions of their own and then run the unit with nothing but plain
// values on the stack: the code may park or end its fiber, and then nothing may be left behind here.
//
// The files that a fiber is importing right now stand among its dynamic bindings, under a key that no parameter has, together
// with the fiber: fibers inherit bindings, but not what is being imported.
#include "frontend/compiler.hpp"
#include "frontend/diag/report.hpp"
#include "frontend/modules.hpp"
#include "frontend/prims.hpp"
#include "frontend/read/markdown.hpp"
#include "frontend/read/reader.hpp"

#include "base/options.hpp"
#include "gc/call.hpp"
#include "gc/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

using namespace evjit;
using namespace evjit::frontend;
using gc::Mutator;
using gc::Value;

namespace {

constexpr uint64_t kAnySignal = ~uint64_t{0}; // the code that is run may send everything

uint32_t anonymous_source(const char *name) { return sources().add({name, "", SourceKind::Lisp}); }
uint32_t read_file_index() {
  static const uint32_t index = anonymous_source("<read>");
  return index;
}
uint32_t eval_file_index() {
  static const uint32_t index = anonymous_source("<eval>");
  return index;
}

Value int_value(uint32_t n) { return Value::fixnum(n); }

// --- read ----------------------------------------------------------------------------------------------------------------

Value read_error(Mutator &m, const char *fn, Span at, const std::string &message) {
  return gc::raise_error(m, "read-error", std::string(fn) + ": " + message,
                         {{"line", int_value(at.line)}, {"col", int_value(at.col)}});
}

struct Data {
  bool failed = false;
  Span at;
  std::string problem;
};

// The data of `text` into `out`.
Data read_data(Mutator &m, Value text, gc::RootVector &out, std::vector<Span> &spans) {
  DiagSink sink;
  std::string copy(gc::string_view_of(text)); // an @string may change under us no earlier than we allocate: take no chance
  read_text(m, read_file_index(), copy, SourceKind::Lisp, sink, out, &spans);
  if (!sink.has_errors())
    for (Value &v : out)
      v = syntax_to_datum(m, v, sink);
  if (!sink.has_errors())
    return {};
  const Diagnostic &d = sink.all().front();
  return {true, d.span, d.message};
}

Value read_one(Mutator &m, Value text) {
  gc::RootVector data(m);
  std::vector<Span> spans;
  Data r = read_data(m, text, data, spans);
  if (!r.failed && data.size() == 1)
    return data[0];
  if (!r.failed)
    r = data.size() == 0 ? Data{true, {0, 1, 1}, "expected one datum, got none"}
                         : Data{true, spans[1], "expected one datum, got a second one"};
  return read_error(m, "read", r.at, r.problem);
}

Value read_every(Mutator &m, Value text) {
  gc::RootVector data(m);
  std::vector<Span> spans;
  Data r = read_data(m, text, data, spans);
  return r.failed ? read_error(m, "read-all", r.at, r.problem) : gc::make_list(m, data.data(), data.size());
}

// --- compiling at run time ---------------------------------------------------------------------------------------------------

Value diagnostics_array(Mutator &m, const std::vector<Diagnostic> &all) {
  gc::RootVector out(m);
  for (const Diagnostic &d : all) {
    if (d.severity != Severity::Error)
      continue;
    Value kv[8] = {gc::keyword("file"),    gc::make_string(m, sources().at(d.span.file).name),
                   gc::keyword("line"),    int_value(d.span.line),
                   gc::keyword("col"),     int_value(d.span.col),
                   gc::keyword("message"), gc::make_string(m, d.message)};
    out.push(gc::make_struct(m, kv, 4));
  }
  return gc::make_array(m, out.data(), out.size());
}

// Warnings of code that compiles are told on stderr, as for the main program.
void print_warnings(const DiagSink &sink) {
  if (!sink.has_errors())
    report(sink.all());
}

// `path`: nil for eval.
Value compile_error(Mutator &m, const char *fn, const std::vector<Diagnostic> &all, Value path) {
  auto first = std::find_if(all.begin(), all.end(), [](const Diagnostic &d) { return d.severity == Severity::Error; });
  std::string message = std::string(fn) + ": ";
  if (first == all.end())
    message += "the code does not compile";
  else
    message += (first->span.line ? location(first->span) + ": " : std::string()) + first->message;
  Value reason = gc::keyword("compile"), diagnostics = diagnostics_array(m, all);
  if (path.is_nil())
    return gc::raise_error(m, "eval-error", message, {{"reason", reason}, {"diagnostics", diagnostics}});
  return gc::raise_error(m, "eval-error", message, {{"reason", reason}, {"path", path}, {"diagnostics", diagnostics}});
}

// --- eval ----------------------------------------------------------------------------------------------------------------

// Null after an error was raised: *raised is what the primitive returns.
gc::UnitDesc *compile_datum(Mutator &m, Evaluator &ev, Value form, Value env, Value *raised) {
  DiagSink sink;
  Span at{eval_file_index(), 1, 1};
  gc::RootVector forms(m);
  forms.push(datum_to_syntax(m, form, 0, at));
  std::unique_ptr<ir::Unit> unit;
  if (forms[0] == gc::kAbsent) {
    sink.error(at, code::TooDeep, "the form is cyclic or nested too deeply");
  } else {
    CompileOptions options;
    options.is_eval = true;
    options.env = env;
    unit = compile_forms(m, ev, forms, "<eval>", options, sink);
  }
  if (unit) {
    print_warnings(sink);
    return ev.load(m, std::move(unit));
  }
  *raised = compile_error(m, "eval", sink.all(), gc::kNil);
  return nullptr;
}

bool env_is_valid(Mutator &m, Value env, Value *raised) {
  if (env.is_nil())
    return true;
  if (!gc::is_struct(env)) {
    *raised = gc::type_error(m, "eval", "a struct with symbol keys or nil", env, 1);
    return false;
  }
  Value keys = gc::struct_keys_array(m, env);
  for (size_t i = 0; i < gc::array_length(keys); ++i)
    if (!gc::is_symbol(gc::array_items(keys)[i])) {
      *raised = gc::type_error(m, "eval", "symbols as the keys of the environment", gc::array_items(keys)[i], 1);
      return false;
    }
  return true;
}

Evaluator *evaluator(Mutator &m, const char *fn, Value *raised) {
  if (!m.frontend)
    *raised = gc::raise_error(m, "eval-error", std::string(fn) + ": this program has no compiler",
                              {{"reason", gc::keyword("no-compiler")}});
  return static_cast<Evaluator *>(m.frontend);
}

// --- import --------------------------------------------------------------------------------------------------------------

Value import_key() { return gc::symbol("%%importing"); }

// The files that the current fiber is importing, innermost first.
Value import_chain(const Mutator &m) {
  for (Value l = m.params; gc::is_pair(l); l = gc::tail(l)) {
    Value binding = gc::head(l);
    if (gc::head(binding) == import_key())
      return gc::head(gc::tail(binding)) == m.fiber ? gc::tail(gc::tail(binding)) : gc::kEmpty;
  }
  return gc::kEmpty;
}

bool is_program_file(const std::string &path) {
  const std::string &program = base::options().file;
  return !program.empty() && program != "-" && base::options().expression.empty() && same_file(program, path);
}

// True after raising :circular-import.
bool is_circular(Mutator &m, Evaluator &ev, const std::string &path, Value *raised) {
  std::vector<std::string> chain = ev.compiling;
  std::vector<std::string> running;
  for (Value l = import_chain(m); gc::is_pair(l); l = gc::tail(l))
    running.emplace_back(gc::string_view_of(gc::head(l)));
  chain.insert(chain.end(), running.rbegin(), running.rend());
  bool found = std::any_of(chain.begin(), chain.end(), [&](const std::string &p) { return same_file(p, path); });
  if (!found && is_program_file(path)) {
    chain.insert(chain.begin(), base::options().file);
    found = true;
  }
  if (!found)
    return false;
  chain.push_back(path);
  gc::RootVector names(m);
  for (const std::string &p : chain)
    names.push(gc::make_string(m, p));
  *raised = gc::raise_error(m, "io-error", "import: circular import of " + path,
                            {{"reason", gc::keyword("circular-import")},
                             {"path", names[names.size() - 1]},
                             {"chain", gc::make_array(m, names.data(), names.size())}});
  return true;
}

const char *reason_of(int error) {
  switch (error) {
  case ENOENT: return "not-found";
  case EACCES: case EPERM: return "permission-denied";
  case EISDIR: return "is-a-directory";
  default: return "io";
  }
}

bool unchanged(uint32_t source) {
  const Source &s = sources().at(source);
  if (s.name.starts_with('<'))
    return true;
  auto text = read_file(s.name);
  return text && *text == s.text;
}

// The unit of a source, compiled now or before. `key`: in Evaluator::modules.
gc::UnitDesc *compile_module(Mutator &m, Evaluator &ev, const std::string &key, Source source, Value *raised) {
  auto known = ev.modules.find(key);
  if (known != ev.modules.end() && sources().at(known->second.source).text == source.text &&
      std::all_of(known->second.includes.begin(), known->second.includes.end(), unchanged))
    return known->second.unit;
  DiagSink sink;
  LoadedModule module;
  module.source = sources().add(std::move(source));
  ev.compiling.push_back(key);
  auto unit = compile_source(m, ev, module.source, {}, sink);
  ev.compiling.pop_back();
  if (!unit) {
    *raised = compile_error(m, "import", sink.all(), gc::make_string(m, sources().at(module.source).name));
    return nullptr;
  }
  print_warnings(sink);
  for (uint32_t i = module.source + 1; i < sources().count(); ++i)
    module.includes.push_back(i);
  module.unit = ev.load(m, std::move(unit));
  ev.modules[key] = module;
  return module.unit;
}

bool not_found(Mutator &m, Value spec, Value *raised) {
  *raised = gc::raise_error(m, "io-error", "import: not found: " + std::string(gc::string_view_of(spec)),
                            {{"reason", gc::keyword("not-found")}, {"spec", spec}});
  return false;
}

struct Found {
  gc::UnitDesc *unit = nullptr;
  Value path = gc::kNil; // a string
};

bool find_bundled(Mutator &m, Evaluator &ev, Value spec, Found &out, Value *raised) {
  std::string name(gc::string_view_of(spec));
  const BundledLibrary &library = bundled_library();
  out.path = spec;
  if (library.find_unit && (out.unit = library.find_unit(name))) {
    gc::register_unit(m, out.unit);
    return true;
  }
  BundledText text;
  if (!library.find_text || !library.find_text(name, text))
    return not_found(m, spec, raised);
  out.unit = compile_module(m, ev, name, {text.file, std::string(text.text), SourceKind::Lisp}, raised);
  return out.unit != nullptr;
}

bool find_file(Mutator &m, Evaluator &ev, Value spec, Value from, Found &out, Value *raised) {
  std::string_view origin = gc::is_string(from) ? gc::string_view_of(from) : "";
  auto path = find_module(gc::string_view_of(spec), origin);
  if (!path)
    return not_found(m, spec, raised);
  if (is_circular(m, ev, *path, raised))
    return false;
  out.path = gc::make_string(m, *path);
  auto text = read_file(*path);
  if (!text) {
    int error = errno;
    *raised = gc::raise_error(m, "io-error", "import: cannot read " + *path + ": " + std::strerror(error),
                              {{"reason", gc::keyword(reason_of(error))}, {"path", out.path}});
    return false;
  }
  out.unit = compile_module(m, ev, *path, {*path, std::move(*text), source_kind(*path)}, raised);
  return out.unit != nullptr;
}

bool find_import(Mutator &m, Evaluator &ev, Value spec, Value from, Found &out, Value *raised) {
  bool bundled = gc::string_view_of(spec).starts_with("std/");
  return bundled ? find_bundled(m, ev, spec, out, raised) : find_file(m, ev, spec, from, out, raised);
}

} // namespace

// --- the primitives --------------------------------------------------------------------------------------------------------

EVJIT_PRIM(evrt_read) {
  return gc::is_string(args[0]) ? read_one(m, args[0]) : gc::type_error(m, "read", "string", args[0], 0);
}

EVJIT_PRIM(evrt_read_all) {
  return gc::is_string(args[0]) ? read_every(m, args[0]) : gc::type_error(m, "read-all", "string", args[0], 0);
}

EVJIT_PRIM(evrt_eval) {
  Value raised = gc::kError;
  Value env = argc > 1 ? args[1] : gc::kNil;
  Evaluator *ev = evaluator(m, "eval", &raised);
  if (!ev || !env_is_valid(m, env, &raised))
    return raised;
  gc::UnitDesc *unit = compile_datum(m, *ev, args[0], env, &raised);
  return unit ? gc::run_unit(m, unit) : raised;
}

EVJIT_PRIM(evrt_import) {
  Value raised = gc::kError;
  if (!gc::is_string(args[0]))
    return gc::type_error(m, "import", "string", args[0], 0);
  Evaluator *ev = evaluator(m, "import", &raised);
  Found found;
  if (!ev || !find_import(m, *ev, args[0], argc > 1 ? args[1] : gc::kNil, found, &raised))
    return raised;
  Value outer = m.params;
  Value binding = gc::cons(m, import_key(), gc::cons(m, m.fiber, gc::cons(m, found.path, import_chain(m))));
  m.params = gc::cons(m, binding, outer.is_nil() ? gc::kEmpty : outer);
  Value result = gc::run_unit(m, found.unit);
  m.params = outer;
  return result;
}

static const gc::PrimDef kDefs[] = {
    {.name = "read", EVJIT_PRIM_FN(evrt_read), .arity = {1, 1}, .params = "s",
     .doc = "The only datum of the string `s`, not evaluated; :read-error if there is none, or more than one.",
     .example = "(read \"(+ 1 [2 :k])\") # => (+ 1 [2 :k])"},
    {.name = "read-all", EVJIT_PRIM_FN(evrt_read_all), .arity = {1, 1}, .params = "s",
     .doc = "The list of all data of the string `s`, not evaluated.", .example = "(read-all \"1 'x # c\") # => (1 (quote x))"},
    {.name = "eval", EVJIT_PRIM_FN(evrt_eval), .arity = {1, 2}, .signals = kAnySignal, .params = "form &opt env",
     .doc = "Compiles and runs a datum as a unit of its own, in the current fiber. It sees the builtins and the names of `env`, "
            "a struct with symbol keys. :eval-error if it does not compile.",
     .example = "(eval '(+ a 1) {'a 41}) # => 42"},
    {.name = "import", EVJIT_PRIM_FN(evrt_import), .arity = {1, 2}, .signals = kAnySignal, .params = "spec &opt from",
     .doc = "Compiles and runs the file that `spec` names; the value of its last form. Every import runs the file again. "
            "`from`, the importing file, is passed by the compiler.",
     .example = "(type-of (import \"std/sync\")) # => :closure", .aliases = "import-file module/import"},
};
const std::span<const gc::PrimDef> evjit::frontend::kFrontendPrims = kDefs;

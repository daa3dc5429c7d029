// Introspection (05 section 15): of functions, of the builtin table, documentation, memory.
#include "base/output.hpp"
#include "gc/call.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/signals.hpp"
#include "gc/value/print.hpp"

#include <cstdio>
#include <unistd.h>

#ifndef EVJIT_VERSION
#define EVJIT_VERSION "0.1.0"
#endif

namespace evjit::gc {

namespace {

Value arity_value(Mutator &m, uint32_t least, uint32_t most) {
  if (least == most)
    return Value::fixnum(least);
  return cons(m, Value::fixnum(least), most == kAny ? kNil : Value::fixnum(most));
}

const FnProto *proto_of(Value v) { return is_closure(v) ? v.as<Closure>()->proto : nullptr; }

std::string_view text_of(const char *s) { return s ? s : ""; }

bool name_text(Value v, std::string *out) {
  if (!is_string(v) && !is_keyword(v) && !is_symbol(v))
    return false;
  *out = is_string(v) ? string_view_of(v) : name_of(v);
  return true;
}

// What a docstring tells: lines of text, then, from the first line that begins with a parenthesis, an example. The first line is
// text even if it does (macros begin with their call shape).
struct DocParts {
  std::string_view text, example;
};

DocParts doc_parts(std::string_view doc) {
  size_t at = doc.find("\n(");
  if (at == std::string_view::npos)
    return {doc, ""};
  return {doc.substr(0, at), doc.substr(at + 1)};
}

// Of a primitive: its row has both. Of the prelude: its docstring.
DocParts builtin_parts(std::string_view name, const FnProto *p) {
  DocParts parts = doc_parts(text_of(p->doc));
  if (const PrimDef *def = find_prim(name))
    parts = {def->doc, def->example};
  return parts;
}

std::string signal_words(uint64_t bits) {
  std::string out;
  for (int b = 0; b < kFirstProgramSignal; ++b)
    if (auto name = signal_name(b); (bits >> b & 1) && !name.empty())
      out.append(" :").append(name);
  return out.empty() ? " none" : out;
}

std::string call_shape(std::string_view name, const FnProto *p) {
  std::string out = "(" + std::string(name);
  if (!text_of(p->params).empty())
    out.append(" ").append(p->params);
  return out + ")\n";
}

std::string macro_doc(std::string_view name, const FnProto *p) {
  return call_shape(name, p) + std::string(p->doc ? p->doc : "A macro.");
}

// The call shape, what it does, the signals it may send, an example.
std::string builtin_doc(std::string_view name, const FnProto *p) {
  DocParts parts = builtin_parts(name, p);
  std::string out = call_shape(name, p);
  out += parts.text.empty() ? "A builtin function." : parts.text;
  out.append("\nSignals:").append(signal_words(p->signals));
  if (!parts.example.empty())
    out.append("\n").append(parts.example);
  return out;
}

std::string no_doc(std::string_view name) { return "No documentation found for '" + std::string(name) + "'"; }

Value words(Mutator &m, std::string_view text) {
  Value out = make_marray(m, nullptr, 0);
  while (!text.empty()) {
    size_t n = std::min(text.find(' '), text.size());
    if (n > 0)
      marray_push(m, out, make_string(m, text.substr(0, n)));
    text.remove_prefix(std::min(n + 1, text.size()));
  }
  return make_list(m, array_items(out), array_length(out));
}

std::string category_of(std::string_view name) {
  size_t slash = name.find('/');
  return slash == std::string_view::npos || slash == 0 ? "core" : std::string(name.substr(0, slash));
}

void debug_line(const std::string &line) {
  base::begin_output();
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  base::end_output(true);
}

} // namespace

EVJIT_PRIM(evrt_fn_arity) {
  const FnProto *p = proto_of(args[0]);
  return p ? arity_value(m, p->required, p->max_args()) : kNil;
}
EVJIT_PRIM(evrt_fn_captures) {
  return is_closure(args[0]) && type_name(args[0]) == "closure" ? Value::fixnum(proto_of(args[0])->captures) : kNil;
}
EVJIT_PRIM(evrt_fn_name) {
  const FnProto *p = proto_of(args[0]);
  return p && p->name && *p->name ? make_string(m, p->name) : kNil;
}
EVJIT_PRIM(evrt_meta_origin) {
  const FnProto *p = proto_of(args[0]);
  if (!p || !p->file || (p->flags & FnProto::kBuiltin))
    return kNil;
  Value kv[] = {keyword("file"), make_string(m, p->file), keyword("line"), Value::fixnum(p->line), keyword("col"), Value::fixnum(p->col)};
  return make_struct(m, kv, 3);
}
EVJIT_PRIM(evrt_doc) {
  Value x = args[0];
  std::string name;
  if (const FnProto *p = proto_of(x)) {
    name = p->name ? p->name : "fn";
    if (p->flags & FnProto::kBuiltin)
      return make_string(m, builtin_doc(name, p));
    return make_string(m, p->doc ? std::string(p->doc) : no_doc(name));
  }
  if (!name_text(x, &name))
    return make_string(m, no_doc(print_literal(x)));
  if (Value fn = find_builtin(name); fn != kAbsent)
    return make_string(m, is_closure(fn) ? builtin_doc(name, proto_of(fn)) : no_doc(name));
  Value macro = find_builtin_macro(name);
  return make_string(m, macro != kAbsent ? macro_doc(name, proto_of(macro)) : no_doc(name));
}
EVJIT_PRIM(evrt_list_primitives) {
  struct Names {
    Mutator &m;
    Value list;
  } names{m, make_marray(m, nullptr, 0)};
  each_builtin_name(
      [](void *self, std::string_view name) {
        auto *n = static_cast<Names *>(self);
        if (!name.starts_with("%%"))
          marray_push(n->m, n->list, make_string(n->m, name));
      },
      &names);
  return make_list(m, array_items(names.list), array_length(names.list));
}
EVJIT_PRIM(evrt_primitive_meta) {
  std::string name;
  if (!name_text(args[0], &name))
    return type_error(m, "vm/primitive-meta", "string", args[0], 0);
  Value fn = find_builtin(name);
  const FnProto *p = fn == kAbsent ? nullptr : proto_of(fn);
  if (!p)
    return kNil;
  const PrimDef *def = find_prim(name);
  std::string canonical = def ? def->name : name;
  DocParts parts = builtin_parts(name, p);
  Value kv[] = {keyword("name"),     make_string(m, canonical),
                keyword("arity"),    arity_value(m, p->required, p->max_args()),
                keyword("doc"),      make_string(m, parts.text),
                keyword("params"),   words(m, text_of(p->params)),
                keyword("category"), keyword(category_of(canonical)),
                keyword("example"),  make_string(m, parts.example),
                keyword("aliases"),  words(m, def ? def->aliases : "")};
  return make_struct(m, kv, 7);
}
EVJIT_PRIM(evrt_debug_print) {
  debug_line("[DEBUG] " + print_literal(args[0]) + "\n");
  return args[0];
}
EVJIT_PRIM(evrt_debug_trace) {
  std::string label;
  if (!name_text(args[0], &label))
    return type_error(m, "debug/trace", "string or symbol", args[0], 0);
  debug_line("[TRACE] " + label + ": " + print_literal(args[1]) + "\n");
  return args[1];
}
EVJIT_PRIM(evrt_debug_memory) {
  unsigned long long total = 0, resident = 0;
  if (FILE *f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%llu %llu", &total, &resident) != 2)
      total = resident = 0;
    std::fclose(f);
  }
  auto page = static_cast<unsigned long long>(sysconf(_SC_PAGESIZE));
  Value sizes[] = {make_int(m, static_cast<int64_t>(resident * page)), make_int(m, static_cast<int64_t>(total * page))};
  return make_list(m, sizes, 2);
}
EVJIT_PRIM(evrt_version) { return make_string(m, EVJIT_VERSION); }
EVJIT_PRIM(evrt_info) {
  Value kv[] = {keyword("name"), make_string(m, "evjit"), keyword("version"), make_string(m, EVJIT_VERSION)};
  return make_struct(m, kv, 2);
}

static const PrimDef kRows[] = {
    {.name = "fn/arity", EVJIT_PRIM_FN(evrt_fn_arity), .arity = {1, 1}, .signals = sig::kSilent, .params = "f",
     .doc = "The number of arguments of f: an integer, or a pair of minimum and maximum (nil: no limit); nil for other values.",
     .example = "(fn/arity inc) # => 1", .aliases = "arity"},
    {.name = "fn/captures", EVJIT_PRIM_FN(evrt_fn_captures), .arity = {1, 1}, .signals = sig::kSilent, .params = "f",
     .doc = "The number of variables that the closure f captured; nil for other values.", .example = "(fn/captures +) # => nil"},
    {.name = "fn/name", EVJIT_PRIM_FN(evrt_fn_name), .arity = {1, 1}, .signals = sig::kSilent, .params = "f",
     .doc = "The name of the function f, or nil.", .example = "(fn/name inc) # => \"inc\""},
    {.name = "meta/origin", EVJIT_PRIM_FN(evrt_meta_origin), .arity = {1, 1}, .signals = sig::kSilent, .params = "f",
     .doc = "Where the function f was defined: {:file :line :col}, or nil.", .example = "(meta/origin inc) # => nil"},
    {.name = "doc", EVJIT_PRIM_FN(evrt_doc), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "The documentation of a function, or of the builtin with that name: its call shape, what it does, its signals, an example.",
     .example = "(slice (doc inc) 0 7) # => \"(inc x)\""},
    {.name = "vm/list-primitives", EVJIT_PRIM_FN(evrt_list_primitives), .arity = {0, 0}, .signals = sig::kSilent,
     .doc = "A list of the names of all builtin functions.",
     .example = "(has? (seq->set (vm/list-primitives)) \"inc\") # => true", .aliases = "list-primitives"},
    {.name = "vm/primitive-meta", EVJIT_PRIM_FN(evrt_primitive_meta), .arity = {1, 1}, .params = "name",
     .doc = "What is known about the builtin with that name: a struct, or nil.",
     .example = "(get (vm/primitive-meta \"inc\") :arity) # => 1", .aliases = "primitive-meta"},
    {.name = "debug/print", EVJIT_PRIM_FN(evrt_debug_print), .arity = {1, 1}, .signals = sig::kIo, .params = "v",
     .doc = "Writes [DEBUG] and the literal text of v to standard error; returns v.",
     .example = "(debug/print {:a 1}) # => {:a 1}", .aliases = "debug-print"},
    {.name = "debug/trace", EVJIT_PRIM_FN(evrt_debug_trace), .arity = {2, 2}, .signals = sig::kError | sig::kIo, .params = "label v",
     .doc = "Writes [TRACE], the label and the literal text of v to standard error; returns v.",
     .example = "(debug/trace \"n\" 5) # => 5", .aliases = "trace"},
    {.name = "debug/memory", EVJIT_PRIM_FN(evrt_debug_memory), .arity = {0, 0}, .signals = sig::kSilent,
     .doc = "A list of resident and virtual bytes of this process.", .example = "(length (debug/memory)) # => 2",
     .aliases = "memory-usage"},
    {.name = "evjit/version", EVJIT_PRIM_FN(evrt_version), .arity = {0, 0}, .signals = sig::kSilent, .doc = "The version of evjit.",
     .example = "(string? (evjit/version)) # => true"},
    {.name = "evjit/info", EVJIT_PRIM_FN(evrt_info), .arity = {0, 0}, .signals = sig::kSilent,
     .doc = "A struct with the :name and :version of this program.", .example = "(get (evjit/info) :name) # => \"evjit\""},
};
const std::span<const PrimDef> kIntrospectPrims = kRows;

} // namespace evjit::gc

// The expander: reader forms to the resolved tree, macros expanded on the way. Internal to frontend/expand; the public
// entry is expand_unit (frontend/compiler.hpp).
//
// One pass over the forms builds the tree. Names are resolved at the end of the unit, because a scope's definitions are visible
// in the whole scope (03 section 3.1): a reference becomes a NameSlot, a node that turns into a Ref, a Builtin or another node
// when every frame is complete. Only what decides how a form is read is looked up at once: whether a head is a macro.
//
// Time is a counter (`seq_`): each binding says from which moment on it holds, each reference when it was met. That alone
// tells redefinitions in one scope apart: a reference takes the latest binding that holds, else the first of the group.
//
// Hygiene: every identifier has a chain. Chain 0: as written. Chain (e, p): introduced by expansion e whose macro's template had
// it with chain p. A binding is found by name and chain exactly; when no frame has it, a chain (e, p) falls back to chain p
// seen from where e's macro was defined.
//
// Phases: a macro body is compiled as a unit of its own (UnitState) whose frames have a higher phase than those around it. From
// there macros and begin-for-syntax names of lower phases are visible, their run-time variables are not.
//
// Values kept in C++ containers (forms, their elements) are reachable from `keep_` or from the caller's forms.
#pragma once

#include "frontend/compiler.hpp"
#include "frontend/read/reader.hpp"
#include "gc/value/make.hpp"
#include "gc/value/syntax.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace evjit::frontend {

using gc::Mutator;
using gc::Type;
using gc::Value;

using gc::kTemplateMark;
inline constexpr uint32_t kNotYet = ~0u;
inline constexpr uint32_t kNoSlot = ~0u;

struct Key {
  uint64_t symbol; // bits of the symbol: names are interned, gensyms are unique
  uint32_t chain;
  bool operator==(const Key &) const = default;
};
struct KeyHash {
  size_t operator()(const Key &k) const { return k.symbol * 0x9E3779B97F4A7C15u ^ (size_t{k.chain} << 7); }
};

struct Frame;

struct MacroDef {
  std::string name;
  Span span;
  Frame *env = nullptr;    // where it was defined; null: the builtin environment
  uint32_t seq = 0;        // and when
  uint32_t chain = 0;      // of the defining form: what a plain symbol of a result counts as
  size_t transformer = 0;  // index into values_; 0: broken, expands to nil
  std::string doc, params;
};

// PhaseOne: of begin-for-syntax; Earlier: a variable of a unit that has run (session.cpp).
enum class BindingKind : uint8_t { Variable, Macro, PhaseOne, Constant, Earlier };

struct Binding {
  BindingKind kind;
  Value symbol = gc::kNil;
  Var *var = nullptr;       // Variable
  MacroDef *macro = nullptr;
  size_t value = 0;         // Constant: index into values_; PhaseOne, Earlier: the instance
  uint32_t slot = 0;        // PhaseOne, Earlier
  bool is_mutable = false;  // PhaseOne, Earlier
  uint32_t active = kNotYet; // holds for references from this moment on
  uint32_t visible = 0;      // forward references from this moment on may take it if nothing else is active
};

enum class FrameKind : uint8_t { Top, Function, Scope };

struct Frame {
  FrameKind kind = FrameKind::Scope;
  uint32_t phase = 0;
  Frame *parent = nullptr;
  Lambda *lambda = nullptr;
  std::vector<Var *> *vars = nullptr; // where new variables of the scope are listed
  uint32_t group_start = 0;           // when its body began: names defined in it are visible from here on
  std::unordered_map<Key, std::vector<Binding>, KeyHash> names;
  std::unordered_set<Key, KeyHash> upcoming; // names that a later form of the body defines: they hide macros already
};

struct ChainInfo {
  uint32_t expansion; // which macro call
  uint32_t parent;    // chain in the template
};
struct Expansion {
  Frame *env;   // of the macro's definition
  uint32_t seq;
};

// A list form taken apart. The elements are reachable from `syntax`.
struct Form {
  Value syntax;
  Span at;
  std::vector<Value> items;
  std::string name; // of the head, for messages
  size_t size() const { return items.size(); }
  size_t operands() const { return items.size() - 1; }
  Value operator[](size_t i) const { return items[i]; }
};

// What a break may leave, innermost first; lives on the C++ stack.
struct BlockContext {
  enum Kind { Target, FunctionBoundary, Protected } kind;
  Block *block;
  std::string label; // empty: none
  BlockContext *outer;
};

class NameSlot;

enum class NameUse : uint8_t { Reference, Assign, Doc };

struct PendingName {
  NameSlot *slot;
  Value symbol;
  uint32_t chain;
  Frame *frame;
  uint32_t seq;
  NameUse use;
  Span at;
  Assign *assign = nullptr;
  Call *call = nullptr; // the reference is its callee
};
struct PendingEnvironment {
  Call *node; // of %%environment
  Frame *frame;
  uint32_t seq;
};

struct UnitState {
  AstUnit *unit;
  Lambda *lambda = nullptr;
  std::vector<PendingName> names;
  std::vector<PendingEnvironment> environments;
  bool phase_one = false;
  uint32_t template_chain = 0; // phase one: the chain of the macro whose body this is
  BlockContext *blocks = nullptr;
  bool at_top_level = false;   // the form being expanded is a top-level form of the unit
  std::unordered_set<Var *> never_assigned; // immutable!
};

class Expander {
public:
  Expander(Mutator &m, Evaluator &ev, const CompileOptions &opts, DiagSink &sink);
  std::unique_ptr<AstUnit> run(const gc::RootVector &forms, std::string file);
  Value expand_alone(Value form, bool once, std::string file); // expand-macro at run time: plain data

  // --- session.cpp: several units, each inside the scope of those before -------------------------------------------------
  void publish(Value instance);
  void set_constant(Value symbol, Value v);
  const Binding *find_earlier(Key key, uint32_t seq, uint32_t phase) const;
  void each_name(void (*visit)(void *, std::string_view), void *self) const;

  // --- forms: table in forms.def; each builds the node of one special form -------------------------------------------
#define FORM(text, handler, kind, shape, doc) Node *handler(Form &f);
#define FORM_AGAIN(text, handler, kind, shape, doc)
#define NATIVE_MACRO(text, handler, shape, doc) Value handler(Form &f);
#include "frontend/expand/forms.def"

private:
  // --- expr.cpp: expressions ------------------------------------------------------------------------------------------
  Node *expr(Value form, Span at);
  Node *list_form(Value syntax, Span at);
  Node *call(Form &f);
  void call_args(const Form &f, size_t from, std::vector<Arg> &out);
  Node *name(Value syntax, Span at, Call *callee_of = nullptr);
  Node *literal(Value syntax, LiteralKind kind, Span at);
  Node *fold_literal(Literal *l);
  bool check_literal_items(Literal *l, LiteralKind kind, Span at);

  // --- building nodes --------------------------------------------------------------------------------------------------
  template <class T> T *make(NodeKind k, Span at) { return u_->unit->make<T>(k, at); }
  Node *constant(Value v, Span at);
  Node *nil(Span at) { return constant(gc::kNil, at); }
  Node *builtin(std::string_view name, Span at);
  Node *call_builtin(std::string_view name, Span at, std::initializer_list<Node *> args);
  Node *ref(Var *v, Span at);
  Node *define(Var *v, Node *value, Span at);
  Node *seq(std::vector<Node *> body, Span at);

  // --- looking at forms (form.cpp) ------------------------------------------------------------------------------------
  Form open(Value syntax, Span at);
  static bool is_symbol(Value form);             // syntax around a symbol, or a bare one
  static bool is_symbol(Value form, std::string_view text);
  static Value symbol_of(Value form);
  static std::string text_of(Value form) { return std::string(gc::name_of(symbol_of(form))); }
  static uint32_t chain_of(Value form);
  static bool is_list_form(Value form);          // syntax around a list or ()
  static LiteralKind kind_of(Value form);        // of a bracketed literal, else None
  static Value datum_of(Value form);
  static Span span_of(Value form, Span otherwise);
  std::vector<Value> items_of(Value form);       // of a list or a bracketed literal
  Key key_of(Value form) const { return {symbol_of(form).bits, chain_of(form)}; }
  Value plain(Value form);                       // syntax->datum
  Value keep(Value v) { keep_.push(v); return v; }
  Value syntax(Value datum, Span at, uint32_t chain = 0, LiteralKind kind = LiteralKind::None);
  Value list_syntax(Span at, const std::vector<Value> &items);
  Value symbol_syntax(std::string_view text, Span at);
  std::string describe(Value form);              // short text for messages

  // --- diagnostics ---------------------------------------------------------------------------------------------------
  Node *fail(Span at, const char *code, std::string message, std::string hint = {});
  // "WHAT: expected EXPECTED, got FOUND"
  Node *mismatch(Span at, const char *code, std::string what, std::string expected, std::string found);
  Node *malformed(const Form &f, std::string detail = {});

  // --- scope.cpp: frames, bindings --------------------------------------------------------------------------------------
  Frame *new_frame(FrameKind kind, Frame *parent);
  Var *new_var(std::string name, Span at, bool is_mutable);
  Binding &bind(Frame *frame, Value name_form, Binding b);
  // A new variable of the current frame. Later: not active before activate_key.
  enum class When { Now, Group, Later };         // Now: holds from here; Group: and is visible in the whole scope
  Var *declare(Value name_form, Span at, bool is_mutable, When when);
  void activate_all(Frame *frame);               // what was declared Later
  Var *hidden_var(Span at);                      // nameless variable of the current frame
  enum class LookFor { Value, Head }; // Head: names that a later form of the body defines count already
  const Binding *lookup(Frame *frame, Value symbol, uint32_t chain, uint32_t seq, bool &hidden_by_phase,
                        LookFor what = LookFor::Value);
  const Binding *find(Frame *frame, Key key, uint32_t seq, uint32_t phase, bool &hidden_by_phase) const;
  const Binding *find_later_macro(const Frame &frame, Key key, uint32_t phase) const;
  uint32_t new_expansion(Frame *env, uint32_t seq);
  uint32_t chain(uint32_t expansion, uint32_t parent);
  void warn_special_name(Value name_form, Span at);
  void note_upcoming(const std::vector<Value> &body, size_t from);

  // --- resolve.cpp: the end of a unit ---------------------------------------------------------------------------------
  void resolve_names();
  void resolve(PendingName &p);
  void resolve_variable(PendingName &p, const Binding &b);
  void resolve_builtin(PendingName &p, bool hidden_by_phase);
  void resolve_doc(PendingName &p, const Binding *b);
  void resolve_phase_one(PendingName &p, const Binding &b);
  void undefined(const PendingName &p, bool hidden_by_phase);
  std::string suggestions(const PendingName &p);
  void fill_environments();
  Node *guarded_read(Var *v, Span at);
  Node *read_binding(const Binding &b, Span at);
  void add_import_origin(PendingName &p, std::string_view name);
  static bool is_special_name(std::string_view text);
  std::optional<std::string> form_doc(std::string_view name);
  std::string macro_doc(std::string_view name, std::string_view params, std::string_view doc);

  // --- heads ---------------------------------------------------------------------------------------------------------
  struct Head {
    enum Kind { Ordinary, Special, Native, Macro, BuiltinMacro } kind = Ordinary;
    int form = -1;               // Special, Native: row of forms.def
    const MacroDef *macro = nullptr;
    Value transformer = gc::kNil;
  };
  Head classify(Value head);
  Head classify_unbound(std::string_view text);

  // --- patterns (pattern.cpp) -------------------------------------------------------------------------------------------
  struct PatternMode {
    bool matching;               // match, or a binding pattern
    bool all_mutable = false;    // var
    bool lenient = false;        // after &opt
    const char *where = "";      // for messages
    When when = When::Now;
  };
  struct PatternScope {
    std::vector<std::pair<Key, Var *>> bound;
    const std::vector<std::pair<Key, Var *>> *shared = nullptr; // or-pattern: the names that the first alternative made
  };
  Pattern *pattern(Value form, Span at, const PatternMode &mode, PatternScope &scope);
  Pattern *pattern_name(Value form, Span at, const PatternMode &mode, PatternScope &scope);
  Pattern *pattern_literal(Value v, Span at, const PatternMode &mode);
  Pattern *pattern_list(Value form, Span at, const PatternMode &mode, PatternScope &scope);
  Pattern *pattern_sequence(PatternKind kind, const std::vector<Value> &items, Span at, const PatternMode &mode,
                            PatternScope &scope);
  Pattern *pattern_struct(Value form, Span at, const PatternMode &mode, PatternScope &scope);
  Pattern *pattern_or(const std::vector<Value> &items, Span at, const PatternMode &mode, PatternScope &scope);
  Pattern *pattern_rest(const std::vector<Value> &items, size_t at_index, Span at, const PatternMode &mode,
                        PatternScope &scope);
  Pattern *make_pattern(PatternKind kind, Span at, const PatternMode &mode);
  Pattern *bad_pattern(Span at, std::string message, std::string hint = {});
  Pattern *bind_pattern(Var *v, Span at);
  static bool is_irrefutable(const Pattern *p);
  static void boolean_cover(AstUnit &unit, const Pattern *p, bool &yes, bool &no);

  // --- bodies, binding lists, functions ------------------------------------------------------------------------------
  struct BindingPair {
    Value target, value;
    Span at;
  };
  bool binding_list(const Form &f, Value list, std::vector<BindingPair> &out);
  bool pair_style(const Form &f, Value list, std::vector<BindingPair> &out);
  bool flat_style(const Form &f, Value list, std::vector<BindingPair> &out);
  Node *bind_or(Form &f, const std::vector<BindingPair> &pairs, size_t then_from, size_t then_to, Node *otherwise);
  Node *protected_expr(Value form, Span at);
  Node *body(const std::vector<Value> &items, size_t from, Span at); // in the current frame
  Node *scope_body(const std::vector<Value> &items, size_t from, Span at); // in a new frame: a Scope
  Node *define_form(Form &f, bool all_mutable);
  std::string target_name(Value target);
  void name_lambda(Node *value, Value target);

  struct Params {
    std::vector<Node *> prologue; // destructuring, &named bindings
  };
  Node *lambda(const Form &f, size_t params_at, std::string name);
  bool parameters(const Form &f, Value list, Lambda *l, Params &out);
  void parameter(Value form, Span at, Lambda *l, bool optional, Params &out, PatternScope &scope);
  void collector(const Form &f, const std::vector<Value> &items, size_t &i, Lambda *l, Params &out, PatternScope &scope);
  void declarations(const std::vector<Value> &items, size_t &from, Lambda *l, std::vector<Node *> &prologue, Span at);
  bool declaration(Form &f, Lambda *l, std::vector<Node *> &prologue);
  void silence_parameter(Form &f, Lambda *l, std::vector<Node *> &prologue);
  void immutable_name(Form &f);
  bool signal_bits(const Form &f, Value form, uint64_t &bits, Value *datum = nullptr);
  std::string params_text(const std::vector<Value> &items);
  std::vector<Node *> each_statement(const std::vector<Value> &items, size_t from, Span at);
  Node *collect_protected(Form &f, size_t from, size_t to);
  Node *catch_handler(Value clause, Span at, Scope *&handler);
  Node *match_arm(const std::vector<Value> &items, size_t &i, Span at, Match *m);
  Node *break_to(Form &f, const std::string &label, Value value, bool has_value);

  // --- quasiquote (quasi.cpp) --------------------------------------------------------------------------------------------
  Node *quoted(Value form, Span at);
  Node *quasi(Value form, int level, Span at);
  Node *quasi_list(Value form, int level, Span at);
  Node *quasi_items(const std::vector<Value> &items, int level, Span at, CollectionKind kind, bool splices);
  bool has_unquote(Value form, int level);
  bool is_tagged(Value form, std::string_view tag);
  Value template_datum(Value form);
  static bool has_mutable(Value v, int depth = 0);

  // --- macros (macro.cpp, phase.cpp) -----------------------------------------------------------------------------------
  Node *expand_call(Form &f, const Head &h);
  bool expand_step(Form &f, const Head &h, Value &result);
  bool run_macro(Form &f, const Head &h, Value &result);
  std::string within() const;
  bool check_macro_arity(const Form &f, Value transformer);
  std::string error_text(Value payload);
  Value take_result(Value v, uint32_t expansion, uint32_t plain_chain, Span at, std::string &problem, int depth);
  Value take_items(Value v, uint32_t expansion, uint32_t plain_chain, Span at, std::string &problem, int depth);
  bool macro_params(const Form &f, Value list);
  Value compile_phase_one(const Form &f, uint32_t chain);
  bool run_phase_one_forms(Form &f);
  void start_phase_one(UnitState &state, uint32_t template_chain, Span at);
  gc::UnitDesc *finish_phase_one(UnitState &state, Node *body);
  void publish_phase_one(Frame &from, size_t instance);
  Node *export_macro(const Form &f);
  Value expand_data(Value form, bool once);
  Value full_expansion(Value form, int depth);
  Value expand_parts(const Form &f, bool special, int depth);

  // --- syntax-case (syntax_case.cpp) ------------------------------------------------------------------------------------
  struct SyntaxPattern {
    std::vector<Value> names; // forms of the variables, in order
  };
  Value syntax_pattern(const Form &f, Value form, SyntaxPattern &p, bool &good);
  Node *syntax_clause(const Form &f, Value clause, Var *subject, Block *block);

  // --- include.cpp ---------------------------------------------------------------------------------------------------
  Node *splice_file(Form &f, const std::string &path);
  Node *top_form(Value form);

  // --- unit.cpp ------------------------------------------------------------------------------------------------------
  void bind_environment(Frame *frame);
  Frame *root_frame();
  void export_names();

  Mutator &m_;
  Evaluator &ev_;
  const CompileOptions &opts_;
  DiagSink &sink_;
  gc::RootVector keep_, values_;
  std::deque<Frame> frames_;
  std::deque<MacroDef> macros_;
  std::vector<ChainInfo> chains_;
  std::vector<Expansion> expansions_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> chain_ids_;
  std::vector<uint32_t> including_; // files
  std::string file_;
  Frame *top_frame_ = nullptr;
  Frame *root_frame_ = nullptr, *base_frame_ = nullptr; // around the unit: eval's environment, earlier units
  Frame *frame_ = nullptr;
  UnitState *u_ = nullptr;
  uint32_t seq_ = 1;
  int nesting_ = 0;     // of forms
  std::vector<std::string> expanding_; // names of the macro calls being expanded, outermost first
  size_t undefined_ = 0; // names reported
  bool reported_depth_ = false;
  size_t errors_ = 0;   // reported by fail
  std::vector<std::unique_ptr<AstUnit>> phase_units_; // their variables may be looked at later
  std::unordered_set<Var *> unexported_;              // prelude: helpers of macros

  friend struct FrameScope;
};

// (expand-macro form) at run time, with the standard macros only. Raises :eval-error.
Value expand_datum(Mutator &m, Evaluator &ev, Value form, bool once);

// Makes `frame` current for a C++ scope.
struct FrameScope {
  Expander &x;
  Frame *saved;
  FrameScope(Expander &x, Frame *frame) : x(x), saved(x.frame_) { x.frame_ = frame; }
  ~FrameScope() { x.frame_ = saved; }
};

// A node whose kind is known when the unit is complete: a Ref until then. Belongs to the unit like any node.
class NameSlot {
public:
  NameSlot() {}
  ~NameSlot();
  NameSlot(const NameSlot &) = delete;
  Node *node() { return &as_.ref; }
  Ref &ref() { return as_.ref; }
  void start(Span at);
  void become_builtin(std::string name, uint32_t constant, const gc::PrimDef *prim);
  void become_constant(uint32_t constant);
  void become(Node *other); // a Seq of that node

private:
  void clear();
  union Storage {
    Storage() {}
    ~Storage() {}
    Ref ref;
    Builtin builtin;
    Const constant;
    Seq seq;
  } as_;
  NodeKind held_ = NodeKind::Ref;
};

} // namespace evjit::frontend

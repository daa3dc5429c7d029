// The tree between the expander and the IR builder: every name is resolved, every macro is gone.
//
// Nodes live in the arena of their AstUnit and are plain structs told apart by `kind`; nobody frees one alone. Constants are
// indices into AstUnit::constants, so nodes hold no values.
#pragma once

#include "frontend/diag/diag.hpp"
#include "gc/prim.hpp"
#include "gc/roots/root.hpp"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace evjit::frontend {

struct Lambda;
struct Node;
struct Pattern;

enum class VarKind : uint8_t { Local, Top };

struct Var {
  std::string name;
  Span span;
  VarKind kind = VarKind::Local;
  bool is_mutable = false;
  Lambda *owner = nullptr;      // the function whose frame holds it (Top: the unit's top-level lambda)
  bool maybe_early = false;     // member of a recursive group (def, letrec): may be read before its Define ran
  bool from_eval_env = false;   // Top: filled by eval's env before the unit runs; immutable, never early
  Lambda *known_lambda = nullptr; // immutable and defined once by a literal fn: direct calls
  // --- filled by analyse -------------------------------------------------------------------------------
  bool assigned = false;
  bool captured = false;
  bool early = false;           // some read or capture may precede its Define (or nobody can tell)
  bool multi = false;           // Local: bound at several places (or-patterns, lenient destructuring)
  bool in_cell = false;         // Local: captured, and assigned or early: lives in a heap cell
  uint32_t slot = ~0u;          // Top: instance slot
};

enum class NodeKind : uint8_t {
  Const, Ref, Builtin, Assign, Define, If, Seq, Scope, Fn, Call, Literal, Block, Break, Loop, And, Or, Try, Protect, Defer,
  Parameterize, Match, Field, Raise,
};

struct Node {
  NodeKind kind;
  Span span;
};
struct Arg {
  Node *node;
  bool splice = false;
};
struct Const : Node { uint32_t constant; bool fresh_copy = false; }; // fresh_copy: mutable quoted data, copied per evaluation
struct Ref : Node { Var *var; bool checked = false; };       // checked (analyse): may run before the Define
struct Builtin : Node { std::string name; uint32_t constant; const gc::PrimDef *prim; }; // prim: null if written in the language
struct Assign : Node { Var *var; Node *value; };          // value: the stored value
struct Define : Node { Pattern *target; Node *value; };   // initialises the target's variables; value: the value
struct If : Node { Node *test, *then, *otherwise; };      // otherwise may be null: nil
struct Seq : Node { std::vector<Node *> body; };          // empty: nil
struct Scope : Node { std::vector<Var *> vars; Node *body; }; // fresh variables per entry
struct Fn : Node { Lambda *lambda; };
struct Call : Node { Node *callee; std::vector<Arg> args; };
enum class CollectionKind : uint8_t { Array, MArray, Struct, MStruct, Set, MSet, Bytes, MBytes, MString, List };
struct Literal : Node { CollectionKind collection; std::vector<Arg> items; }; // Struct: key value key value ...
struct Block : Node { Node *body; };                      // target of Break
struct Break : Node { Block *target; Node *value; };      // value may be null: nil
struct Loop : Node { Node *test, *body; };                // while test: body; value nil. Wrapped in a Block by the expander
struct And : Node { std::vector<Node *> parts; };         // empty: true
struct Or : Node { std::vector<Node *> parts; };          // empty: false
struct Try : Node { Node *body; Scope *handler; };        // handler: Scope whose body starts with Define(pattern, Caught)
struct Protect : Node { Node *body; };                    // [true v] or [false e]
struct Defer : Node { Node *cleanup, *body; };
struct Parameterize : Node { std::vector<Node *> params, values; Node *body; };
struct Field : Node { Node *object; uint32_t keyword; };  // a:b
struct Raise : Node { Node *value; };                     // (error v)
struct Arm { Pattern *pattern; Node *guard; Node *body; std::vector<Var *> vars; }; // guard may be null
struct Match : Node { Node *subject; std::vector<Arm> arms; };

enum class PatternKind : uint8_t { Wild, Bind, Literal, List, Array, Struct, Set, Or };
struct Pattern {
  PatternKind kind;
  Span span;
  Var *var = nullptr;              // Bind
  uint32_t constant = 0;           // Literal: matched with `=`
  bool is_mutable = false;         // match only: @[..] @{..} @|..|
  std::vector<Pattern *> items;    // List, Array, Struct (values), Set (one), Or (alternatives)
  std::vector<uint32_t> keys;      // Struct: constants
  Pattern *rest = nullptr;         // & r
  bool improper = false;           // List: the rest came after '.', so it matches any tail
  bool lenient = false;            // &opt parameter: a nil value makes every leaf nil
};
// The value that the handler of a Try binds: (Try.handler)->body = Seq{Define{pattern, Const kCaughtValue}, ...}
inline constexpr uint32_t kCaughtValue = ~0u;

struct Lambda {
  std::string name;                // empty: anonymous
  Span span;
  std::string doc;
  bool has_doc = false;
  std::vector<Var *> required, optional;
  gc::Collector collector = gc::Collector::None;
  Var *rest = nullptr;             // the collector's variable (Rest: a list; Keys, Named: an immutable struct)
  std::vector<std::string> named;  // Collector::Named
  Node *body = nullptr;            // destructuring of parameters, &named bindings and declarations come first in it
  std::string params_text;         // for (doc f): "x y &opt z"
  Lambda *parent = nullptr;
  bool is_builtin = false;         // prelude: reports :native-fn
  // Declarations at the start of the body (08 section 7).
  bool limits_signals = false;     // (silence), (silent!), (attune! ..): may send at most `allowed`, muffled ones apart
  uint64_t allowed = 0, muffled = 0;
  Span limit_span;                 // of the declaration
  std::vector<Var *> silent_params; // (silence p): calls of p count as silent
  // --- filled by analyse
  std::vector<Var *> captures;
  uint32_t index = 0;
  uint32_t group = 0;              // the top-level form it stands in, from 1; 0: the top level itself
  uint64_t signals = 0;            // bits that a call may send (08 section 6)
};

struct Export {
  std::string name;
  Var *var;
  bool is_macro;
};

// One unit after expansion. Owns its nodes.
class AstUnit {
public:
  explicit AstUnit(gc::Mutator &m) : constants(m) {}
  template <class T> T *make(NodeKind kind, Span at) {
    auto p = std::make_shared<T>();
    p->kind = kind;
    p->span = at;
    keep_.push_back(p);
    return p.get();
  }
  template <class T> T *own() { // Var, Pattern, Lambda
    auto p = std::make_shared<T>();
    keep_.push_back(p);
    return p.get();
  }
  uint32_t constant(gc::Value v); // index of v, shared with an identical earlier one

  std::string file;
  Lambda *top = nullptr;           // its body is the Scope of the file
  std::vector<Var *> top_vars;     // slot i belongs to top_vars[i] after analyse
  std::vector<Lambda *> lambdas;   // lambdas[0] == top
  std::vector<Export> exports;
  gc::RootVector constants;

private:
  std::deque<std::shared_ptr<void>> keep_;
  std::unordered_map<uint64_t, uint32_t> index_; // of constants, by bits
};

} // namespace evjit::frontend

// Equality, identity and order: one walk over two values at once.
//
// The walk keeps a work list of pairs of sequences that are being compared (Frame), so nesting uses no native stack, and
// it ends at the first difference. Cycles: once the walk has opened kPatience pairs of collections it remembers the pairs it
// opens; meeting one again, it takes them for equal (were they different, the walk would end where that shows). That
// also keeps shared structure from being walked exponentially often. Nothing allocates on the heap of the language, so
// plain pointers into objects stay valid. Any thread that owns the values.
#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"
#include "gc/value/number.hpp"

#include <cstring>
#include <unordered_set>
#include <vector>

namespace evjit::gc {

namespace {

enum class Mode { Equal, Identical, Compare };

enum Rank : int { kRankNil, kRankBool, kRankNumber, kRankSymbol, kRankKeyword, kRankString, kRankList, kRankArray, kRankBytes,
                  kRankStruct, kRankSet, kRankOther };

Rank rank_of(Value v) {
  if (v.is_fixnum())
    return kRankNumber;
  if (!v.is_object()) {
    if (v == kTrue || v == kFalse)
      return kRankBool;
    return v == kEmpty ? kRankList : kRankNil;
  }
  switch (v.as()->h.type) {
  case Type::Float:
  case Type::Int64: return kRankNumber;
  case Type::Symbol: return kRankSymbol;
  case Type::Keyword: return kRankKeyword;
  case Type::String:
  case Type::MString: return kRankString;
  case Type::Pair: return kRankList;
  case Type::Array:
  case Type::BigArray:
  case Type::MArray: return kRankArray;
  case Type::Bytes:
  case Type::MBytes: return kRankBytes;
  case Type::Struct:
  case Type::BigStruct:
  case Type::MStruct: return kRankStruct;
  case Type::Set:
  case Type::BigSet:
  case Type::MSet: return kRankSet;
  case Type::Closure:
  case Type::Box:
  case Type::Parameter:
  case Type::Fiber:
  case Type::Syntax:
  case Type::Opaque:
  case Type::Cell:
  case Type::Instance:
  case Type::RawBuf:
  case Type::ValueBuf:
  case Type::Table:
  case Type::TreeNode: return kRankOther;
  }
  return kRankOther;
}

int sign(int x) { return x < 0 ? -1 : x > 0 ? 1 : 0; }
int compare_text(std::string_view a, std::string_view b) { return sign(a.compare(b)); }
int by_address(Value a, Value b) { return a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0; }

int compare_names(Value a, Value b) {
  int r = compare_text(name_of(a), name_of(b));
  return r ? r : by_address(a, b); // uninterned symbols of one name
}

size_t entries_of(Value v, Rank rank) {
  return rank == kRankArray ? array_length(v) : rank == kRankStruct ? struct_length(v) : set_length(v);
}

struct Frame {
  Scan a, b; // sequences, compared element by element, then the shorter one first
  Value la = kNil, lb = kNil; // lists instead: what is left of them
  bool list = false;
};

struct PairHash {
  size_t operator()(const std::pair<uint64_t, uint64_t> &p) const {
    return static_cast<size_t>((p.first * 0x9E3779B97F4A7C15u) ^ (p.second >> 3) * 0xC2B2AE3D27D4EB4Fu);
  }
};

class Walk {
public:
  explicit Walk(Mode mode) : mode_(mode) {}

  // 0: the same. In Mode::Compare otherwise -1 or 1.
  int run(Value a, Value b) {
    if (int r = visit(a, b))
      return r;
    while (!frames_.empty())
      if (int r = step())
        return r;
    return 0;
  }

private:
  static constexpr size_t kPatience = 512;

  int visit(Value a, Value b);
  int visit_reference(Value a, Value b);
  int open(Value a, Value b, Rank rank);
  int step();
  bool seen_before(Value a, Value b);
  int open_scans(Scan a, Scan b);

  Mode mode_;
  size_t opened_ = 0;
  std::vector<Frame> frames_;
  std::unordered_set<std::pair<uint64_t, uint64_t>, PairHash> seen_;
};

int Walk::visit(Value a, Value b) {
  if (a == b)
    return 0;
  if (a.is_fixnum() && b.is_fixnum())
    return a.as_fixnum() < b.as_fixnum() ? -1 : 1;
  Rank rank = rank_of(a), rank_b = rank_of(b);
  if (rank != rank_b)
    return rank < rank_b ? -1 : 1;
  if (mode_ == Mode::Identical && rank != kRankList && rank != kRankBool && type_name(a) != type_name(b))
    return 1;
  switch (rank) {
  case kRankNil: return 0;
  case kRankBool: return a == kFalse ? -1 : 1;
  case kRankNumber: return compare_numbers(a, b);
  case kRankSymbol:
  case kRankKeyword: return mode_ == Mode::Compare ? compare_names(a, b) : 1;
  case kRankString:
    return mode_ == Mode::Identical && is(a, Type::MString) ? 1 : compare_text(string_view_of(a), string_view_of(b));
  case kRankBytes:
    return mode_ == Mode::Identical && is(a, Type::MBytes) ? 1 : compare_text(bytes_view_of(a), bytes_view_of(b));
  case kRankOther: return visit_reference(a, b);
  case kRankList:
  case kRankArray:
  case kRankStruct:
  case kRankSet: return open(a, b, rank);
  }
  return 0;
}

int Walk::visit_reference(Value a, Value b) {
  Type ta = a.as()->h.type, tb = b.as()->h.type;
  if (ta != tb)
    return ta < tb ? -1 : 1;
  if (ta != Type::Box || mode_ == Mode::Identical)
    return by_address(a, b);
  if (seen_before(a, b))
    return 0;
  return open_scans(Scan(&a.as<Box>()->v, 1), Scan(&b.as<Box>()->v, 1));
}

bool Walk::seen_before(Value a, Value b) {
  return ++opened_ > kPatience && !seen_.emplace(a.bits, b.bits).second;
}

int Walk::open(Value a, Value b, Rank rank) {
  if (a.is_empty_list() || b.is_empty_list())
    return a.is_empty_list() ? -1 : 1; // not both: they have different bits
  if (mode_ == Mode::Identical && (is(a, Type::MArray) || is(a, Type::MStruct) || is(a, Type::MSet)))
    return 1;
  if (seen_before(a, b))
    return 0;
  if (rank != kRankList) {
    if (mode_ != Mode::Compare && entries_of(a, rank) != entries_of(b, rank))
      return 1; // before anything is sorted
    return open_scans(Scan(a), Scan(b));
  }
  Frame f;
  f.list = true;
  f.la = a;
  f.lb = b;
  frames_.push_back(std::move(f));
  return 0;
}

int Walk::open_scans(Scan a, Scan b) {
  if (!a.more() || !b.more())
    return compare_ints(a.more(), b.more());
  Frame f;
  f.a = std::move(a);
  f.b = std::move(b);
  frames_.push_back(std::move(f));
  return 0;
}

int Walk::step() {
  Frame &f = frames_.back();
  if (f.list) {
    Value a = f.la, b = f.lb;
    if (a != b && is_pair(a) && is_pair(b)) {
      f.la = tail(a);
      f.lb = tail(b);
      return visit(head(a), head(b));
    }
    frames_.pop_back();
    return visit(a, b);
  }
  if (f.a.more() && f.b.more()) {
    Value a = f.a.next(), b = f.b.next();
    return visit(a, b); // may push: f is dead afterwards
  }
  int r = compare_ints(f.a.more(), f.b.more());
  frames_.pop_back();
  return r;
}

} // namespace

bool equal(Value a, Value b) {
  if (a == b)
    return true;
  if (!a.is_object() && !b.is_object())
    return false;
  if (is_number(a) && is_number(b))
    return compare_numbers(a, b) == 0;
  Rank ra = rank_of(a), rb = rank_of(b);
  if (ra != rb || ra == kRankSymbol || ra == kRankKeyword)
    return false;
  if (ra == kRankString)
    return string_view_of(a) == string_view_of(b);
  return Walk(Mode::Equal).run(a, b) == 0;
}

bool identical(Value a, Value b) { return a == b || Walk(Mode::Identical).run(a, b) == 0; }

int compare(Value a, Value b) {
  if (a == b)
    return 0;
  if (a.is_fixnum() && b.is_fixnum())
    return a.as_fixnum() < b.as_fixnum() ? -1 : 1;
  if (is_keyword(a) && is_keyword(b))
    return compare_names(a, b);
  return Walk(Mode::Compare).run(a, b);
}

} // namespace evjit::gc

// include and include-file: the forms of a file in place of the form, before expansion (06 section 3).
#include "frontend/expand/expander.hpp"

#include "frontend/modules.hpp"

#include <cerrno>
#include <cstring>

namespace evjit::frontend {

Node *Expander::form_include(Form &f) {
  bool top = u_->at_top_level && frame_->kind == FrameKind::Top && !u_->phase_one;
  u_->at_top_level = false;
  if (f.operands() != 1 || !gc::is(f[1], Type::String))
    return malformed(f, f.operands() == 1 ? "a literal string is needed, got " + describe(f[1]) : "");
  if (!top)
    return fail(f.at, code::BadInclude, f.name + ": only allowed at the top level of a unit");
  std::string spec(gc::string_view_of(f[1]));
  std::string from = f.at.line == 0 ? file_ : sources().at(f.at.file).name;
  auto path = f.name == "include" ? find_module(spec, from) : find_beside(spec, from);
  if (!path)
    return fail(f.at, code::BadInclude, f.name + ": \"" + spec + "\" not found");
  return splice_file(f, *path);
}

Node *Expander::splice_file(Form &f, const std::string &path) {
  bool cycle = same_file(path, file_);
  for (uint32_t file : including_)
    cycle = cycle || same_file(path, sources().at(file).name);
  if (cycle)
    return fail(f.at, code::BadInclude, f.name + ": circular dependency on \"" + path + "\"");
  auto text = read_file(path);
  if (!text)
    return fail(f.at, code::BadInclude, f.name + ": \"" + path + "\" cannot be read: " + std::strerror(errno));
  bool markdown = path.size() > 3 && path.compare(path.size() - 3, 3, ".md") == 0;
  uint32_t file = sources().add({path, std::move(*text), markdown ? SourceKind::Markdown : SourceKind::Lisp});
  gc::RootVector forms(m_);
  bool had_errors = sink_.has_errors();
  read_source(m_, file, sink_, forms);
  if (!had_errors && sink_.has_errors())
    return nil(f.at);
  including_.push_back(file);
  std::vector<Node *> out;
  for (Value form : forms)
    out.push_back(top_form(keep(form)));
  including_.pop_back();
  return seq(std::move(out), f.at);
}

} // namespace evjit::frontend

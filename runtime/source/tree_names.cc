#include "runtime/source/tree_names.h"

#include <vector>

#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kLongestName = 4000;  // of 4095, less the source directory's own
constexpr std::size_t kLongestPart = 255;
constexpr int kMostLinks = 40;  // as Linux has it

const char* const kLeadsOut = "leads out of the source directory";

std::string_view parentOf(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

// The parts of a path, last first: a stack of what is still to be walked.
void pushParts(std::vector<std::string>& stack, std::string_view path) {
  while (!path.empty()) {
    const auto slash = path.rfind('/');
    const auto part = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (!part.empty() && part != ".") stack.emplace_back(part);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
}

}  // namespace

Result<std::string, NameFault> cleanName(std::string_view name) {
  if (name.empty()) return NameFault{"is empty"};
  if (name.find('\0') != std::string_view::npos) return NameFault{"holds a NUL byte"};
  if (name.front() == '/') return NameFault{"is an absolute path"};
  std::string clean;
  while (!name.empty()) {
    const auto slash = name.find('/');
    const auto part = name.substr(0, slash);
    name = slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") return NameFault{kLeadsOut};
    if (part.size() > kLongestPart) return NameFault{"has a part of more than 255 bytes"};
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  if (clean.size() > kLongestName) return NameFault{"is too long"};
  return clean;
}

std::optional<NameFault> TreeNames::add(const std::string& name, Node node) {
  auto [at, fresh] = nodes_.try_emplace(name, node);
  if (fresh) return std::nullopt;
  const bool same = at->second.kind == node.kind;
  if (!same || (node.kind != EntryKind::kFile && node.kind != EntryKind::kDirectory))
    return NameFault{"is there twice, and not both times as a file or as a directory"};
  at->second = std::move(node);
  return std::nullopt;
}

std::optional<std::string> TreeNames::resolve(std::string_view from, std::string_view path) const {
  if (path.starts_with('/')) return std::nullopt;
  std::vector<std::string> ahead;
  pushParts(ahead, path);
  std::string here(from);
  int links = 0;
  while (!ahead.empty()) {
    const std::string part = std::move(ahead.back());
    ahead.pop_back();
    if (part == "..") {
      if (here.empty()) return std::nullopt;
      here = parentOf(here);
      continue;
    }
    const std::string next = here.empty() ? part : here + "/" + part;
    const auto found = nodes_.find(next);
    if (found == nodes_.end() || found->second.kind != EntryKind::kSymlink) {
      here = next;
      continue;
    }
    if (++links > kMostLinks || found->second.target.starts_with('/')) return std::nullopt;
    pushParts(ahead, found->second.target);
  }
  return here;
}

std::optional<NameFault> TreeNames::faultOf(const std::string& name, const Node& node) const {
  for (auto parent = parentOf(name); !parent.empty(); parent = parentOf(parent)) {
    const auto found = nodes_.find(std::string(parent));
    if (found == nodes_.end()) continue;
    if (found->second.kind == EntryKind::kSymlink) return NameFault{"lies below a symbolic link"};
    if (found->second.kind != EntryKind::kDirectory) return NameFault{"lies below a file"};
    break;  // its own parents are judged with it
  }
  if (node.kind == EntryKind::kSymlink && !resolve(parentOf(name), node.target))
    return NameFault{"is a symbolic link that " + std::string(kLeadsOut) + " or back to itself"};
  return std::nullopt;
}

std::optional<NameFault> TreeNames::firstFault() const {
  const std::pair<const std::string, Node>* first = nullptr;
  std::optional<NameFault> fault;
  for (const auto& named : nodes_) {  // in no order: of several faults the earliest entry's is told
    if (first != nullptr && named.second.ordinal > first->second.ordinal) continue;
    if (auto found = faultOf(named.first, named.second)) {
      first = &named;
      fault = std::move(found);
    }
  }
  if (first == nullptr) return std::nullopt;
  return NameFault{"entry " + shown(first->first) + " " + fault->what};
}

std::optional<TreeNames::Found> TreeNames::find(std::string_view path) const {
  auto name = resolve("", path);
  if (!name) return std::nullopt;
  if (name->empty()) return Found{"", EntryKind::kDirectory, 0};
  auto found = nodes_.find(*name);
  if (found == nodes_.end()) return std::nullopt;
  if (found->second.kind == EntryKind::kHardlink) {
    name = found->second.target;
    found = nodes_.find(*name);
    if (found == nodes_.end()) return std::nullopt;
  }
  return Found{*name, found->second.kind, found->second.ordinal};
}

}  // namespace kiln::runtime

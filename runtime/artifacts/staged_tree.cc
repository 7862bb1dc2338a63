#include "runtime/artifacts/staged_tree.h"

#include <exception>
#include <utility>

namespace kiln::runtime {
namespace {

// Without the part that stands for the copied path itself: "./" or its last component.
std::string insideTree(std::string name) {
  while (name.ends_with('/')) name.pop_back();
  const auto slash = name.find('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

TreeEntry stagedEntry(RawEntry raw) {
  TreeEntry entry{.name = insideTree(std::move(raw.name)),
                  .kind = *raw.kind,
                  .mode = raw.mode,
                  .modified = raw.modified,
                  .size = raw.size.value_or(0),
                  .target = std::move(raw.target)};
  if (entry.kind == EntryKind::kHardlink) entry.target = insideTree(std::move(entry.target));
  return entry;
}

}  // namespace

StagedTree::StagedTree(ContainerRuntime& runtime, const BuildId& id, std::string path,
                       std::stop_token stop)
    : path_(std::move(path)),
      receiver_([this, &runtime, id](std::stop_token ended) {
        pipe_.end(receive(runtime, id, std::move(ended)));
      }),
      onStop_(std::move(stop), [this] { end(); }) {}

StagedTree::~StagedTree() {
  end();
  receiver_.join();
}

void StagedTree::end() {
  pipe_.close();
  receiver_.request_stop();
}

Status StagedTree::receive(ContainerRuntime& runtime, const BuildId& id, std::stop_token stop) {
  try {
    return runtime.copyOut(id, path_, std::move(stop),
                           [this](std::string_view bytes) { return pipe_.push(bytes); });
  } catch (const std::exception& e) {
    return Error{Code::kUnavailable, "copying " + path_ + " out of the container: " + e.what()};
  }
}

Error StagedTree::failure(const ArchiveFault& fault) const {
  if (broken_) return *broken_;
  return {Code::kCorrupt, "reading " + path_ + " out of the container: " + fault.what +
                              " (does a file there change?)"};
}

Result<std::optional<TreeEntry>> StagedTree::next() {
  if (!reader_) {
    auto opened = ArchiveReader::openTar([this]() -> Result<std::string> {
      auto bytes = pipe_.pop();
      if (!bytes.ok()) broken_ = bytes.error();
      return bytes;
    });
    if (!opened.ok()) return failure(opened.error());
    reader_ = *std::move(opened);
  }
  while (true) {
    auto raw = reader_->next();
    if (!raw.ok()) return failure(raw.error());
    if (broken_) return *broken_;
    if (!*raw) return std::optional<TreeEntry>();
    if ((*raw)->kind) return std::optional<TreeEntry>(stagedEntry(**std::move(raw)));
  }
}

Result<std::string_view> StagedTree::data() {
  auto bytes = reader_->data();
  if (!bytes.ok()) return failure(bytes.error());
  if (broken_) return *broken_;
  return *bytes;
}

}  // namespace kiln::runtime

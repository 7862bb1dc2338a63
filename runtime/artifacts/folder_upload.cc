#include "runtime/artifacts/folder_upload.h"

#include <utility>

#include "runtime/artifacts/staged_tree.h"

namespace kiln::runtime {
namespace {

constexpr std::int64_t kMostInMemory = std::int64_t{4} << 20;
constexpr int kMostLinks = 40;  // one behind the other, as Linux has it

std::string parentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string behindLink(const std::string& path, const std::string& target) {
  return target.starts_with('/') ? target : parentOf(path) + "/" + target;
}

Error aPutFailed() { return {Code::kUnavailable, "putting an object failed"}; }

}  // namespace

std::optional<UploadFault> FolderUpload::run(const std::string& directory) {
  const auto read = putAll(directory);
  auto fault = puts_.finish();
  if (fault) return fault;
  if (!read) return UploadFault::ofHost(read.error());
  return std::nullopt;
}

Status FolderUpload::putAll(const std::string& directory) {
  StagedTree tree(runtime_, build_, directory + "/.", target_.stop);
  while (true) {
    auto entry = tree.next();
    if (!entry.ok()) return entry.error();
    if (!*entry) break;
    const std::string path = directory + "/" + (*entry)->name;
    switch ((*entry)->kind) {
      case EntryKind::kDirectory: break;
      case EntryKind::kFile:
        if (auto put = putFile(tree, (*entry)->name, (*entry)->size); !put) return put;
        break;
      case EntryKind::kHardlink: links_.push_back({(*entry)->name, path}); break;
      case EntryKind::kSymlink:
        links_.push_back({(*entry)->name, behindLink(path, (*entry)->target)});
        break;
    }
  }
  for (const Link& link : links_) {
    if (auto followed = follow(link); !followed) return followed;
  }
  return okStatus();
}

Status FolderUpload::putFile(TreeReader& tree, const std::string& name, std::int64_t size) {
  auto body = bodyOf(tree, size);
  if (!body.ok()) return body.error();
  return puts_.submit(name, *std::move(body)) ? okStatus() : Status(aPutFailed());
}

Status FolderUpload::follow(const Link& link) {
  std::string path = link.leadsTo;
  for (int hops = 0; hops < kMostLinks; ++hops) {
    StagedTree one(runtime_, build_, path, target_.stop);
    auto entry = one.next();
    if (!entry.ok()) return absentIn(link, entry.error());
    if (!*entry || (*entry)->kind == EntryKind::kDirectory) break;
    if ((*entry)->kind == EntryKind::kFile) return putFile(one, link.name, (*entry)->size);
    path = behindLink(path, (*entry)->target);
  }
  progress_("Leaving out " + link.name + ", a link that leads to no file");
  return okStatus();
}

Result<ObjectPuts::Body> FolderUpload::bodyOf(TreeReader& tree, std::int64_t size) const {
  std::string bytes;
  std::optional<Spool> spool;
  if (size > kMostInMemory) {
    auto made = Spool::make(spools_);
    if (!made.ok()) return made.error();
    spool = *std::move(made);
  }
  while (true) {
    auto piece = tree.data();
    if (!piece.ok()) return piece.error();
    if (piece->empty()) break;
    if (!spool) {
      bytes.append(*piece);
    } else if (auto kept = spool->append(*piece); !kept) {
      return kept.error();
    }
  }
  if (!spool) return ObjectPuts::Body(std::move(bytes));
  if (auto flushed = spool->flush(); !flushed) return flushed.error();
  return ObjectPuts::Body(*std::move(spool));
}

Status FolderUpload::absentIn(const Link& link, const Error& why) {
  if (why.code != Code::kNotFound) return why;
  auto container = runtime_.inspect(build_);
  if (!container.ok()) return container.error();
  if (container->state == ContainerState::kAbsent) return why;
  progress_("Leaving out " + link.name + ", a link that leads to nothing");
  return okStatus();
}

}  // namespace kiln::runtime

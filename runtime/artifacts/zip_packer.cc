#include "runtime/artifacts/zip_packer.h"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <unordered_map>

namespace kiln::runtime {
namespace {

ZipEntry zipEntryOf(const TreeEntry& entry, std::uint32_t type) {
  return {.name = entry.name,
          .mode = type | static_cast<std::uint32_t>(entry.mode),
          .modified = entry.modified};
}

}  // namespace

ZipPacker::ZipPacker(Spool& spool, const ZipMaking& making)
    : spool_(spool), making_(making), deflaters_(making.threads) {}

Result<std::vector<ZipEntry>> ZipPacker::pack(TreeReader& tree) {
  while (true) {
    auto entry = tree.next();
    if (!entry.ok()) return entry.error();
    if (!*entry) break;
    if (auto added = add(tree, **std::move(entry)); !added) return added.error();
  }
  if (auto settled = settleDownTo(0); !settled) return settled.error();
  if (auto resolved = resolveHardLinks(); !resolved) return resolved.error();
  if (auto flushed = spool_.flush(); !flushed) return flushed.error();
  return std::move(entries_);
}

Status ZipPacker::add(TreeReader& tree, TreeEntry entry) {
  switch (entry.kind) {
    case EntryKind::kDirectory: return okStatus();
    case EntryKind::kFile: return addFile(tree, entry);
    case EntryKind::kHardlink:
      hardLinks_.emplace_back(std::move(entry.name), std::move(entry.target));
      return okStatus();
    case EntryKind::kSymlink:
      entries_.push_back(zipEntryOf(entry, S_IFLNK));
      return submit(std::move(entry.target), Deflaters::Place::kWholeFile);
  }
  unreachable();
}

Status ZipPacker::addFile(TreeReader& tree, const TreeEntry& entry) {
  entries_.push_back(zipEntryOf(entry, S_IFREG));
  std::string block;
  bool first = true;
  while (true) {
    auto bytes = tree.data();
    if (!bytes.ok()) return bytes.error();
    taken_ += bytes->size();
    std::string_view left = *bytes;
    while (block.size() + left.size() > kMostInABlock) {
      const auto part = left.substr(0, kMostInABlock - block.size());
      left.remove_prefix(part.size());
      block.append(part);
      auto sent = submit(std::exchange(block, {}), Deflaters::Place::kWithinFile);
      if (!sent) return sent;
      first = false;
    }
    block.append(left);
    if (bytes->empty()) break;
  }
  return submit(std::move(block),
                first ? Deflaters::Place::kWholeFile : Deflaters::Place::kEndOfFile);
}

Status ZipPacker::submit(std::string block, Deflaters::Place place) {
  if (making_.stop.stop_requested())
    return Error{Code::kUnavailable, "packing artifacts was stopped"};
  deflaters_.submit(std::move(block), place);
  owners_.push_back(entries_.size() - 1);
  if (making_.packed) making_.packed(taken_);
  return settleDownTo(deflaters_.enough());
}

Status ZipPacker::settleDownTo(std::size_t pending) {
  while (deflaters_.pending() > pending) {
    const auto packed = deflaters_.take();
    if (!packed.ok()) return packed.error();
    ZipEntry& entry = entries_[owners_.front()];
    owners_.pop_front();
    if (entry.packed == 0) entry.spooledAt = spool_.size();
    entry.deflated = packed->deflated;
    entry.crc = static_cast<std::uint32_t>(
        crc32_combine(entry.crc, packed->crc, static_cast<z_off_t>(packed->size)));
    entry.packed += packed->bytes.size();
    entry.size += packed->size;
    if (auto kept = spool_.append(packed->bytes); !kept) return kept;
  }
  return okStatus();
}

// A second name of a file that is in the tree: its bytes are in the spool already.
Status ZipPacker::resolveHardLinks() {
  if (hardLinks_.empty()) return okStatus();
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < entries_.size(); ++i) places[entries_[i].name] = i;
  for (auto& [name, target] : hardLinks_) {
    const auto found = places.find(target);
    if (found == places.end())
      return Error{Code::kCorrupt, "copying artifacts out: " + name + " is a link to " + target +
                                       ", which did not come"};
    ZipEntry same = entries_[found->second];
    same.name = std::move(name);
    entries_.push_back(std::move(same));
  }
  return okStatus();
}

}  // namespace kiln::runtime

#include "tests/unit/artifacts/staged_container.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>

namespace kiln::runtime {
namespace {

constexpr std::size_t kEngineChunk = 30'000;

la_ssize_t keepTar(archive*, void* text, const void* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

mode_t typeOf(char type) {
  switch (type) {
    case 'd': return AE_IFDIR;
    case 'l': return AE_IFLNK;
    case 'p': return AE_IFIFO;
    default: return AE_IFREG;
  }
}

}  // namespace

std::string tarOfEntries(const std::vector<StagedEntry>& entries, const std::string& prefix) {
  std::string tar;
  std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                              archive_write_free);
  archive_write_set_format_pax_restricted(out.get());
  archive_write_set_options(out.get(), "hdrcharset=BINARY");
  archive_write_open(out.get(), &tar, nullptr, keepTar, nullptr);
  for (const StagedEntry& one : entries) {
    std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                        archive_entry_free);
    archive_entry_set_pathname(entry.get(), (prefix + one.name).c_str());
    archive_entry_set_filetype(entry.get(), typeOf(one.type));
    archive_entry_set_perm(entry.get(), static_cast<mode_t>(one.mode));
    archive_entry_set_mtime(entry.get(), one.modified, 0);
    const bool file = one.type == 'f';
    archive_entry_set_size(entry.get(), file ? static_cast<la_int64_t>(one.content.size()) : 0);
    if (one.type == 'l') archive_entry_set_symlink(entry.get(), one.content.c_str());
    if (one.type == 'h') archive_entry_set_hardlink(entry.get(), (prefix + one.content).c_str());
    if (archive_write_header(out.get(), entry.get()) != ARCHIVE_OK)
      throw std::runtime_error(one.name + ": " + archive_error_string(out.get()));
    if (file) archive_write_data(out.get(), one.content.data(), one.content.size());
  }
  archive_write_close(out.get());
  return tar;
}

std::optional<std::string> StagedContainer::tarOf(const std::string& path) const {
  for (const auto& [directory, entries] : trees_) {
    if (path == directory + "/.") {
      std::vector<StagedEntry> all = {{.name = "", .type = 'd', .mode = 0755}};
      all.insert(all.end(), entries.begin(), entries.end());
      return tarOfEntries(all, "./");
    }
    const auto normal = std::filesystem::path(path).lexically_normal().string();
    for (StagedEntry entry : entries) {
      if (normal != directory + "/" + entry.name) continue;
      if (entry.type == 'h') {  // by itself it is a file like any other
        const auto same = std::find_if(entries.begin(), entries.end(),
                                       [&](const auto& one) { return one.name == entry.content; });
        entry.type = 'f';
        entry.content = same->content;
      }
      entry.name = entry.name.substr(entry.name.rfind('/') + 1);
      return tarOfEntries({entry}, "");
    }
  }
  return std::nullopt;
}

Status StagedContainer::copyOut(const BuildId&, const std::string& path, std::stop_token stop,
                                const std::function<Status(std::string_view)>& sink) {
  ++copies_;
  if (silent_) return silence(stop);
  if (instead_) return instead_(sink);
  auto tar = tarOf(path);
  if (!tar) return Error{Code::kNotFound, "there is no " + path + " in the container"};
  if (broken_) tar->resize(std::min(tar->size(), broken_->first));
  for (std::size_t at = 0; at < tar->size(); at += kEngineChunk) {
    if (auto taken = sink(std::string_view(*tar).substr(at, kEngineChunk)); !taken) return taken;
  }
  return broken_ ? Status(broken_->second) : okStatus();
}

Status StagedContainer::silence(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  silent_();
  never.wait(lock, stop, [] { return false; });
  return Error{Code::kUnavailable, "stopped"};
}

}  // namespace kiln::runtime

#include "tests/fakes/tar_text.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace kiln::fakes {
namespace {

void require(bool good, archive* from, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + archive_error_string(from));
}

la_ssize_t append(archive*, void* text, const void* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string tarOf(const Files& files) {
  std::string tar;
  std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                              archive_write_free);
  archive_write_set_format_ustar(out.get());
  require(archive_write_open(out.get(), &tar, nullptr, append, nullptr) == ARCHIVE_OK, out.get(),
          "tar");
  for (const auto& [path, content] : files) {
    std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                        archive_entry_free);
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    require(archive_write_header(out.get(), entry.get()) == ARCHIVE_OK, out.get(), "tar header");
    archive_write_data(out.get(), content.data(), content.size());
  }
  require(archive_write_close(out.get()) == ARCHIVE_OK, out.get(), "tar end");
  return tar;
}

Files filesIn(std::string_view tar) {
  Files files;
  std::unique_ptr<archive, decltype(&archive_read_free)> in(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(in.get());
  require(archive_read_open_memory(in.get(), tar.data(), tar.size()) == ARCHIVE_OK, in.get(),
          "tar");
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in.get(), &entry) == ARCHIVE_OK) {
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    archive_read_data(in.get(), content.data(), content.size());
    files[archive_entry_pathname(entry)] = std::move(content);
  }
  return files;
}

}  // namespace kiln::fakes

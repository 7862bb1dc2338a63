// Any bytes at all as a source's archive: refused with a sentence, or a tar that stays inside wherever it is unpacked.
#include <archive.h>
#include <archive_entry.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/source/archive_source.h"
#include "runtime/source/tree_names.h"

namespace {

using kiln::runtime::FetchedSource;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string drained(FetchedSource& source) {
  std::string tar;
  for (auto stream = source.tar("src/");;) {
    auto chunk = stream();
    require(chunk.ok());
    if (chunk->empty()) return tar;
    tar += *chunk;
  }
}

void checkTar(const std::string& tar) {
  std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(),
                                                                archive_read_free);
  archive_read_support_format_tar(reader.get());
  require(archive_read_open_memory(reader.get(), tar.data(), tar.size()) == ARCHIVE_OK);
  std::set<std::string> links;
  std::vector<std::string> names;
  archive_entry* entry = nullptr;
  int got = ARCHIVE_OK;
  while ((got = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    const char* path = archive_entry_pathname(entry);
    require(path != nullptr);
    const std::string name(path);
    require(name.starts_with("src/") && kiln::runtime::cleanName(name).ok());
    require((archive_entry_perm(entry) & 07000) == 0 && archive_entry_uid(entry) == 0);
    const char* hard = archive_entry_hardlink(entry);
    require(hard == nullptr ||
            (std::string_view(hard).starts_with("src/") && kiln::runtime::cleanName(hard).ok()));
    const auto type = archive_entry_filetype(entry);
    require(hard != nullptr || type == AE_IFREG || type == AE_IFDIR || type == AE_IFLNK);
    if (type == AE_IFLNK && hard == nullptr) {
      require(archive_entry_symlink(entry)[0] != '/');
      links.insert(name);
    }
    names.push_back(name);
  }
  require(got == ARCHIVE_EOF);
  for (const auto& name : names) {
    for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1))
      require(!links.contains(name.substr(0, slash)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("archive", MFD_CLOEXEC);
  require(write(file, data, size) == static_cast<ssize_t>(size));
  const kiln::runtime::SourceSpec spec{
      .identifier = {}, .type = "S3", .location = "in/x", .version = {}, .credentials = {}};
  const kiln::runtime::SourceLimits limits{
      .maxBytes = 1 << 20, .maxRatio = 50, .ratioFloor = 1 << 16, .maxFiles = 1000};
  auto source = kiln::runtime::openArchive(spec, nullptr, "/proc/self/fd/" + std::to_string(file),
                                           limits, {});
  if (source.ok()) {
    checkTar(drained(**source));
    (void)(*source)->readFile("a", 1000);
  } else {
    require(source.error().context && source.error().context->statusCode == "CLIENT_ERROR" &&
            source.error().context->message.size() < 2000);
  }
  close(file);
  return 0;
}

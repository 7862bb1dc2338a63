#include "runtime/docker/agent_volume.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "controller/core/ids.h"
#include "runtime/agent/protocol.h"
#include "runtime/container_runtime.h"
#include "runtime/docker/json.h"
#include "runtime/docker/labels.h"

namespace kiln::runtime {
namespace {

Result<std::string> readFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in || content.str().empty()) {
    return Error{Code::kFailedPrecondition,
                 "the agent's program " + path.string() + " cannot be read"};
  }
  return content.str();
}

std::string shortSha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string hex;
  for (std::size_t i = 0; i < 6; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", digest[i]);
    hex += pair;
  }
  return hex;
}

la_ssize_t append(archive*, void* text, const void* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

// The program under a name of its own, then its proper name as a link to it.
Result<std::string> tarOfProgram(const std::string& program) {
  std::string tar;
  std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                              archive_write_free);
  archive_write_set_format_ustar(out.get());
  bool good = archive_write_open(out.get(), &tar, nullptr, append, nullptr) == ARCHIVE_OK;
  std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                      archive_entry_free);
  const std::string path(agent::kAgentPath);
  const auto proper = path.substr(path.rfind('/') + 1);
  const auto own = proper + "." + newUuid().substr(0, 8);
  archive_entry_set_pathname(entry.get(), own.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0755);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(program.size()));
  good = good && archive_write_header(out.get(), entry.get()) == ARCHIVE_OK;
  good = good && archive_write_data(out.get(), program.data(), program.size()) ==
                     static_cast<la_ssize_t>(program.size());
  archive_entry_set_pathname(entry.get(), proper.c_str());
  archive_entry_set_hardlink(entry.get(), own.c_str());
  archive_entry_set_size(entry.get(), 0);
  good = good && archive_write_header(out.get(), entry.get()) == ARCHIVE_OK;
  good = good && archive_write_close(out.get()) == ARCHIVE_OK;
  if (!good) return Error{Code::kInternal, "packing the agent's program failed"};
  return tar;
}

}  // namespace

AgentVolume::AgentVolume(EngineClient& client, std::filesystem::path program, std::string storeId)
    : client_(client), path_(std::move(program)), storeId_(std::move(storeId)) {}

void AgentVolume::distrust() {
  std::lock_guard lock(mutex_);
  good_ = false;
}

Result<std::string> AgentVolume::ensureFilled(const std::string& image) {
  std::lock_guard lock(mutex_);
  if (auto read = readProgram(); !read.ok()) return read.error();
  if (!good_) {
    if (auto filled = fill(image); !filled.ok()) return filled.error();
    good_ = true;
  }
  return program_->volume;
}

Status AgentVolume::readProgram() {
  if (program_) return okStatus();
  auto bytes = readFile(path_);
  if (!bytes.ok()) return bytes.error();
  program_ = Program{"kiln-agent-" + shortSha256(*bytes), static_cast<std::int64_t>(bytes->size())};
  return okStatus();
}

Status AgentVolume::fill(const std::string& image) {
  const std::string attempted = "filling the agent's volume " + program_->volume;
  EngineRequest create{.method = "POST",
                       .path = "/containers/create?name=" + program_->volume + "-" + newUuid()};
  create.body = fillerToJson(
      image, program_->volume,
      {{std::string(kStoreLabel), storeId_}, {std::string(kRoleLabel), "agent-volume"}});
  auto created = client_.call(create);
  if (!created.ok()) return created.error();
  if (!created->ok()) return errorFrom(*created, attempted);
  auto id = idFrom(created->body);
  auto filled = fillThrough(id);
  auto removed = client_.call({.method = "DELETE", .path = "/containers/" + id + "?force=1"});
  if (!filled.ok()) return filled;
  return dropValue(removed);
}

Status AgentVolume::fillThrough(const std::string& containerId) {
  auto there = isThere(containerId);
  if (!there.ok()) return there.error();
  if (*there) return okStatus();
  auto bytes = readFile(path_);
  if (!bytes.ok()) return bytes.error();
  auto tar = tarOfProgram(*bytes);
  if (!tar.ok()) return tar.error();
  bool given = false;
  EngineRequest put{
      .method = "PUT",
      .path = "/containers/" + containerId + "/archive?path=" + encodeUrl(agent::kAgentDirectory)};
  put.source = [&]() -> Result<std::string> {
    return std::exchange(given, true) ? std::string() : std::move(*tar);
  };
  auto written = client_.call(put);
  if (!written.ok()) return written.error();
  if (!written->ok())
    return errorFrom(*written, "writing the agent's program into " + program_->volume);
  there = isThere(containerId);
  if (!there.ok()) return there.error();
  if (*there) return okStatus();
  return Error{Code::kUnavailable, "the agent's program was written into " + program_->volume +
                                       " and is not whole there"};
}

Result<bool> AgentVolume::isThere(const std::string& containerId) {
  auto reply = client_.call(
      {.method = "HEAD",
       .path = "/containers/" + containerId + "/archive?path=" + encodeUrl(agent::kAgentPath)});
  if (!reply.ok()) return reply.error();
  if (reply->status == 404) return false;
  if (!reply->ok()) return errorFrom(*reply, "looking into the agent's volume " + program_->volume);
  return fileSizeFrom(reply->pathStat) == program_->size;
}

}  // namespace kiln::runtime

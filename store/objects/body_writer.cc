#include <openssl/evp.h>

#include <array>

#include "store/objects/stored_body.h"

#include "controller/core/text.h"

namespace kiln::store {
namespace {

constexpr std::size_t kWriteChunk = 128 << 10;

Error noDigest() { return {Code::kInternal, "OpenSSL gives no MD5"}; }

}  // namespace

std::vector<std::string> filesOf(const std::vector<Piece>& pieces) {
  std::vector<std::string> files;
  for (const auto& piece : pieces) files.push_back(piece.file);
  return files;
}

StoredBody::~StoredBody() {
  if (!pieces.empty()) files_.remove(files());
}

std::uint64_t StoredBody::size() const {
  std::uint64_t size = bytes.size();
  for (const auto& piece : pieces) size += piece.size;
  return size;
}

std::vector<std::string> StoredBody::files() const { return filesOf(pieces); }

Status StoredBody::toFile() {
  if (bytes.empty()) return okStatus();
  auto file = files_.create();
  if (!file) return file.error();
  if (auto written = (*file)->append(bytes); !written) return written;
  auto id = files_.newId();
  if (auto kept = files_.keep(**file, id); !kept) return kept;
  pieces.push_back({.file = std::move(id), .size = bytes.size()});
  bytes.clear();
  return okStatus();
}

StoredWriter::StoredWriter(BlobFiles& files, std::size_t largestInline)
    : files_(files), largestInline_(largestInline), md5_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (md5_ && EVP_DigestInit_ex(md5_.get(), EVP_md5(), nullptr) != 1) md5_.reset();
}

StoredWriter::~StoredWriter() = default;

Status StoredWriter::fail(Error error) {
  file_.reset();
  md5_.reset();
  return error;
}

Status StoredWriter::flush() {
  if (auto room = files_.checkRoom(); !room) return fail(room.error());
  if (!file_) {
    auto file = files_.create();
    if (!file) return fail(file.error());
    file_ = std::move(*file);
  }
  if (auto written = file_->append(waiting_); !written) return fail(written.error());
  waiting_.clear();
  return okStatus();
}

Status StoredWriter::write(std::string_view bytes) {
  if (!md5_ || EVP_DigestUpdate(md5_.get(), bytes.data(), bytes.size()) != 1) {
    return fail(noDigest());
  }
  written_ += bytes.size();
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kWriteChunk - waiting_.size());
    waiting_.append(piece);
    bytes.remove_prefix(piece.size());
    if (waiting_.size() < kWriteChunk) continue;
    if (auto flushed = flush(); !flushed) return flushed;
  }
  return okStatus();
}

Result<std::unique_ptr<Body>> StoredWriter::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (!md5_ || EVP_DigestFinal_ex(md5_.get(), digest.data(), &length) != 1) return noDigest();
  auto body = std::make_unique<StoredBody>(files_);
  body->digest = toHex({reinterpret_cast<const char*>(digest.data()), length});
  if (!file_ && waiting_.size() <= largestInline_) {
    if (auto room = files_.checkRoom(); !room) return room.error();
    body->bytes = std::move(waiting_);
    return std::unique_ptr<Body>(std::move(body));
  }
  if (auto flushed = flush(); !flushed) return flushed.error();
  auto id = files_.newId();
  if (auto kept = files_.keep(*file_, id); !kept) return fail(kept.error()).error();
  body->pieces.push_back({.file = std::move(id), .size = written_});
  return std::unique_ptr<Body>(std::move(body));
}

}  // namespace kiln::store

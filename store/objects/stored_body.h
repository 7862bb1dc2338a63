// What the store makes of BodyWriter, Body and ObjectReader (body.h). Private to store/objects.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/objects/blob_files.h"
#include "store/objects/body.h"
#include "store/objects/records.h"

struct evp_md_ctx_st;

namespace kiln::store {

// Small bytes, or files that belong to this object until it is released to the store.
class StoredBody final : public Body {
 public:
  explicit StoredBody(BlobFiles& files) : files_(files) {}
  StoredBody(const StoredBody&) = delete;
  StoredBody& operator=(const StoredBody&) = delete;
  ~StoredBody() override;

  std::uint64_t size() const override;
  const std::string& md5() const override { return digest; }

  std::vector<std::string> files() const;
  void release() { pieces.clear(); }
  Status toFile();  // small bytes, too

  std::string bytes;
  std::vector<Piece> pieces;
  std::string digest;

 private:
  BlobFiles& files_;
};

class StoredWriter final : public BodyWriter {
 public:
  StoredWriter(BlobFiles& files, std::size_t largestInline);
  ~StoredWriter() override;
  Status write(std::string_view bytes) override;
  std::uint64_t written() const override { return written_; }
  Result<std::unique_ptr<Body>> finish() override;

 private:
  Status flush();
  Status fail(Error error);

  BlobFiles& files_;
  const std::size_t largestInline_;
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> md5_;
  std::string waiting_;
  std::unique_ptr<TempFile> file_;
  std::uint64_t written_ = 0;
};

// Keeps files from being removed while it lives.
class Pinned {
 public:
  Pinned(BlobFiles& files, std::vector<std::string> ids) : files_(files), ids_(std::move(ids)) {
    files_.pin(ids_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() { files_.unpin(ids_); }

 private:
  BlobFiles& files_;
  const std::vector<std::string> ids_;
};

class StoredReader final : public ObjectReader {
 public:
  // Of bytes in memory; of files, which it pins.
  StoredReader(BlobFiles& files, ObjectInfo info, std::string bytes);
  StoredReader(BlobFiles& files, ObjectInfo info, Manifest manifest);

  const ObjectInfo& info() const override { return info_; }
  const std::vector<PartInfo>& parts() const override { return manifest_.parts; }
  Status select(std::uint64_t offset, std::uint64_t length) override;
  Result<std::string> read() override;

  const std::string& bytes() const { return bytes_; }
  const std::vector<Piece>& pieces() const { return manifest_.pieces; }

 private:
  Result<std::string> readFile(std::size_t piece, std::uint64_t offset, std::size_t size);

  BlobFiles& files_;
  const ObjectInfo info_;
  const std::string bytes_;
  const Manifest manifest_;
  const Pinned pinned_;
  std::vector<std::uint64_t> ends_;  // of the pieces, as offsets in the object
  std::uint64_t at_ = 0;
  std::uint64_t end_;
  FileHandle open_;
  std::size_t opened_;  // which piece `open_` is
};

std::vector<std::string> filesOf(const std::vector<Piece>& pieces);

}  // namespace kiln::store

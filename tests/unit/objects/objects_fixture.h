// What the object store's tests share: a real store with its files in a directory of its own, and short words for what is done.
#pragma once

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/objects/object_store.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::store {

// These tests sync a lot and lose no power: in memory, where there is such a place.
inline std::filesystem::path testDirectory() {
  const std::filesystem::path memory = "/dev/shm";
  const bool usable = ::access(memory.c_str(), W_OK) == 0;
  return (usable ? memory : std::filesystem::temp_directory_path()) / ("kiln-objects-" + newUuid());
}

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message);
}

template <typename T>
Code failure(const Result<T>& result) {
  return result.ok() ? throw std::runtime_error("it was done") : result.error().code;
}
inline Code failure(const Status& status) {
  return status.ok() ? throw std::runtime_error("it was done") : status.error().code;
}

class ObjectsTest : public testing::Test {
 protected:
  ObjectsTest() : directory_(testDirectory()), env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
    reopen();
    must(objects_->createBucket(bucket_, {.region = "eu-west-1", .documents = {}}));
  }
  ~ObjectsTest() override {
    objects_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void close() {
    objects_.reset();
    store_.reset();
  }
  void reopen() {
    close();
    store_ = must(openRocksStore({.directory = "/kiln/db", .feedWindow = 1000, .env = env_.get()}));
    objects_ = must(openObjectStore(
        {.directory = directory_, .largestInline = kInline, .reserve = reserve_}, *store_, clock_));
    objects_->waitForSweep();
  }

  ObjectName named(std::string key) const { return {bucket_, std::move(key)}; }

  std::unique_ptr<Body> bodyOf(std::string_view bytes) {
    auto writer = objects_->newBody();
    must(writer->write(bytes));
    return must(writer->finish());
  }
  Result<ObjectInfo> tryPut(const std::string& key, std::string_view bytes,
                            const Condition& condition = {}) {
    auto body = bodyOf(bytes);
    const auto etag = body->md5();
    return objects_->put(named(key), std::move(body),
                         {.etag = etag, .attributes = "{}", .condition = condition, .notice = {}});
  }
  ObjectInfo put(const std::string& key, std::string_view bytes) {
    return must(tryPut(key, bytes));
  }
  Removed remove(const std::string& key, std::optional<std::string> versionId = {}) {
    return must(objects_->remove(
        bucket_, {.key = key, .versionId = std::move(versionId), .condition = {}, .notice = {}}));
  }
  static std::string readAll(ObjectReader& reader) {
    std::string bytes;
    for (auto chunk = must(reader.read()); !chunk.empty(); chunk = must(reader.read())) {
      bytes += chunk;
    }
    return bytes;
  }
  std::string get(const std::string& key, const std::string& versionId = "") {
    return readAll(*must(objects_->open(named(key), versionId)));
  }
  std::optional<ObjectInfo> find(const std::string& key, const std::string& versionId = "") {
    return must(objects_->find(named(key), versionId));
  }

  PartInfo putPart(const UploadInfo& upload, int number, std::string_view bytes) {
    auto body = bodyOf(bytes);
    const auto etag = body->md5();
    return must(
        objects_->putPart(named(upload.key), upload.id, number, std::move(body), etag, "{}"));
  }
  Result<ObjectInfo> complete(const UploadInfo& upload, std::vector<Completion::Part> parts) {
    return objects_->completeUpload(
        named(upload.key), upload.id,
        {.parts = std::move(parts),
         .assemble = [](const UploadInfo& u, const std::vector<PartInfo>& p) -> Result<Assembled> {
           return Assembled{.etag = "whole-" + std::to_string(p.size()),
                            .attributes = u.attributes};
         },
         .condition = {},
         .notice = {}});
  }

  // The files of bodies, and the temporary ones.
  std::vector<std::filesystem::path> files(const std::string& folder = "files") const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ / folder)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }

  static constexpr std::size_t kInline = 64;
  std::uint64_t reserve_ = 0;  // of the disk, from the next reopen() on
  const std::string small_ = std::string(kInline, 's');
  const std::string large_ = std::string(kInline + 1, 'l');
  const BucketId bucket_{"000000000000", "bucket"};
  const std::filesystem::path directory_;
  fakes::FakeClock clock_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ObjectStore> objects_;
};

}  // namespace kiln::store

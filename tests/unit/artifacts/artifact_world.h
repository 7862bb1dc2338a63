// What the tests of artifacts stand on: a container with staged trees, and Kiln's own S3 behind its own HTTP server.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/http/router.h"
#include "api/http/server.h"
#include "api/s3/service.h"
#include "runtime/artifacts/s3_artifacts.h"
#include "store/objects/object_store.h"
#include "store/store.h"
#include "tests/unit/artifacts/staged_container.h"
#include "tests/unit/service_fixture.h"

namespace kiln::runtime {

// An entry of a zip as libarchive reads it; of one that cannot be read, the reason as its only name.
struct ZippedEntry {
  std::string name;
  int mode = 0;
  std::int64_t modified = 0;
  std::string content = {};
  std::string target = {};
  bool operator==(const ZippedEntry&) const = default;
};
std::vector<ZippedEntry> entriesOfZip(const std::string& zip);
std::vector<std::string> namesOf(const std::vector<ZippedEntry>& entries);

// `size` bytes that do not shrink, the same for the same seed.
std::string noise(std::size_t size, unsigned seed = 1);

class ArtifactTest : public ::testing::Test {
 protected:
  ArtifactTest();
  ~ArtifactTest() override;

  // Of a project `p` in eu-west-1.
  Build build(std::vector<ArtifactOutput> outputs);
  Result<UploadedArtifacts> upload(const Build& build, const CollectedArtifacts& collected);
  // One artifact of what is staged in /staged.
  Result<UploadedArtifacts> uploadStaged(const ArtifactOutput& output);
  // "CODE: message" of a failure, "" of none.
  std::string failureOf(const Build& build, const CollectedArtifacts& collected);

  void makeBucket(const std::string& name, const std::string& region = "eu-west-1");
  std::string object(const std::string& bucket, const std::string& key);
  NameValues headersOf(const std::string& bucket, const std::string& key);
  std::string headerOf(const std::string& bucket, const std::string& key, const std::string& name);
  std::vector<std::string> keysIn(const std::string& bucket);
  AwsReply s3(const std::string& method, const std::string& path, const std::string& body = "",
              NameValues query = {});

  // From now on S3 is what answers at this URL.
  void useS3At(const std::string& url);
  // Another Kiln start: what is in memory is gone.
  void restart();
  std::vector<std::string> spools() const;

  const api::OwnDirectory directory_;
  SystemClock clock_;
  StagedContainer container_;
  config::Settings settings_;
  std::stop_source stop_;
  std::vector<std::string> progress_;
  std::string encryptionKey_ = "arn:aws:kms:eu-west-1:000000000000:alias/aws/s3";
  std::unique_ptr<S3Artifacts> artifacts_;

 private:
  S3Client client();

  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::ObjectStore> objects_;
  std::unique_ptr<api::s3::S3Service> service_;
  api::Router router_;
  std::unique_ptr<api::HttpServer> server_;
  std::unique_ptr<AwsClient> aws_;
  std::unique_ptr<Endpoints> endpoints_;
};

inline const Scope kArtifactScope{"000000000000", "eu-west-1"};
inline const std::string kBuildUuid = "11111111-2222-4333-8444-555555555555";

}  // namespace kiln::runtime

// What the tests of sources stand on: a directory with a canary, objects in memory, and trees that are really untarred.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/source/source_fetcher.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::runtime {

// S3 in memory. A key's versions are "v1", "v2", ...; `denied` buckets refuse, `down` ones do not answer.
class MemoryObjects final : public ObjectSource {
 public:
  void put(const std::string& bucket, const std::string& key, std::string body) {
    buckets_[bucket][key].push_back(std::move(body));
  }

  ObjectResult<ObjectInfo> head(const Scope&, const ObjectName& name, std::stop_token) override;
  ObjectResult<ObjectInfo> get(const Scope&, const ObjectName& name,
                               const std::function<Status(std::string_view)>& sink,
                               std::stop_token) override;
  ObjectResult<ObjectPage> list(const Scope&, const std::string& bucket, const std::string& prefix,
                                const std::string& token, std::stop_token) override;

 private:
  ObjectResult<const std::string*> find(const ObjectName& name) const;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> buckets_;
};

// Runs a command of the shell; its output. A failure fails the test.
std::string shell(const std::string& command);
std::string fileText(const std::filesystem::path& path);

class SourceTest : public ::testing::Test {
 protected:
  SourceTest();
  ~SourceTest() override;

  SourceResult<std::unique_ptr<FetchedSource>> fetch(const SourceSpec& spec);
  // Untars it into a fresh directory beside a canary and says where; the canary must have stayed alone.
  std::filesystem::path unpacked(FetchedSource& source, const std::string& prefix = "");
  std::filesystem::path unpackedOf(const SourceSpec& spec);
  // "STATUS_CODE: message" of a build's failure, "host: message" of the host's, "" of a success.
  std::string failureOf(const SourceSpec& spec);

  SourceFetcher& fetcher();

  std::filesystem::path directory_;
  fakes::FakeClock clock_;
  MemoryObjects objects_;
  SourceLimits limits_;
  std::string endpoint_;  // of CodeCommit
  std::stop_source stop_;
  std::vector<std::string> progress_;

 private:
  std::unique_ptr<SourceFetcher> fetcher_;
  int trees_ = 0;
};

}  // namespace kiln::runtime

// Repositories over a real store in memory and a real directory, with a clock that stands still.
#pragma once

#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "store/repositories/git_repository.h"
#include "store/repositories/repositories.h"
#include "store/rocks/rocks_store.h"
#include "tests/fakes/fake_clock.h"

namespace kiln::store {

class RepositoriesTest : public testing::Test {
 protected:
  RepositoriesTest()
      : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        root_(std::filesystem::temp_directory_path() / ("kiln-repositories-" + newUuid())) {
    auto opened = openRocksStore({.directory = "/kiln", .feedWindow = 10'000, .env = env_.get()});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    restart();
  }
  ~RepositoriesTest() override { std::filesystem::remove_all(root_); }

  // As after a crash: what was in memory is gone.
  void restart() {
    repositories_.reset();
    repositories_ = std::make_unique<Repositories>(*store_, clock_, root_);
    EXPECT_TRUE(repositories_->start().ok());
  }

  Repository make(const std::string& name) {
    Repository wanted;
    wanted.scope = scope_;
    wanted.name = name;
    auto made = repositories_->create(std::move(wanted));
    if (!made.ok()) throw std::runtime_error(made.error().message);
    return *made;
  }

  GitRepository open(const Repository& repository) {
    auto git = GitRepository::open(repositories_->pathOf(repository));
    if (!git.ok()) throw std::runtime_error(git.error().message);
    return std::move(*git);
  }

  // A commit with one file over `parent` (none: empty); moves no reference.
  static std::string commitOf(GitRepository& git, const std::string& text,
                              const std::string& parent) {
    auto blob = git.writeBlob(text);
    auto tree = git.writeTree("", {{"file", GitEntry{EntryKind::kFile, *blob, {}}}}, false);
    GitCommit commit{
        .id = {}, .tree = *tree, .parents = {}, .message = text, .author = {}, .committer = {}};
    commit.author = commit.committer = {"T", "t@x.org", 1'700'000'000, 60};
    if (!parent.empty()) commit.parents = {parent};
    return git.writeCommit(commit).value();
  }

  // The events in the outbox: "referenceCreated refs/heads/main old->new".
  std::vector<std::string> events() const {
    std::vector<std::string> told;
    const auto outbox = store_->readOutbox(0, 1000);
    for (const auto& entry : outbox.value()) {
      const auto detail = nlohmann::json::parse(entry.body).at("detail");
      told.push_back(detail.at("event").get<std::string>() + " " +
                     detail.at("referenceFullName").get<std::string>() + " " +
                     detail.value("oldCommitId", "") + "->" + detail.value("commitId", ""));
    }
    return told;
  }

  Repository again(const Repository& repository) const {
    return **repositories_->find(scope_, repository.name);
  }

  std::unique_ptr<rocksdb::Env> env_;
  const std::filesystem::path root_;
  fakes::FakeClock clock_;
  Scope scope_{"000000000000", "us-east-1"};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Repositories> repositories_;
};

}  // namespace kiln::store

// What the store's tests share: a store on a file system in memory, and short words for resources and commits.
#pragma once

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/rocks/rocks_store.h"
#include "store/store.h"

namespace kiln::store {

inline const Scope kScope{"000000000000", "eu-west-1"};

inline ResourceKey keyOf(std::string name, std::string kind = "build") {
  return {std::move(kind), kScope, std::move(name)};
}

inline Resource resourceOf(std::string name, std::vector<std::string> indexKeys = {}) {
  Resource resource;
  resource.meta.key = keyOf(std::move(name));
  resource.meta.indexKeys = std::move(indexKeys);
  resource.spec = R"({"wanted":1})";
  resource.status = R"({"seen":0})";
  return resource;
}

template <typename T>
Code codeOf(const Result<T>& result) {
  return result.ok() ? throw std::runtime_error("it was done") : result.error().code;
}
inline Code codeOf(const Status& status) {
  return status.ok() ? throw std::runtime_error("it was done") : status.error().code;
}

class StoreTest : public testing::Test {
 protected:
  StoreTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) { open(); }

  void open(int feedWindow = 1000) {
    store_.reset();
    auto opened =
        openRocksStore({.directory = "/kiln/db", .feedWindow = feedWindow, .env = env_.get()});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }

  Result<std::uint64_t> commit(const std::function<Status(Txn&)>& body,
                               Durability durability = Durability::kBuffered) {
    return store_->commit(durability, body);
  }
  Result<std::uint64_t> create(const Resource& resource) {
    return commit([&](Txn& txn) { return txn.create(resource); });
  }
  // Reads it, lets `change` at it and writes it back.
  template <typename Change>
  Result<std::uint64_t> update(const std::string& name, Half half, Change change) {
    return commit([&](Txn& txn) -> Status {
      auto found = txn.find(keyOf(name));
      if (!found) return found.error();
      change(**found);
      return txn.update(**found, half);
    });
  }
  Result<std::uint64_t> erase(const std::string& name) {
    return commit([&](Txn& txn) -> Status {
      auto found = txn.find(keyOf(name));
      if (!found) return found.error();
      return txn.erase(keyOf(name), (*found)->meta.resourceVersion);
    });
  }
  Resource get(const std::string& name) {
    auto found = store_->find(keyOf(name));
    if (!found || !*found) throw std::runtime_error("no resource " + name);
    return **found;
  }
  bool exists(const std::string& name) { return store_->find(keyOf(name))->has_value(); }

  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<Store> store_;
};

}  // namespace kiln::store

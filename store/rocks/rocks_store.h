// The Store on RocksDB, and the only way to one.
//
// openRocksStore() makes the directory and a new store where there is none, brings an older store up to date, and refuses
// what it must not touch: kFailedPrecondition when another process has it open or a newer Kiln wrote it, kCorrupt when it is
// damaged (it is never made anew over what is there), kResourceExhausted when the disk is full, kUnavailable when the directory
// cannot be used. After a full disk the store goes on by itself once there is space.
// Owner: main(). Threads: any, once open.
#pragma once

#include <filesystem>
#include <memory>

#include "controller/core/result.h"
#include "store/store.h"

namespace rocksdb {
class Env;
}

namespace kiln::store {

struct RocksOptions {
  std::filesystem::path directory;
  int feedWindow =
      100'000;  // changes kept at least; a little more are kept so that trimming is cheap
  rocksdb::Env* env = nullptr;  // where files are; null for the real disk. Outlives the store
};

Result<std::unique_ptr<Store>> openRocksStore(const RocksOptions& options);

}  // namespace kiln::store

// Vault: the Sealer of this data directory, whose key is made at its first need.
//
// The store remembers that there is a key, and its fingerprint: once values may have been sealed, a key file that is missing or holds
// another key is an error and never a reason to make a new one. Opening goes on with the key in memory when the file is lost while Kiln
// runs, so that values can still be read out; sealing does not.
//
// Owner: the daemon. Any thread; not from inside a commit of the store (a Sealer may be used there).
// Failure: kFailedPrecondition says what is wrong with the key file and what to do.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "controller/core/guarded.h"
#include "controller/core/result.h"
#include "store/store.h"
#include "store/vault/sealer.h"

namespace kiln::store {

class Vault {
 public:
  Vault(std::filesystem::path keyFile, Store& store);

  using Held = std::shared_ptr<const Sealer>;
  Result<Held> forSealing();
  Result<Held> forOpening();

  // Could values be sealed and opened right now? Good too while no key was ever needed.
  Status check() const;

 private:
  Result<std::optional<std::string>> knownFingerprint() const;
  // The key of the file if it is the one that is known; nullopt when no key was ever made.
  Result<Held> readKnown() const;
  Result<Held> makeKey();
  Status remember(const std::string& fingerprint);

  const std::filesystem::path file_;
  Store& store_;
  Guarded<Held> held_;
};

}  // namespace kiln::store

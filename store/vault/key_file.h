// The file that holds the vault's key: 32 random bytes, mode 0600.
//
// Made whole or not at all: written and synced as `<file>.new`, then renamed. A file that others may read is refused and not
// repaired: its key may have been read already, and whoever runs Kiln should know. Functions without state; the caller makes sure that one
// thread of one process makes the file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "controller/core/result.h"

namespace kiln::store {

// nullopt when there is no such file. kFailedPrecondition for one of another size or kind, or that others may read.
Result<std::optional<std::string>> readKeyFile(const std::filesystem::path& file);

// A fresh key, on disk when this returns.
Result<std::string> makeKeyFile(const std::filesystem::path& file);

}  // namespace kiln::store

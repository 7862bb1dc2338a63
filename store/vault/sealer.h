// Sealer: encrypts and authenticates small values under one key (AES-256-GCM, OpenSSL).
//
// A sealed value is `01 | nonce, 12 random bytes | tag, 16 bytes | ciphertext`. The identity of what it belongs to is authenticated with it, so
// that a value moved to another resource or version does not open.
// Values only: any thread. The key is wiped when the Sealer goes.
// Failure: open() answers kCorrupt for a wrong key, another identity or any changed byte, never garbage. No message holds a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "controller/core/result.h"

namespace kiln::store {

inline constexpr std::size_t kVaultKeyBytes = 32;

class Sealer {
 public:
  explicit Sealer(std::string key);  // kVaultKeyBytes of them
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  Result<std::string> seal(std::string_view identity, std::string_view plain) const;
  Result<std::string> open(std::string_view identity, std::string_view sealed) const;

  // Tells keys apart without telling anything of them: 32 hex digits.
  std::string fingerprint() const;

 private:
  std::string key_;
};

// Random bytes from the system's source, for keys and passwords.
Result<std::string> randomBytes(std::size_t count);

}  // namespace kiln::store

#include "store/vault/sealer.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cassert>
#include <memory>

namespace kiln::store {
namespace {

constexpr char kFormat = '\x01';
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeaderBytes = 1 + kNonceBytes + kTagBytes;
constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // lengths are ints in OpenSSL

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* in(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

Error cryptoFailed(const char* what) {
  return {Code::kInternal, std::string(what) + ": OpenSSL refused"};
}

Error notOpened() {
  return {Code::kCorrupt,
          "opening a sealed value: it was changed, belongs to something else, or was sealed "
          "under another key"};
}

}  // namespace

Sealer::Sealer(std::string key) : key_(std::move(key)) { assert(key_.size() == kVaultKeyBytes); }

Sealer::~Sealer() { OPENSSL_cleanse(key_.data(), key_.size()); }

Result<std::string> Sealer::seal(std::string_view identity, std::string_view plain) const {
  if (plain.size() > kMostBytes || identity.size() > kMostBytes)
    return Error{Code::kInvalidArgument, "sealing a value: it is too long"};
  auto nonce = randomBytes(kNonceBytes);
  if (!nonce.ok()) return nonce.error();
  std::string sealed(kHeaderBytes + plain.size(), '\0');
  sealed[0] = kFormat;
  sealed.replace(1, kNonceBytes, *nonce);
  char* const tag = sealed.data() + 1 + kNonceBytes;
  char* const text = sealed.data() + kHeaderBytes;
  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  const bool done =
      context != nullptr &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key_), in(*nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &length, in(identity),
                        static_cast<int>(identity.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), out(text), &length, in(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), out(text) + length, &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1;
  if (!done) return cryptoFailed("sealing a value");
  return sealed;
}

Result<std::string> Sealer::open(std::string_view identity, std::string_view sealed) const {
  if (sealed.size() < kHeaderBytes || sealed.size() > kMostBytes || sealed[0] != kFormat)
    return notOpened();
  const std::string_view nonce = sealed.substr(1, kNonceBytes);
  std::string tag(sealed.substr(1 + kNonceBytes, kTagBytes));
  const std::string_view text = sealed.substr(kHeaderBytes);
  std::string plain(text.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  const bool begun =
      context != nullptr &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key_), in(nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &length, in(identity),
                        static_cast<int>(identity.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), out(plain.data()), &length, in(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1;
  if (!begun) return cryptoFailed("opening a sealed value");
  if (EVP_DecryptFinal_ex(context.get(), out(plain.data()) + length, &length) != 1) {
    OPENSSL_cleanse(plain.data(), plain.size());
    return notOpened();
  }
  return plain;
}

std::string Sealer::fingerprint() const {
  constexpr std::string_view kPurpose = "kiln: which key is this";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), in(kPurpose), kPurpose.size(),
       digest.data(), &size);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t at = 0; at < 16; ++at) {
    text += kHex[digest[at] >> 4U];
    text += kHex[digest[at] & 0xFU];
  }
  return text;
}

Result<std::string> randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (count > kMostBytes || RAND_bytes(out(bytes.data()), static_cast<int>(count)) != 1)
    return cryptoFailed("making random bytes");
  return bytes;
}

}  // namespace kiln::store

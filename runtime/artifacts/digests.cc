#include "runtime/artifacts/digests.h"

#include <openssl/evp.h>

#include <future>
#include <memory>

#include "controller/core/text.h"

namespace kiln::runtime {
namespace {

class Digesting {
 public:
  explicit Digesting(const EVP_MD* kind) : context_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(context_.get(), kind, nullptr);
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string hex() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &size);
    digest.resize(size);
    return toHex(digest);
  }

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

std::string digestOf(std::string_view bytes, const EVP_MD* kind) {
  Digesting digest(kind);
  digest.add(bytes);
  return digest.hex();
}

Result<std::string> digestOf(const std::function<Result<std::string>()>& stream, const EVP_MD* kind,
                             const std::stop_token& stop) {
  Digesting digest(kind);
  while (!stop.stop_requested()) {
    auto bytes = stream();
    if (!bytes.ok()) return bytes.error();
    if (bytes->empty()) return digest.hex();
    digest.add(*bytes);
  }
  return Error{Code::kUnavailable, "taking the checksums of an artifact was stopped"};
}

}  // namespace

Digests digestsOf(std::string_view bytes) {
  return {digestOf(bytes, EVP_md5()), digestOf(bytes, EVP_sha256())};
}

Result<Digests> digestsOf(const std::function<std::function<Result<std::string>()>()>& stream,
                          const std::stop_token& stop) {
  auto other =
      std::async(std::launch::async, [&] { return digestOf(stream(), EVP_sha256(), stop); });
  auto md5 = digestOf(stream(), EVP_md5(), stop);
  auto sha256 = other.get();
  if (!md5.ok()) return md5.error();
  if (!sha256.ok()) return sha256.error();
  return Digests{*std::move(md5), *std::move(sha256)};
}

}  // namespace kiln::runtime

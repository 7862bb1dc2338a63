#include "api/secretsmanager/lookup.h"

#include <spdlog/spdlog.h>

namespace kiln::api::secrets {
namespace {

constexpr std::size_t kSuffixLength = 6;

ServiceError vaultFailed(const char* shape, const Error& error) {
  spdlog::error("event=vault_failure code={} message=\"{}\"", name(error.code), error.message);
  return {shape, error.message, 400};
}

}  // namespace

ServiceError decryptionFailed(const Error& error) {
  return vaultFailed("DecryptionFailure", error);
}
ServiceError encryptionFailed(const Error& error) {
  return vaultFailed("EncryptionFailure", error);
}

std::vector<Candidate> candidates(const Scope& scope, std::string_view asked) {
  if (!asked.starts_with("arn:")) return {{std::string(asked), {}}};
  const std::string prefix =
      "arn:aws:secretsmanager:" + scope.region + ":" + scope.account + ":secret:";
  if (!asked.starts_with(prefix)) return {};
  asked.remove_prefix(prefix.size());
  std::vector<Candidate> found;
  if (asked.size() > kSuffixLength + 1 && asked[asked.size() - kSuffixLength - 1] == '-') {
    found.push_back({std::string(asked.substr(0, asked.size() - kSuffixLength - 1)),
                     std::string(asked.substr(asked.size() - kSuffixLength))});
  }
  found.push_back({std::string(asked), {}});
  return found;
}

Refusal write(store::Txn& txn, const Secret& secret) {
  auto written = txn.update(toResource(secret), store::Half::kSpec);
  if (!written.ok()) return fromError(written.error());
  return std::nullopt;
}

}  // namespace kiln::api::secrets

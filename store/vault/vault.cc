#include "store/vault/vault.h"

#include <nlohmann/json.hpp>

#include "store/vault/key_file.h"

namespace kiln::store {
namespace {

using nlohmann::json;

ResourceKey markerKey() { return {"vault-key", {"", ""}, "secret.key"}; }

}  // namespace

Vault::Vault(std::filesystem::path keyFile, Store& store)
    : file_(std::move(keyFile)), store_(store) {}

Result<std::optional<std::string>> Vault::knownFingerprint() const {
  auto marker = store_.find(markerKey());
  if (!marker.ok()) return marker.error();
  if (!*marker) return std::optional<std::string>();
  const json spec = json::parse((*marker)->spec, nullptr, /*allow_exceptions=*/false);
  if (!spec.is_object() || !spec.contains("fingerprint") || !spec["fingerprint"].is_string())
    return Error{Code::kCorrupt, "reading which key the stored secrets are sealed under"};
  return std::optional(spec["fingerprint"].get<std::string>());
}

Result<Vault::Held> Vault::readKnown() const {
  auto known = knownFingerprint();
  if (!known.ok()) return known.error();
  auto key = readKeyFile(file_);
  if (!key.ok()) return key.error();
  if (!*key && !*known) return Held();
  if (!*key) {
    return Error{Code::kFailedPrecondition,
                 "the key file " + file_.string() +
                     " is missing, and stored secrets are sealed under its key: put it back from "
                     "a backup; without it they cannot be read"};
  }
  auto held = std::make_shared<const Sealer>(std::move(**key));
  if (*known && held->fingerprint() != **known) {
    return Error{Code::kFailedPrecondition,
                 "the key file " + file_.string() +
                     " does not hold the key that the stored secrets are sealed under: put the "
                     "right one back from a backup"};
  }
  return Held(std::move(held));
}

Status Vault::remember(const std::string& fingerprint) {
  Resource marker;
  marker.meta.key = markerKey();
  marker.spec = json{{"fingerprint", fingerprint}}.dump();
  marker.status = "{}";
  return dropValue(
      store_.commit(Durability::kSynced, [&](Txn& txn) { return txn.create(marker); }));
}

// A crash between file and marker leaves a key that nothing was sealed under; it is taken up the next time.
Result<Vault::Held> Vault::makeKey() {
  auto held = readKnown();
  if (!held.ok()) return held;
  if (*held == nullptr) {
    auto key = makeKeyFile(file_);
    if (!key.ok()) return key.error();
    held = Held(std::make_shared<const Sealer>(std::move(*key)));
  }
  auto known = knownFingerprint();
  if (!known.ok()) return known.error();
  if (!*known) {
    if (auto kept = remember((*held)->fingerprint()); !kept.ok()) return kept.error();
  }
  return held;
}

Result<Vault::Held> Vault::forSealing() {
  return held_.with([this](Held& kept) -> Result<Held> {
    auto held = kept != nullptr ? readKnown() : makeKey();
    if (!held.ok()) return held;
    if (kept == nullptr) kept = *held;
    return kept;
  });
}

Result<Vault::Held> Vault::forOpening() {
  return held_.with([this](Held& kept) -> Result<Held> {
    if (kept != nullptr) return kept;
    auto known = knownFingerprint();
    if (!known.ok()) return known.error();
    if (!*known) return Error{Code::kCorrupt, "opening a sealed value: nothing was sealed here"};
    auto held = readKnown();
    if (!held.ok()) return held;
    kept = *held;
    return kept;
  });
}

Status Vault::check() const { return dropValue(readKnown()); }

}  // namespace kiln::store

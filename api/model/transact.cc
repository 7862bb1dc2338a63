#include "api/model/transact.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace kiln::api {

Answer transact(store::Store& store, const std::function<Answer(store::Txn&)>& body) {
  std::optional<Answer> answer;
  auto committed = store.commit(store::Durability::kSynced, [&](store::Txn& txn) -> Status {
    answer = body(txn);
    if (answer->ok()) return okStatus();
    return Error{Code::kFailedPrecondition, answer->error().message};
  });
  if (answer && !answer->ok()) return std::move(*answer);
  if (!committed.ok()) return fromError(committed.error());
  return std::move(*answer);
}

}  // namespace kiln::api

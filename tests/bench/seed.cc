// kiln-seed: fills a data directory with builds that ended, through the store itself, so that a benchmark need not run them.
//
//   kiln-seed DIRECTORY PROJECT COUNT     prints the id of every hundredth
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "store/records/build_record.h"
#include "store/records/new_build.h"
#include "store/rocks/rocks_store.h"

namespace {

using kiln::Build;
using kiln::BuildId;

Build endedBuild(const BuildId& id, std::int64_t number, kiln::TimePoint at) {
  nlohmann::json build = {
      {"source",
       {{"type", "NO_SOURCE"}, {"buildspec", "version: 0.2\nphases: {build: {commands: [make]}}"}}},
      {"environment",
       {{"type", "LINUX_CONTAINER"}, {"image", "image"}, {"computeType", "BUILD_GENERAL1_SMALL"}}}};
  Build ended = kiln::store::newBuild({id, number, at, "seed"}, build,
                                      {{"projectArtifacts", {{"type", "NO_ARTIFACTS"}}}});
  while (!ended.complete()) advance(ended, kiln::PhaseStatus::kSucceeded, {}, at);
  return ended;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  auto store =
      kiln::store::openRocksStore({.directory = argv[1], .feedWindow = 1000, .env = nullptr});
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  const long count = std::atol(argv[3]);
  constexpr long kPerCommit = 500;
  for (long made = 0; made < count; made += kPerCommit) {
    auto done = (*store)->commit(
        kiln::store::Durability::kBuffered, [&](kiln::store::Txn& txn) -> kiln::Status {
          for (long i = made; i < std::min(made + kPerCommit, count); ++i) {
            const BuildId id{{"000000000000", "us-east-1"}, argv[2], kiln::newUuid()};
            auto number = txn.nextNumber(id.scope, kiln::store::buildNumberCounter(id.project));
            if (!number.ok()) return number.error();
            const auto at = kiln::fromUnixMillis(1'700'000'000'000 + i * 1000);
            if (auto put = txn.create(kiln::store::toResource(endedBuild(id, *number, at)));
                !put.ok())
              return put;
            constexpr long kShown = 100;
            if (i % kShown == 0) std::printf("%s\n", id.name().c_str());
          }
          return kiln::okStatus();
        });
    if (!done.ok()) {
      std::fprintf(stderr, "%s\n", done.error().message.c_str());
      return 1;
    }
  }
  return 0;
}

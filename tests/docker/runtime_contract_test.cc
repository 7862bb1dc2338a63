// The contract on the fake and, where there is one, on the real engine.
#include "tests/docker/runtime_contract.h"

#include "tests/docker/engine_world.h"

namespace kiln::runtime {
namespace {

INSTANTIATE_TEST_SUITE_P(Docker, RuntimeContract,
                         testing::Values(ContractParameter{"docker", EngineWorld::make}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace kiln::runtime

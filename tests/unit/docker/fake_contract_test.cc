// FakeRuntime keeps the contract; this is what makes tests that run on it worth something.
#include "tests/docker/runtime_contract.h"
#include "tests/fakes/fake_runtime.h"

namespace kiln::runtime {
namespace {

class FakeWorld final : public ContractWorld {
 public:
  FakeWorld() { fake_.addImage(image()); }
  ContainerRuntime& runtime() override { return fake_; }
  std::string image() override { return "fake/image:1"; }
  std::unique_ptr<ContainerRuntime> unreachable() override {
    auto away = std::make_unique<fakes::FakeRuntime>();
    away->setReachable(false);
    return away;
  }
  std::unique_ptr<ContainerRuntime> otherStore() override { return nullptr; }
  void createForeign(const BuildId& id) override { fake_.createForeign(id); }
  void removeByOther(const BuildId& id) override { fake_.removeByOther(id); }

 private:
  fakes::FakeRuntime fake_;
};

INSTANTIATE_TEST_SUITE_P(Fake, RuntimeContract,
                         testing::Values(ContractParameter{
                             "fake", [] { return std::make_unique<FakeWorld>(); }}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace kiln::runtime

// What FakeRuntime's containers are made of: the engine's state behind one lock. Private to the fakes.
#pragma once

#include <deque>

#include "tests/fakes/fake_runtime.h"

namespace kiln::fakes {

// One attached client's inbox. Guarded by World::mutex.
struct Pipe {
  std::string waiting;
  bool ended = false;
};

struct FakeRuntime::Container {
  std::string name;
  std::string storeLabel;
  std::string buildLabel;
  std::uint64_t incarnation = 0;
  TimePoint createdAt;
  runtime::ContainerSpec spec;
  runtime::ContainerStatus status;
  FakeProgram program;
  std::string input;  // written, not a whole line yet or written before the start
  std::vector<std::shared_ptr<Pipe>> pipes;
  std::map<std::string, std::string> files;
};

struct FakeRuntime::World {
  mutable std::mutex mutex;
  std::condition_variable changed;

  std::string storeId;
  runtime::EngineInfo info;
  bool reachable = true;
  std::uint64_t outages = 0;
  FakeProgram program;
  std::set<std::string> images;
  std::set<std::string> registry;
  std::map<std::string, Error> refusedPulls;
  std::map<std::string, std::string> refusedStarts;
  std::map<std::string, Container> containers;           // by name
  std::map<std::string, int> created, started, removed;  // by build uuid
  std::map<std::string, int> pulls;
  std::map<Call, int> failures, losses;
  std::mt19937_64 random;
  double failBefore = 0;
  double loseAfter = 0;
  std::uint64_t lastIncarnation = 0;
  std::deque<std::string> events;  // builds' ARNs
  std::size_t eventsSeen = 0;

  // Runs `effect` under the lock, with the misfortunes asked for.
  template <typename T, typename F>
  Result<T> perform(Call call, F&& effect) {
    std::lock_guard lock(mutex);
    if (auto wrong = before(call)) return *wrong;
    Result<T> done = effect();
    if (auto wrong = after(call)) return *wrong;
    return done;
  }
  std::optional<Error> before(Call call);
  std::optional<Error> after(Call call);

  // The functions below want the lock held.
  std::string nameOf(const BuildId& id) const { return "kiln-" + id.uuid; }
  Result<Container*> findOurs(const BuildId& id);  // nullptr: absent
  Result<Container*> getOurs(const BuildId& id);   // kNotFound: absent
  Container* peek(const BuildId& id);
  Container& add(const std::string& name, const std::string& store, const std::string& build);
  void start(Container& container);
  void exit(Container& container, int code);
  void remove(const std::string& name);
  void print(Container& container, const std::string& text);
  void answerInput(Container& container);
  void tell(const Container& container);
  void endStreams(Container& container);

  void wakeAll();
};

class FakeRuntime::Stream final : public runtime::AttachedStream {
 public:
  Stream(std::shared_ptr<World> world, std::string name, std::shared_ptr<Pipe> pipe);
  ~Stream() override;
  Result<std::string> read() override;
  Status write(std::string_view bytes) override;
  void close() override;

 private:
  std::shared_ptr<World> world_;
  std::string name_;
  std::shared_ptr<Pipe> pipe_;
};

}  // namespace kiln::fakes

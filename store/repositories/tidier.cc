#include "store/repositories/tidier.h"

#include <spdlog/spdlog.h>

#include "store/repositories/git_process.h"

namespace kiln::store {
namespace {

constexpr std::size_t kManyPacks = 50;

std::size_t countPacks(const std::filesystem::path& repository) {
  std::error_code error;
  std::size_t packs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(repository / "objects" / "pack", error)) {
    if (entry.path().extension() == ".pack") ++packs;
  }
  return packs;
}

}  // namespace

Tidier::Tidier() : worker_([this](const std::stop_token& stop) { run(stop); }) {}

Tidier::~Tidier() {
  worker_.request_stop();
  worker_.join();
}

void Tidier::add(const std::filesystem::path& repository) {
  {
    std::lock_guard lock(mutex_);
    waiting_.insert(repository);
  }
  changed_.notify_one();
}

void Tidier::run(const std::stop_token& stop) {
  while (true) {
    std::filesystem::path next;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      next = waiting_.extract(waiting_.begin()).value();
    }
    if (stop.stop_requested()) return;
    if (countPacks(next) < kManyPacks) continue;
    const bool done = tidy(next, stop);
    spdlog::info("event=git_tidied repository={} done={}", next.filename().string(), done);
  }
}

// Each program is a child of ours, so that none outlives us with a lock in its hand.
bool Tidier::tidy(const std::filesystem::path& repository, const std::stop_token& stop) {
  const std::vector<std::vector<std::string>> programs{
      {"repack", "-q", "-d", "-l", "--geometric=2"}, {"pack-refs", "--all"}};
  for (const auto& arguments : programs) {
    auto git = GitProcess::start(
        {.arguments = arguments, .repository = repository, .protocol = {}, .background = true});
    if (!git.ok()) {
      spdlog::warn("event=git_tidy_failed what=\"{}\"", git.error().message);
      return false;
    }
    (*git)->closeInput();
    const std::stop_callback end(stop, [&] { (*git)->stop(); });
    while (true) {
      const auto said = (*git)->read(Millis{1000});
      if (said && said->empty()) break;
    }
    if (const int status = (*git)->wait(); status != 0) {
      spdlog::warn("event=git_tidy_failed repository={} status={}", repository.filename().string(),
                   status);
      return false;
    }
  }
  return true;
}

}  // namespace kiln::store

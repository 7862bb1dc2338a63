#include "runtime/jobs/job_pool.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace kiln::runtime {
namespace {

// Shared by the pool's map and the worker that runs it: a forgotten job goes on without the map, and its result with it.
struct Job {
  BuildId id;
  std::function<JobResult(std::stop_token)> work;
  std::stop_source stop;
  bool forgotten = false;
  std::optional<JobResult> result;
};

JobResult runGuarded(Job& job) {
  try {
    return job.work(job.stop.get_token());
  } catch (const std::exception& thrown) {
    return Error{Code::kInternal, std::string("a job ended by an exception: ") + thrown.what()};
  } catch (...) {
    return Error{Code::kInternal, "a job ended by an exception of unknown type"};
  }
}

}  // namespace

struct JobPool::Impl {
  using Key = std::pair<BuildId, JobStep>;

  explicit Impl(std::function<void(const BuildId&)> tell) : finished(std::move(tell)) {}

  void serve();
  std::shared_ptr<Job> take();
  void settle(Job& job, JobResult result);

  const std::function<void(const BuildId&)> finished;
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool ending = false;
  std::map<Key, std::shared_ptr<Job>> jobs;   // what observe() tells
  std::deque<std::shared_ptr<Job>> waiting;   // not begun yet, oldest first
  std::vector<std::shared_ptr<Job>> running;  // forgotten ones too
  std::vector<std::jthread> threads;          // last: joined before the rest goes
};

std::shared_ptr<Job> JobPool::Impl::take() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return ending || !waiting.empty(); });
  if (ending) return nullptr;
  auto job = std::move(waiting.front());
  waiting.pop_front();
  running.push_back(job);
  return job;
}

void JobPool::Impl::settle(Job& job, JobResult result) {
  job.work = nullptr;  // what it captured goes first, outside the lock
  bool tell = false;
  {
    std::lock_guard lock(mutex);
    tell = !job.forgotten && !ending;
    job.result = std::move(result);
    std::erase_if(running, [&](const auto& other) { return other.get() == &job; });
  }
  if (tell && finished) finished(job.id);
}

void JobPool::Impl::serve() {
  while (auto job = take()) settle(*job, runGuarded(*job));
}

JobPool::JobPool(int workers, std::function<void(const BuildId&)> finished)
    : impl_(std::make_unique<Impl>(std::move(finished))) {
  for (int i = 0; i < (workers < 1 ? 1 : workers); ++i) {
    impl_->threads.emplace_back([impl = impl_.get()] { impl->serve(); });
  }
}

JobPool::~JobPool() { stop(); }

void JobPool::stop() {
  std::vector<std::shared_ptr<Job>> running;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->ending = true;
    impl_->waiting.clear();
    running = impl_->running;
  }
  impl_->changed.notify_all();
  for (const auto& job : running) job->stop.request_stop();
  impl_->threads.clear();  // joins
}

void JobPool::start(const BuildId& id, JobStep step,
                    std::function<JobResult(std::stop_token)> work) {
  {
    std::lock_guard lock(impl_->mutex);
    auto [place, added] = impl_->jobs.try_emplace({id, step});
    if (!added) return;
    place->second = std::make_shared<Job>();
    place->second->id = id;
    place->second->work = std::move(work);
    impl_->waiting.push_back(place->second);
  }
  impl_->changed.notify_one();
}

JobState JobPool::observe(const BuildId& id, JobStep step) const {
  std::lock_guard lock(impl_->mutex);
  auto found = impl_->jobs.find({id, step});
  if (found == impl_->jobs.end()) return {};
  const Job& job = *found->second;
  if (!job.result) return {.progress = JobState::Progress::kRunning, .result = std::nullopt};
  return {.progress = JobState::Progress::kDone, .result = job.result};
}

void JobPool::forget(const BuildId& id) {
  std::vector<std::shared_ptr<Job>> dropped;
  {
    std::lock_guard lock(impl_->mutex);
    auto from = impl_->jobs.lower_bound({id, JobStep{}});
    auto to = from;
    for (; to != impl_->jobs.end() && to->first.first == id; ++to) {
      to->second->forgotten = true;
      std::erase(impl_->waiting, to->second);
      dropped.push_back(to->second);
    }
    impl_->jobs.erase(from, to);
  }
  for (const auto& job : dropped)
    job->stop.request_stop();  // outside: stop callbacks are others' code
}

}  // namespace kiln::runtime

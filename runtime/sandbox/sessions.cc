#include "runtime/sandbox/sessions.h"

#include <utility>

#include "runtime/sandbox/session.h"

namespace kiln::runtime {

AgentSessions::AgentSessions(ContainerRuntime& runtime, std::function<void(const BuildId&)> wake,
                             AgentSessionSettings settings)
    : runtime_(runtime), wake_(std::move(wake)), settings_(settings) {}

AgentSessions::~AgentSessions() = default;

std::shared_ptr<Session> AgentSessions::find(const BuildId& id) const {
  return state_.with([&](const State& state) -> std::shared_ptr<Session> {
    auto found = state.sessions.find(id);
    return found == state.sessions.end() ? nullptr : found->second;
  });
}

void AgentSessions::replace(const BuildId& id, std::shared_ptr<Session> session) {
  // The old one is let go outside the lock: its threads may be calling wake.
  state_.with([&](State& state) { std::swap(state.sessions[id], session); });
}

AgentView AgentSessions::observe(const BuildId& id) const {
  auto session = find(id);
  return session ? session->view() : AgentView{};
}

Status AgentSessions::open(const BuildId& id, std::uint64_t resumeAfter) {
  auto link = observe(id).link;
  if (link == AgentView::Link::kOpening || link == AgentView::Link::kAttached) return okStatus();
  auto stream = runtime_.attach(id);
  if (!stream) return stream.error();
  replace(id, std::make_shared<Session>(std::move(*stream), resumeAfter, settings_,
                                        [this, id] { wake_(id); }));
  return okStatus();
}

Status AgentSessions::readJournal(const BuildId& id, std::uint64_t resumeAfter) {
  state_.with([&](State& state) { state.reading[id] = false; });
  auto journal = JournalReader::open(runtime_, id, resumeAfter);
  bool closed = state_.with([&](State& state) {
    auto reading = state.reading.extract(id);
    return reading.empty() || reading.mapped();
  });
  if (!journal) return journal.error();
  if (closed) return okStatus();
  replace(id, std::make_shared<Session>(std::move(*journal), resumeAfter, settings_));
  wake_(id);
  return okStatus();
}

std::vector<agent::Record> AgentSessions::records(const BuildId& id, std::uint64_t sequence,
                                                  std::size_t maxBytes) const {
  auto session = find(id);
  return session ? session->records(sequence, maxBytes) : std::vector<agent::Record>();
}

void AgentSessions::acknowledge(const BuildId& id, std::uint64_t sequence) {
  if (auto session = find(id)) session->acknowledge(sequence);
}

Status AgentSessions::run(const BuildId& id, const agent::PhasePlan& plan) {
  if (auto session = find(id)) return session->run(plan);
  return Error{Code::kUnavailable, "cannot ask for phase " + plan.phase +
                                       ": no session with the agent of " + id.name()};
}

void AgentSessions::close(const BuildId& id) {
  std::shared_ptr<Session> session;
  state_.with([&](State& state) {
    if (auto reading = state.reading.find(id); reading != state.reading.end())
      reading->second = true;
    if (auto node = state.sessions.extract(id)) session = std::move(node.mapped());
  });
  if (session) session->stop();
}

}  // namespace kiln::runtime

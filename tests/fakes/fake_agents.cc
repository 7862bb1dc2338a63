#include "tests/fakes/fake_agents.h"

#include <algorithm>
#include <utility>

namespace kiln::fakes {

using agent::RecordType;
using runtime::AgentView;
using runtime::ContainerState;
using Link = runtime::AgentView::Link;

FakeAgents::FakeAgents(FakeRuntime& runtime, const Clock& clock,
                       std::function<void(const BuildId&)> wake)
    : runtime_(runtime), clock_(clock), wake_(std::move(wake)) {
  script_ = [](const BuildId&, const agent::PhasePlan& plan) {
    return PhaseScript{.output = {plan.phase + "\n"}};
  };
}

FakeAgents::Agent* FakeAgents::agentOf(const BuildId& id) {
  return const_cast<Agent*>(std::as_const(*this).agentOf(id));
}

const FakeAgents::Agent* FakeAgents::agentOf(const BuildId& id) const {
  auto found = agents_.find(id);
  bool there = found != agents_.end() && found->second.incarnation == runtime_.incarnationOf(id);
  return there ? &found->second : nullptr;
}

Link FakeAgents::linkOf(const BuildId& id, const Session& session) const {
  if (session.link == Link::kLost || session.link == Link::kDrained) return session.link;
  auto state = runtime_.stateOf(id);
  bool alive = state == ContainerState::kRunning ||
               (state == ContainerState::kCreated && session.link == Link::kOpening);
  bool holds = alive && runtime_.incarnationOf(id) == session.incarnation &&
               runtime_.outages() == session.outages;
  return holds ? session.link : Link::kLost;
}

AgentView FakeAgents::observe(const BuildId& id) const {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(id);
  if (found == sessions_.end()) return {};
  const Session& session = found->second;
  bool phaseEnd =
      std::any_of(session.waiting.begin(), session.waiting.end(),
                  [](const auto& record) { return record.type == RecordType::kPhaseFinished; });
  return {linkOf(id, session), !session.waiting.empty(), phaseEnd, session.phase};
}

Status FakeAgents::open(const BuildId& id, std::uint64_t resumeAfter) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(id);
  if (found != sessions_.end()) {
    auto link = linkOf(id, found->second);
    if (link == Link::kOpening || link == Link::kAttached) return okStatus();
  }
  auto& failures = openFailures_[id];
  if (failures > 0 || chance()) {
    failures = std::max(0, failures - 1);
    return Error{Code::kUnavailable, "attaching to the container of " + id.name() + " failed"};
  }
  auto stream = runtime_.attach(id);
  if (!stream.ok()) return stream.error();
  Session session;
  session.incarnation = runtime_.incarnationOf(id);
  session.outages = runtime_.outages();
  session.received = resumeAfter;
  sessions_.insert_or_assign(id, std::move(session));
  return okStatus();
}

Status FakeAgents::readJournal(const BuildId& id, std::uint64_t resumeAfter) {
  auto status = runtime_.inspect(id);
  if (!status.ok()) return status.error();
  if (status->state == ContainerState::kAbsent) {
    return Error{Code::kNotFound, "there is no container of " + id.name()};
  }
  if (status->state != ContainerState::kExited) {
    return Error{Code::kFailedPrecondition, "the container of " + id.name() + " has not ended"};
  }
  {
    std::lock_guard lock(mutex_);
    Session session;
    session.link = Link::kDrained;
    session.received = resumeAfter;
    if (const Agent* agent = agentOf(id)) send(*agent, session);
    session.link = Link::kDrained;
    sessions_.insert_or_assign(id, std::move(session));
  }
  if (wake_) wake_(id);
  return okStatus();
}

std::vector<agent::Record> FakeAgents::records(const BuildId& id, std::uint64_t sequence,
                                               std::size_t maxBytes) const {
  std::lock_guard lock(mutex_);
  std::vector<agent::Record> some;
  auto found = sessions_.find(id);
  if (found == sessions_.end()) return some;
  std::size_t bytes = 0;
  for (const auto& record : found->second.waiting) {
    if (record.sequence <= sequence) continue;
    if (!some.empty() && bytes + record.payload.size() > maxBytes) break;
    bytes += record.payload.size();
    some.push_back(record);
    if (record.type == RecordType::kPhaseFinished) break;
  }
  return some;
}

void FakeAgents::acknowledge(const BuildId& id, std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  auto drop = [&](std::deque<agent::Record>& records) {
    while (!records.empty() && records.front().sequence <= sequence) records.pop_front();
  };
  drop(found->second.waiting);
  Agent* agent = agentOf(id);
  if (agent != nullptr && linkOf(id, found->second) == Link::kAttached) drop(agent->journal);
}

Status FakeAgents::run(const BuildId& id, const agent::PhasePlan& plan) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(id);
  Agent* agent = agentOf(id);
  if (found == sessions_.end() || agent == nullptr ||
      linkOf(id, found->second) != Link::kAttached) {
    return Error{Code::kUnavailable, "cannot ask for phase " + plan.phase + ": the agent of " +
                                         id.name() + " is not attached"};
  }
  auto phase = phaseFromName(plan.phase);
  found->second.phase = phase;
  auto& losses = runLosses_[id];
  if (losses > 0 || chance()) {
    losses = std::max(0, losses - 1);
    found->second.link = Link::kLost;
    return okStatus();
  }
  if (agent->asked && phase <= agent->asked) return okStatus();
  agent->asked = phase;
  begin(*agent, id, plan);
  return okStatus();
}

void FakeAgents::close(const BuildId& id) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  auto link = linkOf(id, found->second);
  sessions_.erase(found);
  if (link != Link::kAttached && link != Link::kOpening) return;
  if (Agent* agent = agentOf(id)) agent->work.clear();
  runtime_.exitContainer(id, 0);
}

void FakeAgents::append(Agent& to, RecordType type, std::string payload) const {
  to.journal.push_back({.sequence = ++to.lastSequence,
                        .type = type,
                        .unixMicros = toUnixMicros(clock_.now()),
                        .payload = std::move(payload)});
}

void FakeAgents::begin(Agent& to, const BuildId& id, const agent::PhasePlan& plan) {
  auto script = script_(id, plan);
  auto phase = phaseFromName(plan.phase);
  to.work.emplace_back([this, id, plan, phase](Agent& agent) {
    if (phase) {
      ++runs_[{id, *phase}];
      plans_.insert_or_assign({id, *phase}, plan);
    }
    append(agent, RecordType::kPhaseStarted, agent::encodeFields({plan.phase}));
  });
  for (const auto& text : script.output) {
    to.work.emplace_back([this, text](Agent& agent) { append(agent, RecordType::kOutput, text); });
  }
  if (script.containerExits) {
    to.work.emplace_back([this, id, code = *script.containerExits](Agent& agent) {
      agent.work.clear();
      runtime_.exitContainer(id, code);
    });
    return;
  }
  if (script.hangs) return;
  std::vector<std::string> fields = {plan.phase, "SUCCEEDED", "", ""};
  if (script.succeeds && phase == Phase::kUploadArtifacts) collect(to, plan);
  if (!script.succeeds) fields = {plan.phase, "FAILED", script.failedCommand, script.reason};
  to.work.emplace_back([this, payload = agent::encodeFields(fields)](Agent& agent) {
    append(agent, RecordType::kPhaseFinished, payload);
  });
}

void FakeAgents::collect(Agent& to, const agent::PhasePlan& plan) {
  std::vector<std::string> fields;
  for (const auto& artifact : plan.artifacts) {
    const std::string directory = "/staged/" + std::to_string(fields.size());
    for (const auto& field : {artifact.identifier, directory, artifact.name, artifact.s3Prefix})
      fields.push_back(field);
    fields.emplace_back("1");
  }
  to.work.emplace_back([this, payload = agent::encodeFields(fields)](Agent& agent) {
    append(agent, RecordType::kArtifacts, payload);
  });
}

void FakeAgents::send(const Agent& from, Session& to) {
  for (const auto& record : from.journal) {
    if (record.sequence <= to.received) continue;
    if (record.sequence !=
        to.received + 1) {  // acknowledged before it was committed: nothing can mend that
      to.link = Link::kLost;
      return;
    }
    to.received = record.sequence;
    if (record.type == RecordType::kPhaseStarted) {
      auto fields = record.fields();
      if (!fields.empty()) to.phase = std::max(to.phase, phaseFromName(fields[0]));
    }
    to.waiting.push_back(record);
  }
}

bool FakeAgents::step(const BuildId& id) {
  bool happened = false;
  {
    std::lock_guard lock(mutex_);
    happened = stepLocked(id);
  }
  if (happened && wake_) wake_(id);
  return happened;
}

bool FakeAgents::step() {
  std::vector<BuildId> ids;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, agent] : agents_) ids.push_back(id);
    for (const auto& [id, session] : sessions_) {
      if (!agents_.contains(id)) ids.push_back(id);
    }
  }
  bool happened = false;
  for (const auto& id : ids) happened = step(id) || happened;
  return happened;
}

bool FakeAgents::stepLocked(const BuildId& id) {
  auto found = sessions_.find(id);
  Session* session = found == sessions_.end() ? nullptr : &found->second;
  if (session != nullptr) {
    auto link = linkOf(id, *session);
    bool lost = link == Link::kLost && session->link != Link::kLost;
    session->link = link;
    if (lost) return true;
  }
  if (runtime_.stateOf(id) != ContainerState::kRunning) return false;
  if (agentOf(id) == nullptr) {
    agents_[id] = Agent{};
    agents_[id].incarnation = runtime_.incarnationOf(id);
  }
  Agent& agent = *agentOf(id);
  bool attached = session != nullptr && session->link == Link::kAttached;
  if (attached && chance()) {
    session->link = Link::kLost;
    return true;
  }
  if (session != nullptr && session->link == Link::kOpening) {
    session->link = Link::kAttached;
    session->phase = agent.asked;
    send(agent, *session);
    return true;
  }
  if (agent.work.empty()) return false;
  auto next = std::move(agent.work.front());
  agent.work.pop_front();
  next(agent);
  if (attached) send(agent, *session);
  return true;
}

bool FakeAgents::chance() {
  return faultProbability_ > 0 && std::bernoulli_distribution(faultProbability_)(random_);
}

void FakeAgents::setScript(
    std::function<PhaseScript(const BuildId&, const agent::PhasePlan&)> script) {
  std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

void FakeAgents::restartController() {
  std::lock_guard lock(mutex_);
  sessions_.clear();
}

void FakeAgents::dropLink(const BuildId& id) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(id);
  if (found != sessions_.end() && found->second.link != Link::kDrained)
    found->second.link = Link::kLost;
}

void FakeAgents::failNextOpen(const BuildId& id) {
  std::lock_guard lock(mutex_);
  ++openFailures_[id];
}

void FakeAgents::loseNextRun(const BuildId& id) {
  std::lock_guard lock(mutex_);
  ++runLosses_[id];
}

void FakeAgents::setRandomFaults(std::uint64_t seed, double probability) {
  std::lock_guard lock(mutex_);
  random_.seed(seed);
  faultProbability_ = probability;
}

int FakeAgents::runsOf(const BuildId& id, Phase phase) const {
  std::lock_guard lock(mutex_);
  auto found = runs_.find({id, phase});
  return found == runs_.end() ? 0 : found->second;
}

std::optional<agent::PhasePlan> FakeAgents::planOf(const BuildId& id, Phase phase) const {
  std::lock_guard lock(mutex_);
  auto found = plans_.find({id, phase});
  if (found == plans_.end()) return std::nullopt;
  return found->second;
}

std::uint64_t FakeAgents::lastSequence(const BuildId& id) const {
  std::lock_guard lock(mutex_);
  const Agent* agent = agentOf(id);
  return agent == nullptr ? 0 : agent->lastSequence;
}

std::size_t FakeAgents::journalSize(const BuildId& id) const {
  std::lock_guard lock(mutex_);
  const Agent* agent = agentOf(id);
  return agent == nullptr ? 0 : agent->journal.size();
}

bool FakeAgents::hasSession(const BuildId& id) const {
  std::lock_guard lock(mutex_);
  return sessions_.contains(id);
}

}  // namespace kiln::fakes

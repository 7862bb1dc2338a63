#include "tests/agent/collecting.h"

#include <algorithm>
#include <fstream>

namespace kiln::agent {

namespace fs = std::filesystem;

Collecting::Collecting() {
  agent_.connect(0);
  runToItsEnd(planFor(agent_, "INSTALL", {}));
}

void Collecting::runToItsEnd(const PhasePlan& plan) {
  agent_.run(plan);
  for (const auto& record : agent_.untilPhaseEnd()) lastSequence_ = record.sequence;
}

void Collecting::file(const std::string& path, const std::string& content) {
  fs::create_directories((work() / path).parent_path());
  std::ofstream(work() / path) << content;
}

void Collecting::files(const std::vector<std::string>& paths) {
  for (const auto& path : paths) file(path, path);
}

void Collecting::link(const std::string& goal, const std::string& path) {
  fs::create_directories((work() / path).parent_path());
  fs::create_symlink(goal, work() / path);
}

void Collecting::command(const std::string& text) { runToItsEnd(planFor(agent_, "BUILD", {text})); }

void Collecting::collect(std::vector<ArtifactToCollect> artifacts) {
  PhasePlan plan;
  plan.phase = "UPLOAD_ARTIFACTS";
  plan.announce = false;
  plan.artifacts = std::move(artifacts);
  agent_.run(plan);
  records_ = agent_.untilPhaseEnd();
}

fs::path Collecting::staged(int index) const {
  return agent_.root() / ".kiln/artifacts" / std::to_string(index);
}

std::vector<std::string> Collecting::stagedPaths(int index) const {
  std::vector<std::string> paths;
  if (!fs::exists(staged(index))) return paths;
  for (const auto& entry : fs::recursive_directory_iterator(staged(index))) {
    const std::string path = entry.path().lexically_relative(staged(index)).string();
    if (entry.is_symlink()) {
      paths.push_back(path + " -> " + fs::read_symlink(entry.path()).string());
    } else if (!entry.is_directory()) {
      paths.push_back(path);
    }
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::string> Collecting::collectedFields() const {
  for (const auto& record : records_) {
    if (record.type == RecordType::kArtifacts) return record.fields();
  }
  return {};
}

std::string Collecting::outcome() const {
  if (records_.empty() || records_.back().type != RecordType::kPhaseFinished) return "no verdict";
  const auto fields = records_.back().fields();
  if (fields.size() != 4 || fields[0] != "UPLOAD_ARTIFACTS" || !fields[2].empty()) return "odd";
  return fields[1] == "SUCCEEDED" ? fields[1] : fields[3];
}

std::string contentOf(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace kiln::agent

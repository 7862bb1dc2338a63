#include "runtime/agent/workspace.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace kiln::agent {
namespace {

bool isShellName(std::string_view name) {
  auto isLetter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && isLetter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return isLetter(c) || isDigit(c); });
}

std::string saved(const std::string& path) { return path + ".new"; }

Status moveTree(const TreeToMove& move) {
  const auto parent = move.to.substr(0, move.to.rfind('/'));
  if (auto made = makeDirectories(parent); !made) return made;
  if (::rename(move.from.c_str(), move.to.c_str()) == 0) return okStatus();
  return systemError("cannot move " + move.from + " to " + move.to);
}

}  // namespace

std::string shellQuoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

Workspace::Workspace(std::string root)
    : journal_(root + std::string(kJournalDirectory)),
      staging_(root + std::string(kStagingDirectory)),
      start_(root + "/codebuild/readonly"),
      script_(root + std::string(kHandOverDirectory) + "/script.sh"),
      environment_(root + std::string(kHandOverDirectory) + "/env.sh"),
      directory_(root + std::string(kHandOverDirectory) + "/dir.txt"),
      failure_(root + std::string(kFailureDirectory)) {}

Status Workspace::prepare(const PhasePlan& plan) {
  if (beginning_ == "/" && !plan.workingDirectory.empty()) beginning_ = plan.workingDirectory;
  if (auto made = makeDirectories(start_); !made) return made;
  if (auto made = makeDirectories(script_.substr(0, script_.rfind('/'))); !made) return made;
  for (const auto& move : plan.moves) {
    if (auto moved = moveTree(move); !moved) return moved;
  }
  for (const auto& directory : plan.directories) {
    if (auto made = makeDirectories(directory); !made) return made;
  }
  for (const auto& [path, content] : plan.files) {
    if (auto written = writeFile(path, content); !written) return written;
  }
  if (auto set = setVariables(plan.environment); !set) return set;
  if (plan.workingDirectory.empty() && ::access(directory_.c_str(), F_OK) == 0) return okStatus();
  return writeFile(directory_,
                   (plan.workingDirectory.empty() ? start_ : plan.workingDirectory) + "\n");
}

Status Workspace::setVariables(const std::vector<NameValue>& variables) {
  std::string lines;
  for (const auto& variable : variables) {
    if (isShellName(variable.name)) {
      lines += "export " + variable.name + "=" + shellQuoted(variable.value) + "\n";
      continue;
    }
    std::erase_if(unexportable_,
                  [&](const NameValue& other) { return other.name == variable.name; });
    unexportable_.push_back(variable);
  }
  return appendLines(environment_, lines);
}

// Saved beside what it replaces and adopted when it is whole: on a full disk half an environment would pass for all of it.
Status Workspace::writeScript(std::string_view command, bool isolated) {
  for (const auto& unadopted : {saved(environment_), saved(directory_)})
    ::unlink(unadopted.c_str());
  std::string script = "cd \"$(cat " + directory_ + ")\"\n. " + environment_ + "\nset -a\n";
  script += command;
  script += "\nCODEBUILD_LAST_EXIT=$?\n";
  if (!isolated) {
    script += "{ export -p > " + saved(environment_) + " && pwd > " + saved(directory_) +
              "; } || [ $CODEBUILD_LAST_EXIT -ne 0 ] || CODEBUILD_LAST_EXIT=1\n";
  }
  script += "exit $CODEBUILD_LAST_EXIT\n";
  return writeFile(script_, script);
}

void Workspace::adoptState() const {
  const Fd file(::open(saved(directory_).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return;
  const auto directory = readAll(file.get(), directory_);
  const bool whole = directory && !directory->empty() && directory->back() == '\n';
  if (!whole) return;
  ::rename(saved(environment_).c_str(), environment_.c_str());
  ::rename(saved(directory_).c_str(), directory_.c_str());
}

void Workspace::keepFailure(const std::string& shell) const {
  if (::access(failure_.c_str(), F_OK) == 0) return;
  const auto copy = [this](const std::string& from, const char* name) {
    const Fd file(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const auto content = readAll(file.get(), from);
    return content && writeFile(failure_ + name, *content).ok();
  };
  (void)(makeDirectories(failure_).ok() && copy(environment_, "/env.sh") &&
         copy(directory_, "/dir.txt") && writeFile(failure_ + "/shell", shell + "\n").ok());
}

std::vector<std::string> Workspace::processEnvironment() const {
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    environment.emplace_back(*entry);
  for (const auto& [name, value] : unexportable_) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace kiln::agent

#include "runtime/agent/expressions.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <functional>
#include <set>

#include "runtime/agent/command.h"

namespace kiln::agent {
namespace {

constexpr std::size_t kMaxNameBytes = 65536;

bool isNameCharacter(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!first && c >= '0' && c <= '9');
}

struct Reference {
  std::string name;       // empty: there is none
  std::size_t bytes = 0;  // of its text
};

// At a dollar sign.
Reference referenceAt(std::string_view text) {
  const bool braced = text.size() > 1 && text[1] == '{';
  const std::size_t begin = braced ? 2 : 1;
  std::size_t end = begin;
  while (end < text.size() && isNameCharacter(text[end], end == begin)) ++end;
  if (end == begin || (braced && (end == text.size() || text[end] != '}'))) return {};
  return {std::string(text.substr(begin, end - begin)), end + (braced ? 1 : 0)};
}

std::string replaceReferences(std::string_view text,
                              const std::function<std::string(const std::string&)>& valueOf) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Reference reference = text[at] == '$' ? referenceAt(text.substr(at)) : Reference{};
    if (!reference.name.empty()) {
      out += valueOf(reference.name);
      at += reference.bytes;
      continue;
    }
    if (text[at] == '\\' && at + 1 < text.size()) out += text[at++];
    out += text[at++];
  }
  return out;
}

Result<Fd> openMemory(const char* name) {
  Fd memory(::memfd_create(name, MFD_CLOEXEC));
  if (!memory) return systemError("cannot make room for what the shell answers");
  return memory;
}

void logErrors(std::string errors) {
  if (errors.empty()) return;
  if (errors.back() != '\n') errors += '\n';
  (void)writeAll(STDOUT_FILENO, errors, "the log");
}

// What the shell prints when it runs `script` as a command of the build.
Result<std::string> answerOf(const std::string& script, const std::string& shell,
                             Workspace& workspace) {
  if (auto written = workspace.writeScript(script, true); !written) return written.error();
  auto output = openMemory("output");
  auto errors = openMemory("errors");
  if (!output || !errors) return (output ? errors : output).error();
  auto started = startCommand(shell, workspace, Streams{output->get(), errors->get()});
  if (!started) return started.error();
  int status = 0;
  while (::waitpid(*started, &status, 0) < 0 && errno == EINTR) continue;
  if (auto complaints = readAll(errors->get(), "the shell's errors")) logErrors(*complaints);
  if (!succeeded(status)) return Error{Code::kInvalidArgument, endOf(status)};
  return readAll(output->get(), "the shell's answer");
}

std::vector<std::string*> pathsOf(std::vector<ArtifactToCollect>& artifacts) {
  std::vector<std::string*> paths;
  for (auto& artifact : artifacts) {
    paths.push_back(&artifact.baseDirectory);
    for (auto& path : artifact.files) paths.push_back(&path);
    for (auto& path : artifact.excludePaths) paths.push_back(&path);
  }
  return paths;
}

Status evaluatePaths(std::vector<ArtifactToCollect>& artifacts, const std::string& shell,
                     Workspace& workspace) {
  std::set<std::string> names;
  for (const std::string* path : pathsOf(artifacts)) {
    for (auto& name : variablesIn(*path)) names.insert(std::move(name));
  }
  if (names.empty()) return okStatus();
  std::string script;
  for (const auto& name : names) script += "printf '%s\\0' \"${" + name + "-}\" || exit\n";
  auto answer = answerOf(script + "true", shell, workspace);
  if (!answer) {
    return Error{Code::kInvalidArgument,
                 "cannot read the variables in the artifacts' paths: " + answer.error().message};
  }
  std::map<std::string, std::string> values;
  std::size_t at = 0;
  for (const auto& name : names) {
    const std::size_t end = answer->find('\0', at);
    if (end == std::string::npos) break;
    values[name] = answer->substr(at, end - at);
    at = end + 1;
  }
  for (std::string* path : pathsOf(artifacts)) *path = withVariables(*path, values);
  return okStatus();
}

// An assignment, because its status is that of the commands within.
Status evaluateName(ArtifactToCollect& artifact, const std::string& shell, Workspace& workspace) {
  if (artifact.name.empty()) return okStatus();
  const auto refused = [&artifact](const std::string& why) {
    return Error{Code::kInvalidArgument,
                 "cannot evaluate the artifact name " + artifact.name + ": " + why};
  };
  auto answer = answerOf("CODEBUILD_ARTIFACT_NAME=\"" + artifact.name +
                             "\" || exit\nprintf %s \"$CODEBUILD_ARTIFACT_NAME\"",
                         shell, workspace);
  if (!answer) return refused(answer.error().message);
  while (answer->ends_with('\n')) answer->pop_back();
  if (answer->size() > kMaxNameBytes) {
    return refused("it is longer than " + std::to_string(kMaxNameBytes) + " bytes");
  }
  artifact.name = std::move(*answer);
  return okStatus();
}

}  // namespace

std::vector<std::string> variablesIn(std::string_view path) {
  std::vector<std::string> names;
  replaceReferences(path, [&names](const std::string& name) {
    names.push_back(name);
    return std::string();
  });
  return names;
}

std::string withVariables(std::string_view path, const std::map<std::string, std::string>& values) {
  return replaceReferences(path, [&values](const std::string& name) {
    const auto known = values.find(name);
    return known == values.end() ? std::string() : known->second;
  });
}

Status evaluate(std::vector<ArtifactToCollect>& artifacts, const std::string& shell,
                Workspace& workspace) {
  if (auto paths = evaluatePaths(artifacts, shell, workspace); !paths) return paths;
  for (auto& artifact : artifacts) {
    if (auto name = evaluateName(artifact, shell, workspace); !name) return name;
  }
  return okStatus();
}

}  // namespace kiln::agent

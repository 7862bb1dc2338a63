#include "runtime/source/git_version.h"

#include <algorithm>
#include <set>

#include "controller/core/text.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kShortestPrefix = 4;

bool isHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

GitResult<GitWanted> defaultHead(const Advertisement& remote) {
  if (remote.refs.empty() && remote.head.empty())
    return GitFault::ofBuild("remote repository is empty");
  if (remote.head.empty()) return GitFault::ofBuild(kReferenceNotFound);
  if (const auto* named = remote.find(remote.headRef);
      named != nullptr && named->oid == remote.head)
    return GitWanted{named->name, {}, {}};
  for (const auto& ref : remote.refs) {
    if (ref.name.starts_with("refs/heads/") && ref.oid == remote.head)
      return GitWanted{ref.name, {}, {}};
  }
  return GitWanted{{}, remote.head, {}};
}

// The reference a version's words name: itself, a pull request, a branch, a tag.
const RemoteRef* findRef(const Advertisement& remote, const std::string& name) {
  if (name.starts_with("refs/")) return remote.find(name);
  if (name.starts_with("pr/")) {
    const auto number = name.substr(3);
    for (const auto& at :
         {"refs/pull/" + number + "/head", "refs/merge-requests/" + number + "/head",
          "refs/pull-requests/" + number + "/from"}) {
      if (const auto* ref = remote.find(at)) return ref;
    }
  }
  if (const auto* branch = remote.find("refs/heads/" + name)) return branch;
  return remote.find("refs/tags/" + name);
}

// May the server be asked for a commit that no reference stands for?
bool givesCommits(const Advertisement& remote) {
  return remote.can("allow-reachable-sha1-in-want") || remote.can("allow-any-sha1-in-want");
}

bool standsFor(const RemoteRef& ref, const std::string& commit) {
  return ref.oid == commit || ref.peeled == commit;
}

void addWant(GitRequest& request, const std::string& oid) {
  if (std::find(request.wants.begin(), request.wants.end(), oid) == request.wants.end())
    request.wants.push_back(oid);
}

void addRefs(GitRequest& request, const Advertisement& remote, const std::string& wanted) {
  std::set<std::string> wants(request.wants.begin(), request.wants.end());
  for (const auto& ref : remote.refs) {
    const bool usual = ref.name.starts_with("refs/heads/") || ref.name.starts_with("refs/tags/");
    if (!usual && ref.name != wanted) continue;
    request.refs.push_back(ref);
    if (wants.insert(ref.oid).second) request.wants.push_back(ref.oid);
  }
}

}  // namespace

GitResult<GitWanted> findWanted(const Advertisement& remote, const std::string& version) {
  if (version.empty()) return defaultHead(remote);
  if (const auto caret = version.find("^{"); caret != std::string::npos && version.ends_with('}')) {
    const auto commit = lowered(version.substr(caret + 2, version.size() - caret - 3));
    const auto* ref = findRef(remote, version.substr(0, caret));
    if (ref == nullptr || !isOid(commit)) return GitFault::ofBuild(kReferenceNotFound);
    return GitWanted{ref->name, commit, {}};
  }
  if (isHex(version) && version.size() == 40) return GitWanted{{}, lowered(version), {}};
  if (const auto* ref = findRef(remote, version)) return GitWanted{ref->name, {}, {}};
  if (isHex(version) && version.size() >= kShortestPrefix && version.size() < 40)
    return GitWanted{{}, {}, lowered(version)};
  return GitFault::ofBuild(remote.refs.empty() ? "remote repository is empty" : kReferenceNotFound);
}

GitRequest planRequest(const Advertisement& remote, const GitWanted& wanted, int depth) {
  GitRequest request;
  const RemoteRef* ref = wanted.ref.empty() ? nullptr : remote.find(wanted.ref);
  const bool shallow = depth > 0 && remote.can("shallow");
  if (ref != nullptr && (depth > 0 || !wanted.commit.empty())) {
    // A commit below a reference may lie deeper than the depth, which is then cut here.
    const bool tip = wanted.commit.empty() || standsFor(*ref, wanted.commit);
    request.refs.push_back(*ref);
    request.wants.push_back(ref->oid);
    request.depth = shallow && tip ? depth : 0;
    return request;
  }
  if (wanted.commit.empty()) {
    addRefs(request, remote, wanted.ref);
    return request;
  }
  const auto found =
      std::find_if(remote.refs.begin(), remote.refs.end(),
                   [&](const RemoteRef& each) { return standsFor(each, wanted.commit); });
  const bool advertised = found != remote.refs.end();
  if (shallow && (advertised || givesCommits(remote) || wanted.commit == remote.head)) {
    request.wants.push_back(advertised ? found->oid : wanted.commit);
    request.depth = depth;
    return request;
  }
  if (advertised) addWant(request, found->oid);
  if (!advertised && (givesCommits(remote) || wanted.commit == remote.head))
    addWant(request, wanted.commit);
  addRefs(request, remote, {});
  return request;
}

}  // namespace kiln::runtime

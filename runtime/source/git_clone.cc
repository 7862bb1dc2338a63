#include "runtime/source/git_clone.h"

#include <algorithm>

#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

constexpr int kDeepestModule = 10;
constexpr std::size_t kLongestModules = std::size_t{1} << 20;

std::string ups(const std::string& path) {
  std::string text;
  for (auto parts = std::count(path.begin(), path.end(), '/'); parts > 0; --parts) text += "../";
  return text;
}

// One name lies below the other, so that their directories would be mixed up.
bool nested(const std::string& a, const std::string& b) {
  return a.starts_with(b + "/") || b.starts_with(a + "/") || a == b;
}

GitFault moduleFault(const std::string& path, const std::string& what) {
  return GitFault::ofBuild("submodule " + shown(path) + ": " + what);
}

}  // namespace

std::optional<GitFault> GitClone::run() {
  return clone({.url = spec_.location,
                .version = spec_.version,
                .commit = {},
                .depth = spec_.gitCloneDepth,
                .prefix = {},
                .directory = {}});
}

std::optional<GitFault> GitClone::clone(const Place& place) {
  auto location = locate(place.url, spec_, ask_.scope, ask_.world);
  if (!location) return location.error();
  auto directory = GitDirectory::make(place.directory.empty() ? top_ : top_ / place.directory);
  if (!directory) return directory.error();
  auto fetched = fetch(place, *location, *directory);
  if (!fetched) return fetched.error();
  GitPart made;
  if (git_oid_fromstr(&made.commit, fetched->commit.c_str()) != 0)
    return gitFault("cannot read a commit id");
  made.prefix = place.prefix;
  made.repository = directory->takeRepository();
  const auto part = forest_.parts.size();
  const auto firstEntry = forest_.entries.size();
  forest_.parts.push_back(std::move(made));
  if (auto fault = addTree(forest_, part)) return fault;
  if (auto settled = directory->settle(*forest_.parts[part].repository, fetched->commit,
                                       fetched->refs, fetched->remoteHead, fetched->shallow))
    return settled;
  if (place.directory.empty()) commit_ = fetched->commit;
  GitSettings settings{.url = location->shownUrl, .worktree = {}, .modules = {}};
  if (!place.directory.empty())
    settings.worktree =
        ups(".git/" + place.directory) + place.prefix.substr(0, place.prefix.size() - 1);
  if (spec_.fetchSubmodules) {
    if (auto fault = cloneModules(place, part, firstEntry, settings)) return fault;
  }
  return directory->writeConfig(settings);
}

GitResult<GitClone::Fetched> GitClone::fetch(const Place& place, const GitLocation& location,
                                             GitDirectory& directory) {
  GitFetch exchange(location.endpoint, ask_.stop, ask_.progress);
  auto remote = exchange.advertise();
  if (!remote) return remote.error();
  GitResult<GitWanted> wanted = place.commit.empty()
                                    ? findWanted(*remote, place.version)
                                    : GitResult<GitWanted>(GitWanted{{}, place.commit, {}});
  if (!wanted) return wanted.error();
  const auto request = planRequest(*remote, *wanted, place.depth);
  if (request.wants.empty()) return GitFault::ofBuild(kReferenceNotFound);
  auto shallow = exchange.fetch(*remote, request, directory.packs());
  if (!shallow) return shallow.error();
  if (auto fault = directory.open()) return *fault;
  const auto* ref = remote->find(wanted->ref);
  const auto& id = !wanted->commit.empty()   ? wanted->commit
                   : !wanted->prefix.empty() ? wanted->prefix
                                             : ref->oid;
  auto commit = directory.findCommit(id);
  if (!commit) return commit.error();
  Fetched fetched{.commit = *commit,
                  .refs = request.refs,
                  .remoteHead = remote->headRef,
                  .shallow = std::move(*shallow)};
  fetched.shallow.insert(fetched.shallow.end(), remote->shallow.begin(), remote->shallow.end());
  GitCut cut;
  const bool cutsHere = place.depth > 0 && request.depth == 0;
  if (cutsHere) {
    auto made = directory.cutAt(*commit, place.depth);
    if (!made) return made.error();
    cut = std::move(*made);
    fetched.shallow = cut.boundary;
    if (wanted->ref.empty()) fetched.refs.clear();  // a branch would show what lies beyond
  }
  const auto tags = directory.tagsAmong(remote->refs, cutsHere ? &cut : nullptr);
  fetched.refs.insert(fetched.refs.end(), tags.begin(), tags.end());
  return fetched;
}

std::optional<GitFault> GitClone::cloneModules(const Place& place, std::size_t part,
                                               std::size_t firstEntry, GitSettings& settings) {
  std::vector<std::pair<std::string, std::string>> gitlinks;  // path and commit
  for (std::size_t i = firstEntry; i < forest_.entries.size(); ++i) {
    const auto& entry = forest_.entries[i];
    if (entry.submodule && entry.part == part)
      gitlinks.emplace_back(entry.name.substr(place.prefix.size()), textOf(entry.oid));
  }
  if (gitlinks.empty()) return std::nullopt;
  if (place.nesting >= kDeepestModule)
    return moduleFault(gitlinks.front().first, "submodules are nested too deep");
  const auto modules =
      parseGitModules(findFile(forest_.parts[part], ".gitmodules", kLongestModules).value_or(""));
  std::vector<std::string> names;
  for (const auto& [path, commit] : gitlinks) {
    const auto found =
        std::find_if(modules.rbegin(), modules.rend(),
                     [&, wanted = path](const GitModule& each) { return each.path == wanted; });
    if (found == modules.rend() || found->url.empty())
      return moduleFault(path, "no URL for it in .gitmodules");
    if (!soundModuleName(found->name))
      return moduleFault(path, "its name " + shown(found->name) + " is not allowed");
    if (std::any_of(names.begin(), names.end(),
                    [&](const std::string& name) { return nested(name, found->name); }))
      return moduleFault(path, "its name " + shown(found->name) + " is in conflict with another's");
    names.push_back(found->name);
    if (auto fault = cloneModule(place, *found, commit, settings)) return fault;
  }
  return std::nullopt;
}

std::optional<GitFault> GitClone::cloneModule(const Place& parent, const GitModule& module,
                                              const std::string& commit, GitSettings& settings) {
  const Place place{.url = resolveUrl(parent.url, module.url),
                    .version = {},
                    .commit = commit,
                    .prefix = parent.prefix + module.path + "/",
                    .directory = parent.directory + "modules/" + module.name + "/",
                    .nesting = parent.nesting + 1};
  ask_.progress("Cloning submodule " + shown(place.prefix));
  if (auto fault = clone(place)) {
    if (!fault->host) fault->what = "submodule " + shown(module.path) + ": " + fault->what;
    return fault;
  }
  const auto gitDirectory = ".git/" + place.directory.substr(0, place.directory.size() - 1);
  gitFiles_.emplace_back(place.prefix + ".git",
                         "gitdir: " + ups(place.prefix) + gitDirectory + "\n");
  settings.modules.emplace_back(module.name, withoutUserInfo(place.url));
  return std::nullopt;
}

}  // namespace kiln::runtime

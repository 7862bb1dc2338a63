#include "runtime/source/git_directory.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "runtime/source/scratch.h"

namespace kiln::runtime {
namespace {

std::optional<GitFault> write(const std::filesystem::path& path, const std::string& text) {
  if (auto written = writeFile(path, text); !written) return GitFault::ofHost(written.error());
  return std::nullopt;
}

// The name that a remote's reference has in the build's repository; empty when it cannot be one.
std::string localName(const std::string& remote) {
  constexpr std::string_view kHeads = "refs/heads/";
  std::string name = remote;
  if (remote.starts_with(kHeads)) name = "refs/remotes/origin/" + remote.substr(kHeads.size());
  if (!remote.starts_with(kHeads) && !remote.starts_with("refs/tags/"))
    name = "refs/remotes/origin/" + remote.substr(5);
  int valid = 0;
  return git_reference_name_is_valid(&valid, name.c_str()) == 0 && valid == 1 && name.size() < 1024
             ? name
             : "";
}

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n') text += "\\n";
    if (c == '"' || c == '\\') text += '\\';
    if (c != '\n') text += c;
  }
  return text + "\"";
}

}  // namespace

GitResult<GitDirectory> GitDirectory::make(const std::filesystem::path& path) {
  std::error_code failed;
  for (const char* below : {"objects/pack", "objects/info", "refs/heads", "refs/tags", "info"}) {
    std::filesystem::create_directories(path / below, failed);
    if (failed)
      return GitFault::ofHost(
          {failed == std::errc::no_space_on_device ? Code::kResourceExhausted : Code::kUnavailable,
           "cannot make " + path.string() + ": " + failed.message()});
  }
  if (auto fault = write(path / "HEAD", "ref: refs/heads/main\n")) return *fault;
  GitDirectory made(path);
  if (auto fault = made.writeConfig({})) return *fault;
  return made;
}

std::optional<GitFault> GitDirectory::open() {
  git_repository* opened = nullptr;
  if (git_repository_open_ext(&opened, path_.c_str(),
                              GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE,
                              nullptr) != 0)
    return gitFault("cannot open what was fetched");
  repository_.reset(opened);
  return std::nullopt;
}

GitResult<std::string> GitDirectory::findCommit(const std::string& oid) {
  git_oid id;
  if (git_oid_fromstrn(&id, oid.data(), oid.size()) != 0)
    return GitFault::ofBuild(kReferenceNotFound);
  git_object* found = nullptr;
  const int looked =
      git_object_lookup_prefix(&found, repository_.get(), &id, oid.size(), GIT_OBJECT_ANY);
  Handle<git_object> object(found);
  if (looked == GIT_EAMBIGUOUS) return GitFault::ofBuild("the commit " + oid + " is ambiguous");
  if (looked != 0) return GitFault::ofBuild(kReferenceNotFound);
  git_object* peeled = nullptr;
  const int peel = git_object_peel(&peeled, object.get(), GIT_OBJECT_COMMIT);
  Handle<git_object> commit(peeled);
  if (peel != 0) return GitFault::ofBuild(kReferenceNotFound);
  return textOf(*git_object_id(commit.get()));
}

GitResult<GitCut> GitDirectory::cutAt(const std::string& commit, int depth) {
  GitCut cut{.commits = {commit}, .boundary = {}};
  std::vector<std::string> generation{commit};
  for (int at = 1; at <= depth && !generation.empty(); ++at) {
    std::vector<std::string> older;
    for (const auto& each : generation) {
      git_oid id;
      git_commit* found = nullptr;
      if (git_oid_fromstr(&id, each.c_str()) != 0 ||
          git_commit_lookup(&found, repository_.get(), &id) != 0)
        return gitFault("cannot read commit " + each);
      Handle<git_commit> read(found);
      const unsigned int parents = git_commit_parentcount(read.get());
      if (at == depth && parents > 0) cut.boundary.push_back(each);
      for (unsigned int i = 0; at < depth && i < parents; ++i) {
        auto parent = textOf(*git_commit_parent_id(read.get(), i));
        if (cut.commits.insert(parent).second) older.push_back(std::move(parent));
      }
    }
    generation = std::move(older);
  }
  return cut;
}

std::vector<RemoteRef> GitDirectory::tagsAmong(const std::vector<RemoteRef>& remote,
                                               const GitCut* cut) {
  std::vector<RemoteRef> tags;
  for (const auto& ref : remote) {
    if (!ref.name.starts_with("refs/tags/")) continue;
    const auto commit = findCommit(ref.oid);
    if (commit && (cut == nullptr || cut->commits.contains(*commit))) tags.push_back(ref);
  }
  return tags;
}

std::optional<GitFault> GitDirectory::writeConfig(const GitSettings& settings) {
  std::string text =
      "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = "
      "false\n\tlogallrefupdates = true\n";
  if (!settings.worktree.empty()) text += "\tworktree = " + quoted(settings.worktree) + "\n";
  if (!settings.url.empty())
    text += "[remote \"origin\"]\n\turl = " + quoted(settings.url) +
            "\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
  for (const auto& [name, url] : settings.modules)
    text += "[submodule " + quoted(name) + "]\n\tactive = true\n\turl = " + quoted(url) + "\n";
  return write(path_ / "config", text);
}

std::optional<GitFault> GitDirectory::settle(git_repository& repository, const std::string& commit,
                                             const std::vector<RemoteRef>& refs,
                                             const std::string& remoteHead,
                                             const std::vector<std::string>& shallow) {
  if (auto fault = writeReferences(refs, remoteHead)) return fault;
  if (!shallow.empty()) {
    std::string text;
    for (const auto& oid : std::set<std::string>(shallow.begin(), shallow.end()))
      text += oid + "\n";
    if (auto fault = write(path_ / "shallow", text)) return fault;
  }
  if (auto fault = write(path_ / "HEAD", commit + "\n")) return fault;
  return writeIndex(repository, commit);
}

std::optional<GitFault> GitDirectory::writeReferences(const std::vector<RemoteRef>& refs,
                                                      const std::string& remoteHead) {
  std::map<std::string, const RemoteRef*> named;
  for (const auto& ref : refs) {
    if (auto name = localName(ref.name); !name.empty()) named.emplace(std::move(name), &ref);
  }
  std::string text = "# pack-refs with: peeled fully-peeled sorted \n";
  for (const auto& [name, ref] : named) {
    text += ref->oid + " " + name + "\n";
    if (!ref->peeled.empty()) text += "^" + ref->peeled + "\n";
  }
  if (auto fault = write(path_ / "packed-refs", text)) return fault;
  const auto head = remoteHead.empty() ? std::string() : localName(remoteHead);
  if (!named.contains(head)) return std::nullopt;
  std::error_code failed;
  std::filesystem::create_directories(path_ / "refs/remotes/origin", failed);
  return write(path_ / "refs/remotes/origin/HEAD", "ref: " + head + "\n");
}

std::optional<GitFault> GitDirectory::writeIndex(git_repository& repository,
                                                 const std::string& commit) {
  git_oid id;
  git_commit* found = nullptr;
  if (git_oid_fromstr(&id, commit.c_str()) != 0 || git_commit_lookup(&found, &repository, &id) != 0)
    return gitFault("cannot read commit " + commit);
  Handle<git_commit> read(found);
  git_tree* root = nullptr;
  if (git_commit_tree(&root, read.get()) != 0)
    return gitFault("cannot read the tree of commit " + commit);
  Handle<git_tree> tree(root);
  git_index* opened = nullptr;
  if (git_index_open(&opened, (path_ / "index").c_str()) != 0)
    return gitFault("cannot make the index");
  Handle<git_index> index(opened);
  if (git_index_read_tree(index.get(), tree.get()) != 0 || git_index_write(index.get()) != 0)
    return gitFault("cannot make the index");
  return std::nullopt;
}

}  // namespace kiln::runtime

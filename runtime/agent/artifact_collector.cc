#include "runtime/agent/artifact_collector.h"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <climits>

namespace kiln::agent {
namespace {

bool leadsUp(std::string_view path) { return path == ".." || path.starts_with("../"); }

std::string_view basenameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string parentOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash + 1));
}

// The path in the artifact of what lies at `place`, both absolute and normal.
std::string pathInArtifact(const std::string& base, const std::string& place) {
  if (base == "/") return place.substr(1);
  if (place.starts_with(base) && place[base.size()] == '/') return place.substr(base.size() + 1);
  return {};
}

// Does the link lead to something below `base` by a way that is still there when the tree is somewhere else?
bool pointsInside(const std::string& base, const std::string& path) {
  const std::string place = base + "/" + path;
  std::array<char, PATH_MAX> goal{};
  if (::readlink(place.c_str(), goal.data(), goal.size() - 1) <= 0 || goal[0] == '/') return false;
  const std::string inside = lexicallyNormal(parentOf(path) + goal.data());
  if (leadsUp(inside)) return false;
  struct stat leadsTo {};
  struct stat expected {};
  if (::stat(place.c_str(), &leadsTo) != 0) return true;
  return ::stat((base + "/" + inside).c_str(), &expected) == 0 &&
         leadsTo.st_dev == expected.st_dev && leadsTo.st_ino == expected.st_ino;
}

constexpr std::size_t kMostTold = 100;  // of what is left out, for each artifact

std::string whyLeftOut(EntryKind kind) {
  switch (kind) {
    case EntryKind::kSpecial: return "it is no regular file";
    case EntryKind::kLeadsNowhere: return "it is a symbolic link that leads nowhere";
    case EntryKind::kCircle: return "it is a directory that lies within itself";
    case EntryKind::kBehindLinks: return "it is a directory behind more than 3 symbolic links";
    case EntryKind::kFile:
    case EntryKind::kKeptLink:
    case EntryKind::kDirectory: return {};
  }
  return {};
}

// Later ones win; the rest comes in the order of the paths.
template <typename Found>
void keepLastOfEach(std::vector<Found>& found) {
  std::ranges::stable_sort(found, {}, &Found::path);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i + 1 < found.size() && found[i + 1].path == found[i].path) continue;
    if (kept != i) found[kept] = std::move(found[i]);
    ++kept;
  }
  found.resize(kept);
}

std::vector<GlobPattern> patternsOf(const std::vector<std::string>& texts) {
  std::vector<GlobPattern> patterns;
  for (const auto& text : texts) patterns.emplace_back(text);
  return patterns;
}

}  // namespace

std::string lexicallyNormal(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool absolute = path.starts_with('/');
  for (std::string_view name : pathComponents(path)) {
    const bool up = name == "..";
    if (up && !kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (!up || !absolute) {
      kept.push_back(name);
    }
  }
  std::string normal = absolute ? "/" : "";
  for (std::string_view name : kept) {
    if (!normal.empty() && normal != "/") normal += '/';
    normal += name;
  }
  return normal.empty() ? "." : normal;
}

Result<std::size_t> ArtifactCollector::collect(const ArtifactToCollect& artifact,
                                               const std::string& directory) {
  found_.clear();
  leftOut_ = 0;
  whose_.clear();
  if (!artifact.identifier.empty()) {
    log_("Preparing to copy secondary artifacts " + artifact.identifier);
    whose_ = " for secondary artifact " + artifact.identifier;  // as of sources; not established
  }
  const auto bases = baseDirectories(artifact.baseDirectory.empty() ? "." : artifact.baseDirectory);
  if (!bases) return bases.error();
  const std::vector<GlobPattern> excluded = patternsOf(artifact.excludePaths);
  for (const auto& base : *bases) {
    if (auto below = findBelow(base, artifact, excluded); !below) return below.error();
  }
  if (leftOut_ > kMostTold)
    log_("Skipping " + std::to_string(leftOut_ - kMostTold) + " more paths");
  if (found_.empty()) return noPaths();
  if (artifact.discardPaths) {
    for (auto& file : found_) file.path = basenameOf(file.path);
  }
  keepLastOfEach(found_);
  log_("Found " + std::to_string(found_.size()) + " file(s)");
  return stage(directory);
}

Result<std::vector<std::string>> ArtifactCollector::baseDirectories(const std::string& pattern) {
  log_("Expanding base directory path: " + pattern);
  log_("Assembling file list");
  log_("Expanding " + pattern);
  std::vector<std::string> bases;
  const TreeWalk::Visitor visitor{[&bases](const std::string& path, EntryKind kind) {
                                    if (kind == EntryKind::kDirectory) bases.push_back(path);
                                  },
                                  [](const std::string&) { return false; }};
  if (auto walked = TreeWalk(beginning_, GlobPattern(pattern), visitor).run(); !walked) {
    return walked.error();
  }
  if (bases.empty()) {
    return Error{Code::kNotFound, "no matching base directory path found for " + pattern + whose_};
  }
  std::ranges::sort(bases);
  return bases;
}

Status ArtifactCollector::findBelow(const std::string& base, const ArtifactToCollect& artifact,
                                    const std::vector<GlobPattern>& excluded) {
  const std::string place = absolute(base, beginning_);
  log_("Expanding file paths for base directory " + base);
  log_("Assembling file list");
  for (const auto& pattern : artifact.files) {
    log_("Expanding " + pattern);
    bool matched = false;
    const TreeWalk::Visitor visitor{
        [&](const std::string& path, EntryKind kind) {
          matched = matched || kind == EntryKind::kFile || kind == EntryKind::kKeptLink;
          take(place, path, kind, excluded);
        },
        // Without their paths files lie elsewhere, so that a link would lead nowhere.
        [&](const std::string& path) {
          return artifact.keepSymlinks && !artifact.discardPaths && !path.starts_with('/') &&
                 !leadsUp(path) && pointsInside(place, path);
        }};
    if (auto walked = TreeWalk(place, GlobPattern(pattern), visitor).run(); !walked) return walked;
    if (!matched) log_("Skipping invalid file path " + pattern);
  }
  return okStatus();
}

void ArtifactCollector::take(const std::string& base, const std::string& path, EntryKind kind,
                             const std::vector<GlobPattern>& excluded) {
  if (kind == EntryKind::kDirectory) return;
  const std::string place = absolute(path, base);
  std::string inArtifact = pathInArtifact(base, place);
  if (inArtifact.empty()) {
    inArtifact = lexicallyNormal(path);
    while (leadsUp(inArtifact)) inArtifact.erase(0, 3);
    if (inArtifact.starts_with('/')) inArtifact.erase(0, 1);
  }
  const bool out = std::ranges::any_of(excluded, [&](const GlobPattern& pattern) {
    return pattern.matches(pattern.absolute() ? place : inArtifact);
  });
  if (out) return;
  if (kind == EntryKind::kFile || kind == EntryKind::kKeptLink) {
    found_.push_back({std::move(inArtifact), base + "/" + path, kind == EntryKind::kKeptLink});
    if (path.starts_with('/')) found_.back().source = path;
  } else if (++leftOut_ <= kMostTold) {
    log_("Skipping " + path + ": " + whyLeftOut(kind));
  }
}

Error ArtifactCollector::noPaths() const {
  return {Code::kNotFound, "no matching artifact paths found" + whose_};
}

Result<std::size_t> ArtifactCollector::stage(const std::string& directory) {
  StagingTree tree(directory);
  if (auto made = tree.make(); !made) return made.error();
  for (const auto& file : found_) {
    const auto added =
        file.link ? tree.addLink(file.source, file.path) : tree.addFile(file.source, file.path);
    if (!added) return added.error();
    if (!*added) log_("Skipping " + file.source + ": it is no longer there");
  }
  if (tree.files() == 0) return noPaths();
  return tree.files();
}

std::string ArtifactCollector::absolute(const std::string& path, const std::string& start) const {
  return lexicallyNormal(path.starts_with('/') ? path : start + "/" + path);
}

}  // namespace kiln::agent

#include "runtime/source/source_fetcher.h"

#include <git2.h>

#include <optional>
#include <system_error>

#include "runtime/source/git_source.h"
#include "runtime/source/local_source.h"
#include "runtime/source/s3_source.h"
#include "runtime/source/scratch.h"
#include "runtime/source/source_words.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {
namespace {

constexpr Seconds kBetweenLines{1};

class NoEntries final : public TreeReader {
 public:
  Result<std::optional<TreeEntry>> next() override { return std::optional<TreeEntry>(); }
  Result<std::string_view> data() override { return std::string_view(); }
};

class NoSource final : public FetchedSource {
 public:
  std::string resolvedVersion() const override { return {}; }
  TarStream tar(const std::string& prefix) override {
    return tarOf(std::make_unique<NoEntries>(), prefix);
  }
  Result<std::string, FileFault> readFile(std::string_view, std::size_t) override {
    return FileFault::kAbsent;
  }
};

bool isGit(const std::string& type) {
  return type == "CODECOMMIT" || type == "BITBUCKET" || type.starts_with("GITHUB") ||
         type.starts_with("GITLAB");
}

// Lets a line through when the last one is long enough ago.
std::function<void(const std::string&)> throttled(
    const Clock& clock, const std::function<void(const std::string&)>& progress) {
  if (!progress) return [](const std::string&) {};
  return [&clock, &progress, last = std::optional<TimePoint>()](const std::string& line) mutable {
    const auto now = clock.now();
    if (last && now < *last + kBetweenLines) return;
    last = now;
    progress(line);
  };
}

}  // namespace

SourceFetcher::SourceFetcher(std::filesystem::path directory, SourceLimits limits,
                             SourceWorld world)
    : directory_(std::move(directory)), limits_(limits), world_(std::move(world)) {
  git_libgit2_init();
  // The settings of whoever runs the daemon are no business of a build's.
  for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                          GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  std::error_code ignored;  // what cannot be made shows at the first fetch
  std::filesystem::remove_all(directory_, ignored);
  std::filesystem::create_directories(directory_, ignored);
}

SourceFetcher::~SourceFetcher() { git_libgit2_shutdown(); }

SourceResult<std::unique_ptr<FetchedSource>> SourceFetcher::fetch(
    const SourceSpec& spec, const Scope& scope, std::stop_token stop,
    const std::function<void(const std::string&)>& progress) {
  if (spec.type == "NO_SOURCE") return std::unique_ptr<FetchedSource>(std::make_unique<NoSource>());
  if (spec.type == kLocalDirectory && world_.leftOut)
    return fetchLocal(spec, {limits_, world_.leftOut, stop, throttled(world_.clock, progress)});
  if (spec.type != "S3" && !isGit(spec.type))
    return clientError(spec, "a source of type " + shown(spec.type) + " is not supported");
  if (spec.location.empty()) return clientError(spec, "the source has no location");
  auto scratch = Scratch::make(directory_);
  if (!scratch) return SourceError::ofHost(scratch.error());
  const auto tell = throttled(world_.clock, progress);
  if (spec.type == "S3")
    return fetchS3(spec, std::move(*scratch), {world_.objects, scope, limits_, stop, tell});
  return fetchGit(spec, std::move(*scratch), {scope, limits_, world_, stop, tell});
}

}  // namespace kiln::runtime

// SourceFetcher: gets a build's source from where it lies (git, S3) and gives it as a tar stream for the container.
//
// fetch() blocks until the whole source is on the host and has been judged: everything that may be wrong with it (no such branch,
// no such object, a hostile archive) is found there, before the container sees the first byte. What is fetched lies below
// `directory` in a place of its own and is removed with the FetchedSource; the constructor sweeps what a crash left.
// No untrusted file is ever unpacked on the host: git objects and archive entries go straight into the tar.
// Owner: the daemon, one for all builds; it outlives every FetchedSource. Threads: any number of fetches at once; one FetchedSource is
// for one thread at a time.
// Failure: SourceError (source_spec.h).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "controller/core/clock.h"
#include "controller/core/ids.h"
#include "runtime/aws/sigv4.h"
#include "runtime/source/object_source.h"
#include "runtime/source/source_spec.h"

namespace kiln::runtime {

// Chunks of a tar; empty: the end. It is what ContainerRuntime::copyIn takes.
using TarStream = std::function<Result<std::string>()>;

class FetchedSource {
 public:
  virtual ~FetchedSource() = default;

  // resolvedSourceVersion: git's full commit id; empty for S3 and NO_SOURCE.
  virtual std::string resolvedVersion() const = 0;

  // The tree, from its beginning; the FetchedSource must outlive the stream. Names in it are `prefix` + the path in the source;
  // a prefix ("codebuild/output/src1/src/") ends in a slash and its directories are in the tar, too. Everything belongs to root.
  // An engine refuses symbolic links that lead out of the directory it unpacks into, and git may hold such: so unpack at `/`.
  virtual TarStream tar(const std::string& prefix = "") = 0;

  enum class FileFault { kAbsent, kDirectory, kTooLarge, kUnreadable };
  // A file of the tree by its path, through links within the tree.
  virtual Result<std::string, FileFault> readFile(std::string_view path, std::size_t maxBytes) = 0;
};

// Where the CodeCommit of a region is reached.
struct CodeCommitPlace {
  std::string url;  // "http://127.0.0.1:4599"; empty: where the location says
  // What it is asked with; nullopt: nothing is needed.
  std::optional<AwsCredentials> credentials = {};
  std::string region = {};  // that these are for
};

struct SourceWorld {
  const Clock& clock;
  ObjectSource& objects;
  std::function<CodeCommitPlace(const std::string& region)> codecommit;
  // For tests: the URL in place of a repository's, of any scheme. Unset: as it is, http and https only.
  std::function<std::string(const std::string& url)> mapUrl;
  // Set: directories of this host may be sources (local_source.h); a line for each thing in one that is left out. Unset: they may not.
  std::function<void(const std::string& line)> leftOut = {};
};

class SourceFetcher {
 public:
  // `directory` is made when missing; what lies in it from an earlier life is removed.
  SourceFetcher(std::filesystem::path directory, SourceLimits limits, SourceWorld world);
  ~SourceFetcher();
  SourceFetcher(const SourceFetcher&) = delete;
  SourceFetcher& operator=(const SourceFetcher&) = delete;

  // `progress` gets a line for a person now and then (at most about one a second), on the calling thread.
  SourceResult<std::unique_ptr<FetchedSource>> fetch(
      const SourceSpec& spec, const Scope& scope, std::stop_token stop,
      const std::function<void(const std::string&)>& progress);

 private:
  std::filesystem::path directory_;
  SourceLimits limits_;
  SourceWorld world_;
};

}  // namespace kiln::runtime

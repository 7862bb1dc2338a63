// StagedTree: what an agent has staged in a container, entry by entry as the engine sends it, names relative to the tree.
//
// A thread of its own receives from the engine. One reader. Failure: the engine's, kCorrupt for a stream that is no whole tar, as it is
// when a command in the background shortens a file meanwhile, kUnavailable once `stop` is requested. Owner: an upload; the runtime outlives it.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "runtime/artifacts/byte_pipe.h"
#include "runtime/container_runtime.h"
#include "runtime/source/archive_reader.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {

// Is this the failure of a tree that was changed while it was copied? Then so many tries in all may get it whole.
inline bool cutOff(const Error& error) { return error.code == Code::kCorrupt; }
inline constexpr int kMostTries = 3;

class StagedTree final : public TreeReader {
 public:
  // `path` in the container: a directory's contents ("/dir/."), or one file or link, whose entry then has its own name.
  StagedTree(ContainerRuntime& runtime, const BuildId& id, std::string path, std::stop_token stop);
  ~StagedTree() override;
  StagedTree(const StagedTree&) = delete;
  StagedTree& operator=(const StagedTree&) = delete;

  // Files, directories and links; what is none of these is passed over.
  Result<std::optional<TreeEntry>> next() override;
  Result<std::string_view> data() override;

 private:
  Status receive(ContainerRuntime& runtime, const BuildId& id, std::stop_token stop);
  void end();
  Error failure(const ArchiveFault& fault) const;

  BytePipe pipe_;
  std::optional<Error> broken_;  // why the stream ended early
  std::unique_ptr<ArchiveReader> reader_;
  const std::string path_;
  std::jthread receiver_;
  std::stop_callback<std::function<void()>> onStop_;
};

}  // namespace kiln::runtime

// FolderUpload: an artifact that is not packed: an object for each file (facts §5.8).
//
// Links are followed, since an object can be none: what they lead to in the container is put under their names. A link that leads to
// nothing, or to a directory, is left out and told. Made for one upload, used once, by one thread; what it is given outlives it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/artifacts/object_puts.h"
#include "runtime/container_runtime.h"
#include "runtime/source/tree_reader.h"

namespace kiln::runtime {

class FolderUpload {
 public:
  FolderUpload(ContainerRuntime& runtime, const BuildId& build, std::filesystem::path spools,
               const UploadTarget& target, std::function<void(const std::string&)> progress)
      : runtime_(runtime),
        build_(build),
        spools_(std::move(spools)),
        target_(target),
        progress_(std::move(progress)),
        puts_(target) {}

  // Of the directory in the container.
  std::optional<UploadFault> run(const std::string& directory);

 private:
  struct Link {
    std::string name;
    std::string leadsTo;  // an absolute path in the container
  };
  Status putAll(const std::string& directory);
  Status putFile(TreeReader& tree, const std::string& name, std::int64_t size);
  Status follow(const Link& link);
  Result<ObjectPuts::Body> bodyOf(TreeReader& tree, std::int64_t size) const;
  // The container itself is still there, so what was asked for in it is not.
  Status absentIn(const Link& link, const Error& why);

  ContainerRuntime& runtime_;
  const BuildId& build_;
  const std::filesystem::path spools_;
  const UploadTarget& target_;
  const std::function<void(const std::string&)> progress_;
  std::vector<Link> links_;
  ObjectPuts puts_;
};

}  // namespace kiln::runtime

#include "runtime/artifacts/directory_artifacts.h"

#include <algorithm>

#include "runtime/artifacts/directory_writer.h"
#include "runtime/artifacts/staged_tree.h"
#include "runtime/source/source_words.h"

namespace kiln::runtime {
namespace {

// It comes out of the container: nothing else is a name of one directory.
bool isPlainIdentifier(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool isOf(const Build& build, const std::string& identifier) {
  return std::ranges::any_of(build.spec.artifacts, [&](const ArtifactOutput& output) {
    return output.identifier == identifier;
  });
}

Result<PlaceFault> unpack(TreeReader& tree, DirectoryWriter& writer) {
  if (auto wrong = writer.open()) return wrong;
  for (;;) {
    auto entry = tree.next();
    if (!entry.ok()) return entry.error();
    if (!*entry) return writer.finish();
    auto put = writer.put(**entry, tree);
    if (!put.ok() || *put) return put;
  }
}

}  // namespace

Result<PlaceFault> DirectoryArtifacts::write(const Build& build, const CollectedArtifact& one,
                                             const std::stop_token& stop) const {
  DirectoryWriter writer(directory_, one.identifier);
  StagedTree tree(runtime_, build.id, one.directory + "/.", stop);
  return unpack(tree, writer);
}

Result<UploadedArtifacts> DirectoryArtifacts::upload(
    const Build& build, const CollectedArtifacts& collected, std::stop_token stop,
    const std::function<void(const std::string&)>& progress) {
  UploadedArtifacts all;
  const auto failed = [&](std::string why) {
    all.artifacts.clear();
    all.failure = PhaseContext{"CLIENT_ERROR", std::move(why)};
    return all;
  };
  for (const CollectedArtifact& one : collected) {
    if (!isPlainIdentifier(one.identifier))
      return failed("the artifact identifier " + shown(one.identifier) +
                    " is no name of a directory");
    if (!isOf(build, one.identifier))
      return failed("the build has no artifact of the identifier " + shown(one.identifier));
    const auto place = one.identifier.empty() ? directory_ : directory_ / one.identifier;
    progress("Writing " + std::to_string(one.files) + " files to " + place.string());
    auto unpacked = write(build, one, stop);
    for (int tries = 1; !unpacked.ok() && cutOff(unpacked.error()); ++tries) {
      if (tries == kMostTries) return failed(unpacked.error().message);
      progress("A file changed while it was copied, trying again");
      unpacked = write(build, one, stop);
    }
    if (!unpacked.ok()) return unpacked.error();
    if (*unpacked) return failed(**unpacked);
    all.artifacts.push_back(
        {.identifier = one.identifier, .location = place.string(), .md5sum = {}, .sha256sum = {}});
  }
  return all;
}

}  // namespace kiln::runtime

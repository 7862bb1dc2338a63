#include "runtime/source/git_fetch.h"

#include <git2.h>

#include <memory>

#include "controller/core/disk.h"
#include "runtime/source/git_handles.h"
#include "runtime/source/scratch.h"

namespace kiln::runtime {
namespace {

constexpr std::size_t kLongestLine = 1000;
constexpr std::size_t kCheckedEvery = std::size_t{1} << 20;

std::string requestText(const Advertisement& remote, const GitRequest& request) {
  std::string capabilities;
  for (const char* wished : {"side-band-64k", "ofs-delta", "shallow", "include-tag"}) {
    if (remote.can(wished)) capabilities += std::string(" ") + wished;
  }
  capabilities += " agent=kiln";
  std::string text;
  for (const auto& oid : request.wants) {
    text += pktLine("want " + oid + capabilities + "\n");
    capabilities.clear();
  }
  if (request.depth > 0) text += pktLine("deepen " + std::to_string(request.depth) + "\n");
  return text + std::string(kPktFlush) + pktLine("done\n");
}

// The answer to the request: shallow lines, NAK, then the pack, in bands or bare.
class PackReceiver {
 public:
  PackReceiver(git_indexer* indexer, const std::filesystem::path& packs, bool bands, bool deepens,
               const GitFetch::Progress& progress)
      : indexer_(indexer),
        packs_(packs),
        bands_(bands),
        shallowsLeft_(deepens),
        progress_(progress) {}

  std::optional<GitFault> push(std::string_view bytes) {
    if (bare_) return index(bytes);
    reader_.push(bytes);
    for (;;) {
      auto pkt = reader_.next();
      if (!pkt) return pkt.error();
      if (!*pkt) return std::nullopt;
      if (auto fault = take(**pkt)) return fault;
      if (bare_) return index(reader_.rest());
    }
  }

  std::optional<GitFault> finish() {
    if (received_ == 0) return GitFault::ofBuild("the server ended before it sent a pack");
    if (git_indexer_commit(indexer_, &counts_) != 0)
      return gitFault("the received pack is not whole");
    tell();
    return std::nullopt;
  }

  std::vector<std::string> takeShallow() { return std::move(shallow_); }

 private:
  std::optional<GitFault> take(const PktReader::Pkt& pkt) {
    std::string_view payload = pkt.payload;
    if (pkt.flush) {
      shallowsLeft_ = false;
      return std::nullopt;
    }
    if (acknowledged_) return takeBand(payload);
    if (payload.ends_with('\n')) payload.remove_suffix(1);
    if (payload.starts_with("ERR ")) return refusal(payload.substr(4));
    if (shallowsLeft_) {
      if (payload.starts_with("shallow ") && isOid(payload.substr(8)))
        shallow_.emplace_back(payload.substr(8));
      return std::nullopt;
    }
    if (payload != "NAK" && !payload.starts_with("ACK "))
      return GitFault::ofBuild("the server does not keep to git's protocol: it sent no NAK");
    acknowledged_ = true;
    bare_ = !bands_;
    return std::nullopt;
  }

  std::optional<GitFault> takeBand(std::string_view payload) {
    if (payload.empty()) return std::nullopt;
    const char band = payload.front();
    payload.remove_prefix(1);
    switch (band) {
      case 1: return index(payload);
      case 2: hear(payload); return std::nullopt;
      case 3: return refusal(payload);
      default:
        return GitFault::ofBuild(
            "the server does not keep to git's protocol: it sent an unknown band");
    }
  }

  static GitFault refusal(std::string_view words) {
    if (words.find("not our ref") != std::string_view::npos)
      return GitFault::ofBuild(kReferenceNotFound);
    return GitFault::ofBuild("the server refused: " + lastLine(words));
  }

  // Words for a person, in pieces: told when their line has ended.
  void hear(std::string_view words) {
    heard_ += words;
    const auto end = heard_.find_last_of("\r\n");
    if (end == std::string::npos && heard_.size() < kLongestLine) return;
    const auto line = lastLine(std::string_view(heard_).substr(0, end));
    heard_.erase(0, end == std::string::npos ? end : end + 1);
    if (!line.empty()) progress_("remote: " + line);
  }

  // Of counting that overwrites itself: as it stands.
  static std::string lastLine(std::string_view words) {
    while (words.ends_with('\n') || words.ends_with('\r')) words.remove_suffix(1);
    const auto begin = words.find_last_of("\r\n");
    return std::string(begin == std::string_view::npos ? words : words.substr(begin + 1));
  }

  std::optional<GitFault> index(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    received_ += bytes.size();
    // The indexer writes through a mapping of its file: on a disk without room that would be the end of the process.
    if (received_ > roomUntil_) {
      roomUntil_ = received_ + kCheckedEvery;
      if (auto room = checkRoom(packs_, kKeptFromBodies,
                                "cannot keep what is fetched in " + packs_.string());
          !room)
        return GitFault::ofHost(room.error());
    }
    if (git_indexer_append(indexer_, bytes.data(), bytes.size(), &counts_) != 0)
      return gitFault("the received pack cannot be kept");
    tell();
    return std::nullopt;
  }

  void tell() {
    progress_("Receiving objects: " + std::to_string(counts_.received_objects) + "/" +
              std::to_string(counts_.total_objects) + ", " + std::to_string(received_ >> 10) +
              " KiB");
  }

  git_indexer* indexer_;
  const std::filesystem::path& packs_;
  git_indexer_progress counts_{};  // the indexer's own memory from one piece to the next
  bool bands_;
  bool shallowsLeft_;
  const GitFetch::Progress& progress_;
  PktReader reader_;
  std::vector<std::string> shallow_;
  std::string heard_;  // of the server's words, its last line
  bool acknowledged_ = false;
  bool bare_ = false;
  std::size_t received_ = 0;   // bytes of the pack
  std::size_t roomUntil_ = 0;  // received so many, the disk is looked at again
};

int endWhenStopped(const git_indexer_progress*, void* stop) {
  return static_cast<std::stop_token*>(stop)->stop_requested() ? -1 : 0;
}

}  // namespace

GitResult<Advertisement> GitFetch::advertise() {
  AdvertisementReader reader;
  if (auto fault = http_.advertise([&](std::string_view bytes) { return reader.push(bytes); }))
    return *fault;
  return reader.finish();
}

GitResult<std::vector<std::string>> GitFetch::fetch(const Advertisement& remote,
                                                    const GitRequest& request,
                                                    const std::filesystem::path& packs) {
  git_indexer* raw = nullptr;
  git_indexer_options options;
  git_indexer_options_init(&options, GIT_INDEXER_OPTIONS_VERSION);
  options.progress_cb = endWhenStopped;
  options.progress_cb_payload = &stop_;
  if (git_indexer_new(&raw, packs.c_str(), 0, nullptr, &options) != 0)
    return gitFault("cannot begin a pack in " + packs.string());
  Handle<git_indexer> indexer(raw);
  PackReceiver receiver(raw, packs, remote.can("side-band-64k"), request.depth > 0, progress_);
  if (auto fault = http_.uploadPack(requestText(remote, request),
                                    [&](std::string_view bytes) { return receiver.push(bytes); }))
    return *fault;
  auto unfinished = receiver.finish();
  if (stop_.stop_requested())
    return GitFault::ofHost({Code::kUnavailable, "fetching from a git repository was stopped"});
  if (unfinished) return *unfinished;
  return receiver.takeShallow();
}

}  // namespace kiln::runtime

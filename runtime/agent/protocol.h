// The agent's protocol: what passes over the container's stdin and stdout, shared by both ends. std only: the agent links nothing else.
//
// Controller -> agent: one message a line, `<crc32 of the rest, 8 hex digits> <verb> <fields…>\n`, fields separated by a space and
// percent-encoded (an empty one is a lone %). A line that was cut off by a dying controller fails its checksum and is ignored; every session begins with
// an empty line so that such a rest never joins the next message.
// Agent -> controller: `<sequence> <type> <unix micros> <payload bytes>\n<payload>`. Numbered records (from 1, no gaps) are
// appended to the journal before they are sent; `ready` and `heartbeat` carry sequence 0 and are not. After `hello` the agent
// sends a line "\n" + kSyncPrefix + nonce + "\n"; the controller drops everything before the line with its own nonce, because
// an attached stream may begin in the middle of a record.
// Journal: the same record bytes in segments `/.kiln/journal/<first sequence, 20 digits>`; a segment is deleted when
// all of it is acknowledged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::agent {

inline constexpr std::string_view kJournalDirectory = "/.kiln/journal";
inline constexpr std::string_view kAgentDirectory = "/.kiln/agent";  // the read-only volume
inline constexpr std::string_view kStagingDirectory = "/.kiln/artifacts";
inline constexpr std::string_view kHandOverDirectory =
    "/codebuild/output/tmp";  // env.sh, dir.txt and script.sh of the next command
inline constexpr std::string_view kFailureDirectory =
    "/.kiln/failure";  // env.sh, dir.txt and shell of the first failed command
inline constexpr std::string_view kAgentPath = "/.kiln/agent/kiln-agent";
inline constexpr std::string_view kSyncPrefix = "KILN-SYNC ";

enum class RecordType : char {
  kReady =
      'R',  // payload fields: nonce, last sequence, last phase asked for ("" when none), "idle" | "running"
  kPhaseStarted = 'P',     // phase
  kCommandStarted = 'C',   // index in the phase, text
  kCommandFinished = 'X',  // index, exit status ("exit status 1" | "signal: killed")
  kOutput = 'O',           // raw bytes of the log
  kArtifacts =
      'A',  // of each artifact: identifier, staging directory, evaluated name, s3-prefix, number of files
  kPhaseFinished = 'F',  // phase, "SUCCEEDED" | "FAILED", failed command, its reason
  kHeartbeat = 'H',      // none
};

struct Record {
  std::uint64_t sequence = 0;
  RecordType type = RecordType::kHeartbeat;
  std::int64_t unixMicros = 0;
  std::string payload;

  // The payload's fields, decoded; for every type but kOutput.
  std::vector<std::string> fields() const;
};

std::string encodeFields(const std::vector<std::string>& fields);
std::string encodeRecord(const Record& record);

// Takes bytes as they come, gives whole records. Bytes that cannot be a record put it in `broken()` for good.
class RecordReader {
 public:
  void push(std::string_view bytes);
  std::optional<Record> next();
  bool broken() const { return broken_; }

 private:
  std::string buffer_;
  std::size_t read_ = 0;
  bool broken_ = false;
};

struct Message {
  std::string verb;  // hello | run | ack | stop
  std::vector<std::string> fields;
};

std::string encodeMessage(const Message& message);
// nullopt for a line whose checksum or form is wrong.
std::optional<Message> decodeMessage(std::string_view line);

struct NameValue {
  std::string name;
  std::string value;
  bool operator==(const NameValue&) const = default;
};

struct TreeToMove {
  std::string from;
  std::string to;
  bool operator==(const TreeToMove&) const = default;
};

struct FileToWrite {
  std::string path;
  std::string content;
  bool operator==(const FileToWrite&) const = default;
};

// One artifact of the buildspec (facts §1.7). What it matches is staged below kStagingDirectory/<index>.
struct ArtifactToCollect {
  std::string identifier;     // empty: the primary one
  std::string baseDirectory;  // empty: where the build began
  std::vector<std::string> files;
  std::vector<std::string> excludePaths;
  bool discardPaths = false;
  bool keepSymlinks = false;
  std::string name;  // for the shell to evaluate; empty: none
  std::string s3Prefix;
  bool operator==(const ArtifactToCollect&) const = default;
};

// All that the agent needs to run one phase (message `run`). A phase at or before the last one asked for is ignored, so
// sending it again is harmless.
struct PhasePlan {
  std::string phase;                         // DOWNLOAD_SOURCE, INSTALL, ...
  std::string shell = "/bin/sh";             // how commands are run
  std::vector<std::string> commands;         // in order; the first failure skips the rest
  std::vector<std::string> finallyCommands;  // run whatever happened before
  std::vector<NameValue>
      environment;  // exported before the first command; later phases give only what changed
  std::vector<TreeToMove> moves = {};    // first of all, each to a place whose parents are made
  std::vector<std::string> directories;  // made, parents too
  std::vector<FileToWrite> files;        // written, mode 0644
  std::string workingDirectory;  // where the next command starts; empty: where the last one ended
  bool isolated =
      false;  // buildspec 0.1: what a command does to directory and variables ends with it
  std::vector<std::string> logLines;  // agent lines ("[Container] time text") before the commands
  bool announce = true;               // "Entering phase X"
  std::string credentials;            // JSON served on the loopback endpoint; empty: none
  // What UPLOAD_ARTIFACTS collects. It ends with kArtifacts and kPhaseFinished, or with a kPhaseFinished whose reason is the context's
  // message; the "Phase complete" lines are the controller's, because the upload comes after.
  std::vector<ArtifactToCollect> artifacts = {};
  bool operator==(const PhasePlan&) const = default;
};

Message toMessage(const PhasePlan& plan);
std::optional<PhasePlan> phasePlanFrom(const Message& message);

// "[Container] 2025/12/02 03:40:34.299176 text\n", UTC (facts §4.1).
std::string containerLine(std::int64_t unixMicros, std::string_view text);

// "Error while executing command: <text>. Reason: <reason>" (facts §2.4).
std::string commandErrorMessage(std::string_view command, std::string_view reason);

}  // namespace kiln::agent

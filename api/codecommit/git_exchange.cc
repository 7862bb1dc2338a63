#include "api/codecommit/git_exchange.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "controller/core/disk.h"

namespace kiln::api::codecommit {
namespace {

using store::GitProcess;

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMostHeld = 8 * 1024 * 1024;
constexpr Millis kLook{1000};

Response failed(int status, std::string text) {
  Response response = Response::text(status, "Kiln: " + std::move(text) + "\n");
  if (status == 503) response.headers["retry-after"] = "5";
  return response;
}

Response busy(const GitSlots& slots) {
  return failed(503, std::to_string(slots.most()) +
                         " git programs are at work already; try again in a moment");
}

Response notStarted(const Error& error) {
  spdlog::error("event=git_not_started what=\"{}\"", error.message);
  return failed(500, "git did not start on the server; its log says why");
}

Headers headersOf(const GitCall& call, const char* what) {
  return {{"content-type", "application/x-git-" + call.service + "-" + what},
          {"cache-control", "no-cache, max-age=0, must-revalidate"},
          {"expires", "Fri, 01 Jan 1980 00:00:00 GMT"},
          {"pragma", "no-cache"}};
}

store::GitCommand commandOf(store::Repositories& repositories, const GitCall& call,
                            const char* option) {
  store::GitCommand command{.arguments = {call.service, "--stateless-rpc"},
                            .repository = repositories.pathOf(call.repository),
                            .protocol = call.protocol,
                            .background = false};
  if (option != nullptr) command.arguments.emplace_back(option);
  command.arguments.emplace_back(".");
  return command;
}

void logEnd(const GitCall& call, int status, const std::string& complaint) {
  if (status == 0) return;
  std::string said = complaint;
  for (char& c : said) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"') c = ' ';
  }
  spdlog::warn("event=git_failed service={} repository={} status={} said=\"{}\"", call.service,
               call.repository.name, status, said);
}

// The slot of a client that sends and takes nothing goes to one who waits for it.
void letGo(GitSlots::Slot& slot, std::shared_ptr<GitProcess> git) {
  slot.onLoss([git = std::move(git)] { git->stop(); });
}

// False when the client is gone, or has lost its slot.
bool tell(GitSlots::Slot& slot, BodyWriter& client, std::string_view piece) {
  slot.awaitClient();
  const bool taken = client.write(piece);
  return slot.moved(taken ? piece.size() : 0) && taken;
}

// A push may not take the last of the disk.
Status checkRoomFor(store::Repositories& repositories, const GitCall& call) {
  auto room = checkRoom(repositories.pathOf(call.repository), kKeptFromBodies,
                        "taking a push to " + call.repository.name);
  if (room.ok() || room.error().code != Code::kResourceExhausted) return okStatus();
  spdlog::warn("event=git_push_refused repository={} what=\"{}\"", call.repository.name,
               room.error().message);
  return room;
}

// Can the client tell the server's words from git's answer? A push begins with a line of what its client can.
bool hearsWords(std::string_view request) {
  const auto abilities = request.find('\0');
  return abilities != std::string_view::npos &&
         request.substr(abilities, 1000).find(" side-band-64k") != std::string_view::npos;
}

std::string packetLine(const std::string& text) {
  char size[8];
  std::snprintf(size, sizeof size, "%04zx", text.size() + 4);
  return size + text;
}

[[noreturn]] void cutOff(const GitCall& call, bool slow) {
  spdlog::info("event={} service={} repository={}", slow ? "git_client_slow" : "git_client_gone",
               call.service, call.repository.name);
  throw AnswerCut{};
}

// One POST while its answer streams.
class Exchange {
 public:
  Exchange(store::Repositories& repositories, const GitCall& call, std::string first,
           std::shared_ptr<GitSlots::Slot> slot, std::unique_ptr<GitProcess> git)
      : repositories_(repositories),
        call_(call),
        last_(std::move(first)),
        push_(call.service == "receive-pack"),
        hearsWords_(hearsWords(last_)),
        slot_(std::move(slot)),
        git_(std::move(git)) {
    letGo(*slot_, git_);
  }

  void run(BodyWriter& client) {
    const std::jthread feeder([this] { feed(); });
    hand(client);
    const int status = git_->wait();
    slot_->giveBack();
    if (push_) finishPush();
    if (gone_ || slot_->lost()) cutOff(call_, slot_->lost());
    logEnd(call_, status, git_->complaint());
    if (!held_.empty()) client.write(held_);
    if (status != 0 && !said_) throw AnswerCut{};
  }

 private:
  // Everything but the last piece at once; that one in turn.
  void feed() {
    while (true) {
      auto piece = next();
      if (!piece.ok()) return leave(piece.error().message);
      if (piece->empty()) break;
      if (push_ && !roomLeft()) return refuse();
      if (!git_->write(last_)) return;
      last_ = std::move(*piece);
    }
    if (push_ && !takeTurn()) return git_->stop();
    complete_ = true;
    if (git_->write(last_)) git_->closeInput();
  }

  Result<std::string> next() {
    if (!call_.body) return std::string();
    slot_->awaitClient();
    auto piece = call_.body->read(kPiece);
    if (slot_->moved(piece.ok() ? piece->size() : 0)) return piece;
    return Error{Code::kUnavailable, "the slot is lost"};
  }

  bool roomLeft() {
    auto room = checkRoomFor(repositories_, call_);
    if (room.ok()) return true;
    want_ = room.error().message;
    lacksRoom_ = true;
    return false;
  }

  // The client sends all of it before it listens. Git, whose input ends too soon, removes what it has and says that it refuses.
  void refuse() {
    auto piece = next();
    while (piece.ok() && !piece->empty()) piece = next();
    git_->closeInput();
  }

  void leave(const std::string& why) {
    spdlog::debug("event=git_given_up service={} repository={} what=\"{}\"", call_.service,
                  call_.repository.name, why);
    gone_ = true;
    git_->stop();
  }

  bool takeTurn() {
    auto turn = repositories_.take(call_.repository);
    if (!turn.ok()) {
      spdlog::warn("event=git_push_refused repository={} what=\"{}\"", call_.repository.name,
                   turn.error().message);
      return false;
    }
    turn_ = std::move(*turn);
    return true;
  }

  void hand(BodyWriter& client) {
    while (true) {
      auto piece = git_->read(kLook);
      if (!piece) {
        if (!keepsOn() && client.waitClosed(Millis{0}))
          leave("the client has closed its connection");
        continue;
      }
      if (piece->empty()) return;
      if (!said_ && lacksRoom_ && hearsWords_)
        client.write(packetLine("\x02Kiln: " + want_ + "\n"));
      said_ = true;
      if (keepsOn() && held_.size() < kMostHeld) {
        held_ += *piece;
      } else if (keepsOn()) {
        client.write(*piece);
      } else if (!tell(*slot_, client, *piece)) {
        leave("the client takes nothing more");
      }
    }
  }

  // A push that has come whole goes on whatever its client does.
  bool keepsOn() const { return push_ && complete_; }

  void finishPush() {
    if (!complete_) return;
    auto settled = repositories_.settle(call_.repository, call_.caller);
    { const auto given = std::move(turn_); }
    if (settled.ok()) return repositories_.tidyLater(call_.repository);
    spdlog::error("event=push_not_settled repository={} what=\"{}\"", call_.repository.name,
                  settled.error().message);
    held_.clear();
    throw std::runtime_error("the push is not recorded: " + settled.error().message);
  }

  store::Repositories& repositories_;
  const GitCall call_;
  std::string last_;  // the feeder's
  const bool push_;
  const bool hearsWords_;
  const std::shared_ptr<GitSlots::Slot> slot_;
  const std::shared_ptr<GitProcess> git_;
  store::Turns::Turn turn_;            // the feeder's until the program has ended, then run()'s
  std::atomic<bool> complete_{false};  // all of the request has come, and it is its turn
  std::atomic<bool> gone_{false};      // the client, before its push was whole
  std::string want_;                   // the feeder's until lacksRoom_
  std::atomic<bool> lacksRoom_{false};
  bool said_ = false;
  std::string held_;  // what the client may hear only when it is settled
};

}  // namespace

Response advertise(store::Repositories& repositories, GitSlots& slots, const GitCall& call) {
  if (call.service == "receive-pack") {
    if (auto room = checkRoomFor(repositories, call); !room.ok())
      return failed(507, room.error().message);
  }
  const auto slot = slots.take();
  if (!slot) return busy(slots);
  auto started = GitProcess::start(commandOf(repositories, call, "--advertise-refs"));
  if (!started.ok()) return notStarted(started.error());
  const std::shared_ptr<GitProcess> git = std::move(*started);
  letGo(*slot, git);
  git->closeInput();
  std::optional<std::string> first;
  while (!first) first = git->read(kLook);
  if (first->empty()) {
    logEnd(call, git->wait(), git->complaint());
    return failed(500, "git could not read the repository; the server's log says why");
  }
  Response response{200, headersOf(call, "advertisement"), {}, nullptr};
  response.stream = [call, git, slot, first = *first](BodyWriter& client) {
    const bool second = call.protocol.find("version=2") != std::string::npos;
    if (!second || call.service != "upload-pack") {
      client.write(packetLine("# service=git-" + call.service + "\n") + "0000");
    }
    bool open = tell(*slot, client, first);
    while (open) {
      const auto piece = git->read(kLook);
      if (!piece) continue;
      if (piece->empty()) break;
      open = tell(*slot, client, *piece);
    }
    if (!open) git->stop();
    const int status = git->wait();
    slot->giveBack();
    if (!open) cutOff(call, slot->lost());
    logEnd(call, status, git->complaint());
    if (status != 0) throw AnswerCut{};
  };
  return response;
}

Response exchange(store::Repositories& repositories, GitSlots& slots, const GitCall& call) {
  std::string
      first;  // before the answer begins, so that a client that waits to be told to send is told
  if (call.body) {
    auto piece = call.body->read(kPiece);
    if (!piece.ok()) return failed(400, piece.error().message);
    first = std::move(*piece);
  }
  auto slot = slots.take();
  if (!slot) return busy(slots);
  auto git = GitProcess::start(commandOf(repositories, call, nullptr));
  if (!git.ok()) return notStarted(git.error());
  auto work = std::make_shared<Exchange>(repositories, call, std::move(first), std::move(slot),
                                         std::move(*git));
  Response response{200, headersOf(call, "result"), {}, nullptr};
  response.stream = [work](BodyWriter& client) { work->run(client); };
  return response;
}

}  // namespace kiln::api::codecommit

// Git's pkt-line framing, and what a server says in it before the pack: its references and capabilities. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/source/git_fault.h"

namespace kiln::runtime {

std::string pktLine(std::string_view payload);
inline constexpr std::string_view kPktFlush = "0000";

class PktReader {
 public:
  struct Pkt {
    bool flush = false;
    std::string payload;
  };
  void push(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole one; nullopt: more bytes are needed. A fault for a length that is none.
  GitResult<std::optional<Pkt>> next();
  bool empty() const { return at_ == buffer_.size(); }
  // What is no packet any more, good until the next push().
  std::string_view rest() const { return std::string_view(buffer_).substr(at_); }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

struct RemoteRef {
  std::string name;
  std::string oid;
  std::string peeled;  // of an annotated tag: what it tells of; else empty
};

struct Advertisement {
  std::vector<RemoteRef> refs;  // without HEAD
  std::string head;             // HEAD's commit; empty when it leads to none
  std::string headRef;          // the branch HEAD stands for; empty when it is not known
  std::vector<std::string> shallow;
  std::vector<std::string> capabilities;

  bool can(std::string_view capability) const;
  const RemoteRef* find(std::string_view name) const;
};

bool isOid(std::string_view text);

// Reads the answer to info/refs as it comes.
class AdvertisementReader {
 public:
  std::optional<GitFault> push(std::string_view bytes);
  // At the end of the answer.
  GitResult<Advertisement> finish();

 private:
  std::optional<GitFault> takeLine(std::string line);
  std::optional<GitFault> takeCapabilities(std::string_view capabilities);

  PktReader reader_;
  Advertisement seen_;
  std::size_t bytes_ = 0;
  bool service_ = false;  // the line that names it has been
  bool first_ = true;
  bool ended_ = false;
};

}  // namespace kiln::runtime

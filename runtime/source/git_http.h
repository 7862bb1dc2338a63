// GitHttp: the two requests of git's smart protocol to one repository, by libcurl: bodies as streams, Basic credentials, TLS.
//
// Credentials go to the host they were given for only, even when it redirects. Loopback addresses are never asked through a proxy.
// One thread. A call blocks until the answer has ended, the stop token is set (seen within a second) or the other side is silent
// for kSilence. Failure: GitFault in the words CodeBuild has for it; never with a user or a password.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "runtime/source/git_fault.h"
#include "runtime/source/source_spec.h"

namespace kiln::runtime {

struct GitEndpoint {
  std::string url;  // of the repository, without user and password
  std::optional<GitCredentials> credentials;
  bool insecureSsl = false;
  bool ours =
      false;  // it is Kiln's own or one that Kiln's settings name: when it is away, the build is not to blame
};

class GitHttp {
 public:
  using Sink = std::function<std::optional<GitFault>(std::string_view)>;

  GitHttp(GitEndpoint endpoint, std::stop_token stop);

  // GET info/refs. Where it was redirected to is where post() goes.
  std::optional<GitFault> advertise(const Sink& sink);
  // POST git-upload-pack.
  std::optional<GitFault> uploadPack(const std::string& request, const Sink& sink);

 private:
  struct Call;
  std::optional<GitFault> perform(Call& call);
  std::optional<GitFault> judge(const Call& call, int outcome);
  void configure(Call& call);

  GitEndpoint endpoint_;
  std::stop_token stop_;
};

}  // namespace kiln::runtime

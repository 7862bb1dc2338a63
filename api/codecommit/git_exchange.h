// GitExchange: one request of a git client, answered by one of git's own programs: the request's body is its input, its output the
// answer, both as streams of bounded memory.
//
// A push gets its repository's turn before its last bytes: git changes no reference before it has them, so the references move in turn,
// are noted and told in turn, and the client hears of them after that. A client that goes away, or that is too slow while others
// wait for a slot, takes its program with it, unless all of its push has come.
// Threads: the handler's, and one that feeds the program while it works.
#pragma once

#include <memory>
#include <string>

#include "api/codecommit/git_slots.h"
#include "api/http/request.h"
#include "api/http/response.h"
#include "store/repositories/git_process.h"
#include "store/repositories/repositories.h"

namespace kiln::api::codecommit {

struct GitCall {
  store::Repository repository;
  std::string service;   // upload-pack, receive-pack
  std::string protocol;  // the Git-Protocol header, cleaned
  std::string caller;    // ARN of who pushes
  std::shared_ptr<BodyReader> body;
};

// The answer to GET info/refs.
Response advertise(store::Repositories& repositories, GitSlots& slots, const GitCall& call);
// The answer to POST git-upload-pack and git-receive-pack.
Response exchange(store::Repositories& repositories, GitSlots& slots, const GitCall& call);

}  // namespace kiln::api::codecommit

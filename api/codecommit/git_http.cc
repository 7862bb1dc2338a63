#include "api/codecommit/git_http.h"

#include <optional>
#include <string>

#include "api/codecommit/access.h"
#include "api/codecommit/inflate_reader.h"
#include "api/http/percent.h"
#include "api/http/sigv4.h"
#include "api/model/base64.h"

namespace kiln::api {
namespace {

using namespace codecommit;

constexpr std::string_view kRepositories = "/v1/repos";
constexpr std::string_view kRegions = "/_kiln/regions";
constexpr std::uint64_t kMostNegotiation = 256ULL
                                           << 20;  // of a fetch; a push may be as large as it is
constexpr std::uint64_t kMostPush = ~0ULL;

struct Place {
  std::string region;  // empty: not said
  std::string name;
  std::string rest;  // info/refs
};

Response plain(int status, const std::string& text) {
  return Response::text(status, "Kiln: " + text + "\n");
}

// `/v1/repos/NAME/REST`, a NAME.git is NAME.
std::optional<Place> parsePlace(std::string_view path) {
  Place place;
  if (path.starts_with(kRegions)) {
    path.remove_prefix(kRegions.size() + 1);
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    place.region = path.substr(0, slash);
    path.remove_prefix(slash);
  }
  if (!path.starts_with(kRepositories) || path.size() <= kRepositories.size() + 1)
    return std::nullopt;
  path.remove_prefix(kRepositories.size() + 1);
  const auto slash = path.find('/');
  place.name = percentDecoded(path.substr(0, slash));
  if (place.name.ends_with(".git")) place.name.resize(place.name.size() - 4);
  if (slash != std::string_view::npos) place.rest = path.substr(slash + 1);
  return place;
}

// `git-codecommit.us-west-2.amazonaws.com`, also with a port.
std::string regionOfHost(std::string_view host) {
  constexpr std::string_view kPrefix = "git-codecommit.";
  if (!host.starts_with(kPrefix)) return {};
  host.remove_prefix(kPrefix.size());
  return std::string(host.substr(0, host.find('.')));
}

Result<std::optional<store::Repository>> findRepository(const Deps& deps, const Request& request,
                                                        const Place& place) {
  std::string said = place.region.empty() ? regionOfHost(request.header("host")) : place.region;
  if (!isRepositoryName(place.name)) return std::optional<store::Repository>();
  const Scope scope{request.scope.account, said.empty() ? request.scope.region : said};
  auto found = deps.repositories.find(scope, place.name);
  if (!found.ok() || *found || !said.empty()) return found;
  auto anywhere = deps.repositories.findInAllRegions(scope.account, place.name);
  if (!anywhere.ok()) return anywhere.error();
  if (anywhere->size() != 1) return std::optional<store::Repository>();
  return std::optional(std::move(anywhere->front()));
}

// The user name of Basic authentication, for the events of a push; its password is nobody's business.
std::string callerOf(const Request& request) {
  constexpr std::string_view kBasic = "Basic ";
  std::string user = request.principal;
  std::string_view value = request.header("authorization");
  if (value.starts_with(kBasic)) {
    const auto decoded = fromBase64(value.substr(kBasic.size()));
    if (decoded) user = decoded->substr(0, decoded->find(':'));
  }
  if (user.empty() || user.size() > 128) user = "anonymous";
  return "arn:aws:iam::" + request.scope.account + ":user/" + user;
}

Response notFound(const Place& place) {
  return plain(404, "repository " + place.name.substr(0, 128) + " not found");
}

std::optional<std::string> knownService(std::string_view name) {
  if (name == "git-upload-pack") return "upload-pack";
  if (name == "git-receive-pack") return "receive-pack";
  return std::nullopt;
}

GitCall callOf(const Request& request, store::Repository repository, const std::string& service) {
  GitCall call{.repository = std::move(repository),
               .service = service,
               .protocol = store::acceptableProtocol(request.header("git-protocol")),
               .caller = callerOf(request),
               .body = request.stream};
  // Pushing has no version 2; git answers such a client in version 0.
  if (service == "receive-pack" && call.protocol.find("version=2") != std::string::npos)
    call.protocol.clear();
  return call;
}

Response answerGet(const Deps& deps, GitSlots& slots, Request& request, const Place& place,
                   store::Repository repository) {
  if (place.rest != "info/refs" || request.parameter("service").empty()) {
    return plain(403,
                 "git is spoken here over its smart HTTP protocol only; a client that asks for "
                 "files (the dumb protocol) is not served");
  }
  const auto service = knownService(request.parameter("service"));
  if (!service)
    return plain(403, "the service '" + std::string(request.parameter("service").substr(0, 64)) +
                          "' is not offered; git-upload-pack and git-receive-pack are");
  return advertise(deps.repositories, slots, callOf(request, std::move(repository), *service));
}

Response answerPost(const Deps& deps, GitSlots& slots, Request& request, const Place& place,
                    store::Repository repository) {
  const auto service = knownService(place.rest);
  if (!service) return notFound(place);
  const std::string expected = "application/x-git-" + *service + "-request";
  if (request.header("content-type") != expected)
    return plain(415, "the content type of a POST to " + place.rest + " is " + expected);
  GitCall call = callOf(request, std::move(repository), *service);
  const auto encoding = request.header("content-encoding");
  if (encoding == "gzip" || encoding == "x-gzip") {
    if (!call.body) return plain(400, "the body is empty, not gzip");
    call.body = std::make_shared<InflateReader>(
        call.body, *service == "upload-pack" ? kMostNegotiation : kMostPush);
  } else if (!encoding.empty() && encoding != "identity") {
    return plain(415, "a body may be encoded as gzip only");
  }
  return exchange(deps.repositories, slots, call);
}

Response answer(const Deps& deps, GitSlots& slots, Request& request) {
  const auto place = parsePlace(request.path);
  if (!place) return plain(404, "nothing is found at " + request.path.substr(0, 256));
  if (request.method != "GET" && request.method != "POST" && request.method != "HEAD") {
    Response refusal = plain(405, request.method + " is not possible on a git repository");
    refusal.headers["allow"] = "GET, HEAD, POST";
    return refusal;
  }
  auto repository = findRepository(deps, request, *place);
  if (!repository.ok()) {
    const ServiceError error = fromError(repository.error());
    return plain(error.httpStatus, error.message);
  }
  if (!*repository) return notFound(*place);
  return request.method == "POST"
             ? answerPost(deps, slots, request, *place, std::move(**repository))
             : answerGet(deps, slots, request, *place, std::move(**repository));
}

}  // namespace

void addGitRoutes(Router& router, const Deps& deps, GitSlots& slots) {
  const Handler handler = [deps, &slots](Request& request) { return answer(deps, slots, request); };
  router.addPath("", std::string(kRepositories), handler);
  router.addPath("", std::string(kRegions), handler);
}

}  // namespace kiln::api

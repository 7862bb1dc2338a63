#include "api/codecommit/repository_view.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "api/http/sigv4.h"
#include "api/model/timestamp.h"

namespace kiln::api::codecommit {

using nlohmann::json;

std::string gitPath(const Scope& scope, const std::string& name) {
  const std::string path = "/v1/repos/" + name;
  return scope.region == kDefaultRegion ? path : "/_kiln/regions/" + scope.region + path;
}

json toMetadata(const store::Repository& repository, const CallContext& context) {
  const Scope& scope = repository.scope;
  json metadata{{"accountId", scope.account},
                {"repositoryId", repository.id},
                {"repositoryName", repository.name},
                {"lastModifiedDate", toTimestamp(repository.lastModified)},
                {"creationDate", toTimestamp(repository.created)},
                {"cloneUrlHttp", "http://" + (context.host.empty() ? "localhost" : context.host) +
                                     gitPath(scope, repository.name)},
                {"cloneUrlSsh", "ssh://git-codecommit." + scope.region +
                                    ".amazonaws.com/v1/repos/" + repository.name},
                {"Arn", repository.arn()}};
  if (!repository.description.empty()) metadata["repositoryDescription"] = repository.description;
  if (!repository.defaultBranch.empty()) metadata["defaultBranch"] = repository.defaultBranch;
  if (!repository.kmsKeyId.empty()) metadata["kmsKeyId"] = repository.kmsKeyId;
  return metadata;
}

namespace {

// `1484167798 -0800`, as git writes it.
json toUser(const store::GitSignature& signature) {
  char zone[16];
  const int minutes = std::abs(signature.offsetMinutes);
  std::snprintf(zone, sizeof zone, "%c%02d%02d", signature.offsetMinutes < 0 ? '-' : '+',
                minutes / 60 % 100, minutes % 60);
  return {{"name", signature.name},
          {"email", signature.email},
          {"date", std::to_string(signature.seconds) + " " + zone}};
}

}  // namespace

json toCommit(const store::GitCommit& commit) {
  return {{"commitId", commit.id},
          {"treeId", commit.tree},
          {"parents", commit.parents},
          {"message", commit.message},
          {"author", toUser(commit.author)},
          {"committer", toUser(commit.committer)},
          {"additionalData", ""}};
}

}  // namespace kiln::api::codecommit

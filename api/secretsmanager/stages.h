// Staging labels: each is on one version at most, and AWSPREVIOUS follows AWSCURRENT. Pure functions of a Secret.
#pragma once

#include <set>
#include <string>

#include "api/secretsmanager/secret.h"

namespace kiln::api::secrets {

// Puts the label on the version (empty: on none) and takes it off the one that has it. When AWSCURRENT moves, the version that had it gets
// AWSPREVIOUS.
void moveStage(Secret& secret, const std::string& stage, const std::string& versionId);

// A new version with these labels. LimitExceededException when it cannot have them.
Refusal addVersion(Secret& secret, const std::string& versionId,
                   const std::set<std::string>& stages, TimePoint now);

// Takes out what deprecated versions are too many, older than a day and the oldest first: their ids. LimitExceededException when there
// are too many all the same.
Found<std::set<std::string>> trimVersions(Secret& secret, TimePoint now);

}  // namespace kiln::api::secrets

// The credentials for AWS services elsewhere that this program was started with. Read at start-up; any thread.
#pragma once

#include <map>
#include <string>

namespace kiln::cli {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, those that are set.
std::map<std::string, std::string> awsEnvironment();

}  // namespace kiln::cli

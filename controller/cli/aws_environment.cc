#include "controller/cli/aws_environment.h"

#include <cstdlib>

namespace kiln::cli {

std::map<std::string, std::string> awsEnvironment() {
  std::map<std::string, std::string> found;
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
    if (const char* value = std::getenv(name)) found[name] = value;
  }
  return found;
}

}  // namespace kiln::cli

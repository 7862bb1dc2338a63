#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/codebuild/families.h"

namespace kiln::api {
namespace {

using nlohmann::json;

struct Image {
  std::string platform;
  std::string language;
  std::string name;
  std::string description;
};

// What CodeBuild maintains now and what it still accepts (facts §8.6).
std::vector<Image> images() {
  std::vector<Image> list;
  auto add = [&](const char* platform, const char* language, const std::string& name,
                 const char* description) {
    list.push_back({platform, language, "aws/codebuild/" + name, description});
  };
  for (const char* version : {"5.0", "6.0", "7.0", "8.0"}) {
    add("UBUNTU", "BASE", std::string("standard:") + version,
        "AWS CodeBuild - Docker image for Ubuntu");
  }
  for (const char* version : {"4.0", "5.0", "6.0", "corretto8", "corretto11"}) {
    add("AMAZON_LINUX", "BASE", std::string("amazonlinux-x86_64-standard:") + version,
        "AWS CodeBuild - Docker image for Amazon Linux x86_64");
  }
  for (const char* version : {"2.0", "3.0", "4.0"}) {
    add("AMAZON_LINUX", "BASE", std::string("amazonlinux-aarch64-standard:") + version,
        "AWS CodeBuild - Docker image for Amazon Linux aarch64");
  }
  struct Lambda {
    const char* language;
    std::vector<const char*> versions;
  };
  const std::vector<Lambda> lambdas = {{"JAVA", {"corretto11", "corretto17", "corretto21"}},
                                       {"DOTNET", {"dotnet6", "dotnet8"}},
                                       {"GOLANG", {"go1.21"}},
                                       {"NODE_JS", {"nodejs18", "nodejs20"}},
                                       {"PYTHON", {"python3.11", "python3.12"}},
                                       {"RUBY", {"ruby3.2"}}};
  for (const Lambda& lambda : lambdas) {
    for (const char* version : lambda.versions) {
      for (const char* arch : {"x86_64", "aarch64"}) {
        add("AMAZON_LINUX", lambda.language,
            std::string("amazonlinux-") + arch + "-lambda-standard:" + version,
            "AWS CodeBuild - Docker image for Lambda compute");
      }
    }
  }
  for (const char* version : {"2019-1.0", "2019-2.0", "2019-3.0", "2022-1.0"}) {
    add("WINDOWS_SERVER", "BASE", std::string("windows-base:") + version,
        "AWS CodeBuild - Docker image for Windows Server");
  }
  return list;
}

json& childOf(json& list, const char* member, const std::string& value, const char* children) {
  for (json& one : list) {
    if (one.at(member) == value) return one[children];
  }
  list.push_back({{member, value}, {children, json::array()}});
  return list.back()[children];
}

json curatedImages() {
  json platforms = json::array();
  for (const Image& image : images()) {
    json& languages = childOf(platforms, "platform", image.platform, "languages");
    json& group = childOf(languages, "language", image.language, "images");
    group.push_back({{"name", image.name},
                     {"description", image.description},
                     {"versions", json::array({image.name})}});
  }
  return {{"platforms", std::move(platforms)}};
}

}  // namespace

void addImageOperations(Operations& operations) {
  operations["ListCuratedEnvironmentImages"] =
      [answer = curatedImages()](const json&, const CallContext&) -> Result<json, ServiceError> {
    return answer;
  };
}

}  // namespace kiln::api

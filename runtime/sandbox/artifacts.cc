#include "runtime/sandbox/artifacts.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace kiln::runtime {
namespace {

using nlohmann::json;

constexpr std::size_t kFieldsOfAnArtifact = 5;

CollectedArtifact readCollected(const json& in) {
  return {in.at("identifier").get<std::string>(), in.at("directory").get<std::string>(),
          in.at("name").get<std::string>(), in.at("s3Prefix").get<std::string>(),
          in.at("files").get<std::uint64_t>()};
}

UploadedArtifact readUploaded(const json& in) {
  return {in.at("identifier").get<std::string>(), in.at("location").get<std::string>(),
          in.at("md5sum").get<std::string>(), in.at("sha256sum").get<std::string>()};
}

UploadedArtifacts readAll(const json& in) {
  UploadedArtifacts out;
  for (const json& one : in.at("artifacts")) out.artifacts.push_back(readUploaded(one));
  if (in.contains("failure")) {
    out.failure = PhaseContext{in["failure"].at("statusCode").get<std::string>(),
                               in["failure"].at("message").get<std::string>()};
  }
  return out;
}

std::string text(const json& out) {
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Error corrupt(const std::string& what) {
  return {Code::kCorrupt, "reading what is kept of a build's artifacts: " + what};
}

}  // namespace

Result<CollectedArtifacts> collectedArtifacts(const agent::Record& record) {
  const auto fields = record.fields();
  if (record.type != agent::RecordType::kArtifacts || fields.size() % kFieldsOfAnArtifact != 0)
    return corrupt("the agent's record has " + std::to_string(fields.size()) + " fields");
  CollectedArtifacts all;
  for (std::size_t i = 0; i < fields.size(); i += kFieldsOfAnArtifact) {
    const std::string& digits = fields[i + 4];
    CollectedArtifact one{fields[i], fields[i + 1], fields[i + 2], fields[i + 3]};
    const char* const last = digits.data() + digits.size();
    if (const auto [end, wrong] = std::from_chars(digits.data(), last, one.files);
        wrong != std::errc() || end != last)
      return corrupt("the agent counted \"" + digits + "\" files");
    all.push_back(std::move(one));
  }
  return all;
}

std::string encode(const CollectedArtifacts& collected) {
  json out = json::array();
  for (const auto& one : collected) {
    out.push_back({{"identifier", one.identifier},
                   {"directory", one.directory},
                   {"name", one.name},
                   {"s3Prefix", one.s3Prefix},
                   {"files", one.files}});
  }
  return text(out);
}

Result<CollectedArtifacts> decodeCollectedArtifacts(std::string_view encoded) {
  try {
    CollectedArtifacts all;
    for (const json& one : json::parse(encoded)) all.push_back(readCollected(one));
    return all;
  } catch (const json::exception& e) {
    return corrupt(e.what());
  }
}

std::string encode(const UploadedArtifacts& uploaded) {
  json out = {{"artifacts", json::array()}};
  for (const auto& one : uploaded.artifacts) {
    out["artifacts"].push_back({{"identifier", one.identifier},
                                {"location", one.location},
                                {"md5sum", one.md5sum},
                                {"sha256sum", one.sha256sum}});
  }
  if (uploaded.failure) {
    out["failure"] = {{"statusCode", uploaded.failure->statusCode},
                      {"message", uploaded.failure->message}};
  }
  return text(out);
}

Result<UploadedArtifacts> decodeUploadedArtifacts(std::string_view encoded) {
  try {
    return readAll(json::parse(encoded));
  } catch (const json::exception& e) {
    return corrupt(e.what());
  }
}

}  // namespace kiln::runtime

#include "store/records/build_state_json.h"

#include <nlohmann/json.hpp>

namespace kiln::store {
namespace {

using nlohmann::json;

json writePhase(const PhaseRecord& record) {
  json out = {{"phase", name(record.phase)}, {"start", toUnixMillis(record.start)}};
  if (record.end) out["end"] = toUnixMillis(*record.end);
  if (record.status) out["status"] = name(*record.status);
  if (record.context) {
    out["context"] = {{"statusCode", record.context->statusCode},
                      {"message", record.context->message}};
  }
  return out;
}

std::optional<PhaseRecord> readPhase(const json& in) {
  auto phase = phaseFromName(in.at("phase").get<std::string>());
  if (!phase) return std::nullopt;
  PhaseRecord record;
  record.phase = *phase;
  record.start = fromUnixMillis(in.at("start").get<std::int64_t>());
  if (in.contains("end")) record.end = fromUnixMillis(in["end"].get<std::int64_t>());
  if (in.contains("status")) {
    record.status = phaseStatusFromName(in["status"].get<std::string>());
    if (!record.status) return std::nullopt;
  }
  if (in.contains("context")) {
    record.context = PhaseContext{in["context"].at("statusCode").get<std::string>(),
                                  in["context"].at("message").get<std::string>()};
  }
  return record;
}

void putText(json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

json writeArtifact(const UploadedArtifact& artifact) {
  json out = {{"location", artifact.location}};
  putText(out, "identifier", artifact.identifier);
  putText(out, "md5sum", artifact.md5sum);
  putText(out, "sha256sum", artifact.sha256sum);
  return out;
}

UploadedArtifact readArtifact(const json& in) {
  return {in.value("identifier", ""), in.at("location").get<std::string>(), in.value("md5sum", ""),
          in.value("sha256sum", "")};
}

Result<BuildState> readState(const json& in) {
  BuildState state;
  for (const json& phase : in.at("phases")) {
    auto record = readPhase(phase);
    if (!record) return Error{Code::kCorrupt, "status has an unknown phase: " + phase.dump()};
    state.phases.push_back(std::move(*record));
  }
  if (state.phases.empty()) return Error{Code::kCorrupt, "status has no phases"};
  auto outcome = buildStatusFromName(in.at("outcome").get<std::string>());
  if (!outcome) return Error{Code::kCorrupt, "status has an unknown outcome"};
  state.outcome = *outcome;
  state.sourceDirectory = in.value("sourceDirectory", "");
  state.resolvedImage = in.value("resolvedImage", "");
  state.sourcesFetched = in.value("sourcesFetched", false);
  state.resolvedSourceVersion = in.value("resolvedSourceVersion", "");
  state.nextAutoRetry = in.value("nextAutoRetry", "");
  state.artifactsCollected = in.value("artifactsCollected", false);
  for (const json& artifact : in.value("artifacts", json::array()))
    state.artifacts.push_back(readArtifact(artifact));
  for (const json& variable : in.value("exportedVariables", json::array())) {
    state.exportedVariables.push_back(
        {variable.at("name").get<std::string>(), variable.at("value").get<std::string>()});
  }
  return state;
}

}  // namespace

Result<BuildState> parseBuildState(std::string_view text) {
  try {
    return readState(json::parse(text));
  } catch (const json::exception& e) {
    return Error{Code::kCorrupt, std::string("status: ") + e.what()};
  }
}

std::string writeBuildState(const BuildState& state) {
  json out = {{"phases", json::array()}, {"outcome", name(state.outcome)}};
  for (const PhaseRecord& record : state.phases) out["phases"].push_back(writePhase(record));
  putText(out, "sourceDirectory", state.sourceDirectory);
  putText(out, "resolvedImage", state.resolvedImage);
  if (state.sourcesFetched) out["sourcesFetched"] = true;
  putText(out, "resolvedSourceVersion", state.resolvedSourceVersion);
  putText(out, "nextAutoRetry", state.nextAutoRetry);
  if (state.artifactsCollected) out["artifactsCollected"] = true;
  for (const UploadedArtifact& artifact : state.artifacts)
    out["artifacts"].push_back(writeArtifact(artifact));
  for (const ExportedVariable& variable : state.exportedVariables) {
    out["exportedVariables"].push_back({{"name", variable.name}, {"value", variable.value}});
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace kiln::store

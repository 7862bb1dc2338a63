#include "runtime/sandbox/delivered_sources.h"

#include <nlohmann/json.hpp>

namespace kiln::runtime {
namespace {

using nlohmann::json;

DeliveredSources read(const json& in) {
  DeliveredSources out;
  for (const json& one : in.at("sources")) {
    out.sources.push_back({one.at("identifier").get<std::string>(),
                           one.at("arrivedAt").get<std::string>(),
                           one.at("resolvedVersion").get<std::string>()});
  }
  if (in.contains("buildspec")) out.buildspec = in["buildspec"].get<std::string>();
  out.buildspecLocation = in.at("buildspecLocation").get<std::string>();
  if (in.contains("failure")) {
    out.failure = PhaseContext{in["failure"].at("statusCode").get<std::string>(),
                               in["failure"].at("message").get<std::string>()};
  }
  return out;
}

}  // namespace

std::string encode(const DeliveredSources& delivered) {
  json out = {{"sources", json::array()}, {"buildspecLocation", delivered.buildspecLocation}};
  for (const auto& one : delivered.sources) {
    out["sources"].push_back({{"identifier", one.identifier},
                              {"arrivedAt", one.arrivedAt},
                              {"resolvedVersion", one.resolvedVersion}});
  }
  if (delivered.buildspec) out["buildspec"] = *delivered.buildspec;
  if (delivered.failure) {
    out["failure"] = {{"statusCode", delivered.failure->statusCode},
                      {"message", delivered.failure->message}};
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<DeliveredSources> decodeDeliveredSources(std::string_view text) {
  try {
    return read(json::parse(text));
  } catch (const json::exception& e) {
    return Error{Code::kCorrupt, std::string("reading what the sources' job left: ") + e.what()};
  }
}

}  // namespace kiln::runtime

#include "store/logs/log_records.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kiln::store {
namespace {

using nlohmann::json;

constexpr std::int64_t kDayMillis = 24LL * 3600 * 1000;

std::string scoped(std::string_view index, const Scope& scope) {
  return std::string(index) + scope.account + "/" + scope.region + "/";
}

ResourceKey dataOf(const Scope& scope, const std::string& uid) { return {"log-data", scope, uid}; }

std::string arnOf(const Scope& scope, const std::string& rest) {
  return "arn:aws:logs:" + scope.region + ":" + scope.account + ":log-group:" + rest;
}

template <typename Read>
auto parsed(std::string_view text, const std::string& what, Read read)
    -> Result<decltype(read(json()))> {
  try {
    return read(json::parse(text));
  } catch (const json::exception& e) {
    return Error{Code::kCorrupt, "reading " + what + " from the store: " + e.what()};
  }
}

template <typename T>
void putIf(json& object, const char* name, const std::optional<T>& value) {
  if (value) object[name] = *value;
}

template <typename T>
void getIf(const json& object, const char* name, std::optional<T>& value) {
  if (auto at = object.find(name); at != object.end()) value = at->get<T>();
}

}  // namespace

ResourceKey LogGroup::keyOf(const Scope& scope, std::string_view name) {
  return {"log-group", scope, std::string(name)};
}
ResourceKey LogGroup::data() const { return dataOf(scope, uid); }
std::string LogGroup::arn() const { return arnOf(scope, name); }

std::int64_t LogGroup::expiry(std::int64_t nowMillis) const {
  return retentionInDays ? std::max<std::int64_t>(nowMillis - *retentionInDays * kDayMillis, 0) : 0;
}

ResourceKey LogStream::keyOf(const Scope& scope, std::string_view groupUid, std::string_view name) {
  return {"log-stream", scope, std::string(groupUid) + "/" + std::string(name)};
}
ResourceKey LogStream::data() const { return dataOf(scope, uid); }
ResourceKey LogStream::groupData() const { return dataOf(scope, groupUid); }
std::string LogStream::arn() const { return arnOf(scope, group + ":log-stream:" + name); }

Resource toResource(const LogGroup& group) {
  json spec{{"uid", group.uid}, {"created", group.creationTime}, {"class", group.logClass}};
  putIf(spec, "retention", group.retentionInDays);
  if (!group.kmsKeyId.empty()) spec["kmsKeyId"] = group.kmsKeyId;
  if (!group.tags.empty()) spec["tags"] = group.tags;
  if (group.deletionProtected) spec["protected"] = true;
  Resource resource;
  resource.meta.key = group.key();
  resource.meta.resourceVersion = group.resourceVersion;
  resource.meta.indexKeys = {logGroupsIndex(group.scope) + group.name};
  resource.spec = spec.dump();
  resource.status = "{}";
  return resource;
}

Resource toResource(const LogStream& stream) {
  Resource resource;
  resource.meta.key = stream.key();
  resource.meta.resourceVersion = stream.resourceVersion;
  resource.meta.ownerRef = stream.group;
  resource.meta.indexKeys = {logStreamsIndex(stream.scope, stream.groupUid) + stream.name};
  resource.spec = json{{"uid", stream.uid}, {"created", stream.creationTime}}.dump();
  resource.status = "{}";
  return resource;
}

Result<LogGroup> toLogGroup(const Resource& resource) {
  const auto& key = resource.meta.key;
  return parsed(resource.spec, "log group " + key.name, [&](const json& spec) {
    LogGroup group{.scope = key.scope,
                   .name = key.name,
                   .uid = spec.at("uid").get<std::string>(),
                   .creationTime = spec.at("created").get<std::int64_t>(),
                   .logClass = spec.at("class").get<std::string>(),
                   .retentionInDays = {},
                   .kmsKeyId = spec.value("kmsKeyId", ""),
                   .tags = {},
                   .deletionProtected = spec.value("protected", false),
                   .resourceVersion = resource.meta.resourceVersion};
    getIf(spec, "retention", group.retentionInDays);
    if (auto tags = spec.find("tags"); tags != spec.end()) tags->get_to(group.tags);
    return group;
  });
}

Result<LogStream> toLogStream(const Resource& resource) {
  const auto& key = resource.meta.key;
  return parsed(resource.spec, "log stream " + key.name, [&](const json& spec) {
    const auto slash = key.name.find('/');
    return LogStream{.scope = key.scope,
                     .group = resource.meta.ownerRef,
                     .groupUid = key.name.substr(0, slash),
                     .name = key.name.substr(slash + 1),
                     .uid = spec.at("uid").get<std::string>(),
                     .creationTime = spec.at("created").get<std::int64_t>(),
                     .resourceVersion = resource.meta.resourceVersion};
  });
}

std::string encode(const StreamFigures& figures) {
  json text{{"next", figures.nextSequence}, {"bytes", figures.bytes}, {"levels", figures.levels}};
  putIf(text, "first", figures.firstEvent);
  putIf(text, "last", figures.lastEvent);
  putIf(text, "ingested", figures.lastIngestion);
  return text.dump();
}

Result<StreamFigures> decodeFigures(std::string_view text) {
  return parsed(text, "a log stream's figures", [](const json& object) {
    StreamFigures figures;
    object.at("next").get_to(figures.nextSequence);
    object.at("bytes").get_to(figures.bytes);
    object.at("levels").get_to(figures.levels);
    getIf(object, "first", figures.firstEvent);
    getIf(object, "last", figures.lastEvent);
    getIf(object, "ingested", figures.lastIngestion);
    return figures;
  });
}

// A stream without events comes first.
std::string byTimeNote(const StreamFigures& figures, std::string_view stream) {
  std::string note(kByTimePrefix);
  const auto time = figures.lastEvent ? static_cast<std::uint64_t>(*figures.lastEvent) + 1 : 0;
  for (int shift = 56; shift >= 0; shift -= 8) note.push_back(static_cast<char>(time >> shift));
  return note.append(stream);
}

std::string_view streamOfByTimeNote(std::string_view note) {
  return note.substr(kByTimePrefix.size() + 8);
}

std::string logGroupsIndex(const Scope& scope) { return scoped(kAllLogGroupsIndex, scope); }

std::string logStreamsIndex(const Scope& scope, std::string_view groupUid) {
  return scoped("log-streams/", scope) + std::string(groupUid) + "/";
}

Resource logGarbage(const ResourceKey& data, bool groupsOwn) {
  Resource resource;
  resource.meta.key = data;
  resource.meta.indexKeys = {std::string(kLogGarbageIndex) + data.name};
  resource.spec = json{{"group", groupsOwn}}.dump();
  resource.status = "{}";
  return resource;
}

bool isGroupsOwn(const Resource& garbage) {
  const auto spec = json::parse(garbage.spec, nullptr, false);
  return spec.is_object() && spec.value("group", false);
}

}  // namespace kiln::store

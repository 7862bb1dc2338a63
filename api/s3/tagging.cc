// Tags and ACL of an object.
#include <nlohmann/json.hpp>

#include "api/s3/acl.h"
#include "api/s3/objects.h"

namespace kiln::api::s3 {
namespace {

using nlohmann::json;

constexpr std::size_t kMostTags = 10;

S3Result<store::ObjectInfo> findAsked(const Call& call) {
  auto versionId = versionOf(call);
  if (!versionId.ok()) return versionId.error();
  return findObject(call, call.object(), *versionId);
}

Reply withVersion(const store::ObjectInfo& info, json output = json::object()) {
  if (info.versionId != store::kNullVersion) output["VersionId"] = info.versionId;
  return Reply(std::move(output));
}

// Changes the attributes of the asked version, which must be there.
S3Result<Reply> change(const Call& call, const std::function<void(Attributes&)>& edit) {
  auto info = findAsked(call);
  if (!info.ok()) return info.error();
  const auto changed = call.deps.objects.changeAttributes(
      call.object(), info->versionId,
      [&edit](const store::ObjectInfo& found) -> Result<std::string> {
        Attributes attributes = attributesOf(found.attributes);
        edit(attributes);
        return toText(attributes);
      },
      nullptr);
  if (changed.ok()) return withVersion(*changed);
  if (changed.error().code == Code::kNotFound) return noSuchKey(call.key);
  return fromStore(changed.error(), call.bucket);
}

S3Result<Reply> getTagging(const Call& call) {
  auto info = findAsked(call);
  if (!info.ok()) return info.error();
  return withVersion(*info, {{"TagSet", toTagSet(attributesOf(info->attributes).tags)}});
}

S3Result<Reply> putTagging(const Call& call) {
  auto tags = tagsOfBody(call.input.at("Tagging"), kMostTags);
  if (!tags.ok()) return tags.error();
  return change(call, [&tags](Attributes& attributes) { attributes.tags = *tags; });
}

S3Result<Reply> deleteTagging(const Call& call) {
  return change(call, [](Attributes& attributes) { attributes.tags.clear(); });
}

S3Result<Reply> getObjectAcl(const Call& call) {
  auto info = findAsked(call);
  if (!info.ok()) return info.error();
  return Reply(aclShown(attributesOf(info->attributes).acl, call.request.scope.account));
}

S3Result<Reply> putObjectAcl(const Call& call) {
  auto acl = putAclOf(call);
  if (!acl.ok()) return acl.error();
  auto changed = change(call, [&acl](Attributes& attributes) { attributes.acl = *acl; });
  if (!changed.ok()) return changed.error();
  return Reply();
}

}  // namespace

void addTagging(Operations& operations) {
  operations["GetObjectTagging"] = getTagging;
  operations["PutObjectTagging"] = putTagging;
  operations["DeleteObjectTagging"] = deleteTagging;
  operations["GetObjectAcl"] = getObjectAcl;
  operations["PutObjectAcl"] = putObjectAcl;
}

}  // namespace kiln::api::s3

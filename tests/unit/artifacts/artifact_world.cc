#include "tests/unit/artifacts/artifact_world.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "runtime/source/archive_reader.h"
#include "store/rocks/rocks_store.h"
#include "tests/unit/http/raw_client.h"

namespace kiln::runtime {

std::vector<ZippedEntry> entriesOfZip(const std::string& zip) {
  const api::OwnDirectory directory;
  const auto path = directory.path() / "a.zip";
  std::ofstream(path, std::ios::binary) << zip;
  auto reader = ArchiveReader::open(path);
  if (!reader.ok()) return {{.name = reader.error().what}};
  std::vector<ZippedEntry> entries;
  while (true) {
    auto raw = (*reader)->next();
    if (!raw.ok()) return {{.name = raw.error().what}};
    if (!*raw) return entries;
    ZippedEntry entry{.name = (*raw)->name,
                      .mode = (*raw)->mode,
                      .modified = (*raw)->modified,
                      .content = {},
                      .target = (*raw)->target};
    for (auto bytes = (*reader)->data(); bytes.ok() && !bytes->empty(); bytes = (*reader)->data())
      entry.content.append(*bytes);
    entries.push_back(std::move(entry));
  }
}

std::vector<std::string> namesOf(const std::vector<ZippedEntry>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string bytes;
  bytes.reserve(size + 8);
  while (bytes.size() < size) {
    const auto value = random();
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  bytes.resize(size);
  return bytes;
}

ArtifactTest::ArtifactTest() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
  store_ = *store::openRocksStore({.directory = "/kiln", .feedWindow = 1'000, .env = env_.get()});
  objects_ = *store::openObjectStore({.directory = directory_.path() / "objects"}, *store_, clock_);
  service_ = std::make_unique<api::s3::S3Service>(*objects_, clock_);
  router_.setFallback([this](api::Request& request) { return service_->handle(request); },
                      &api::s3::S3Service::claims);
  server_ = std::make_unique<api::HttpServer>(router_, "000000000000", 4);
  settings_.server.host = "127.0.0.1";
  settings_.server.port = api::freePort();
  const auto started = server_->start(settings_.server.host, settings_.server.port);
  if (!started) throw std::runtime_error(started.error().message);
  restart();
}

ArtifactTest::~ArtifactTest() { server_->stop(); }

void ArtifactTest::restart() {
  artifacts_.reset();
  aws_ = std::make_unique<AwsClient>(
      clock_, AwsClientOptions{.attempts = 2, .backoffBase = Millis(1), .backoffCap = Millis(2)});
  endpoints_ = std::make_unique<Endpoints>(settings_, std::map<std::string, std::string>{});
  artifacts_ =
      std::make_unique<S3Artifacts>(container_, *aws_, *endpoints_, directory_.path() / "spool");
}

void ArtifactTest::useS3At(const std::string& url) {
  settings_.s3.endpoint = url;
  restart();
}

Build ArtifactTest::build(std::vector<ArtifactOutput> outputs) {
  Build made;
  made.id = {kArtifactScope, "p", kBuildUuid};
  made.spec.artifacts = std::move(outputs);
  made.spec.encryptionKey = encryptionKey_;
  return made;
}

Result<UploadedArtifacts> ArtifactTest::upload(const Build& build,
                                               const CollectedArtifacts& collected) {
  return artifacts_->upload(build, collected, stop_.get_token(),
                            [this](const std::string& line) { progress_.push_back(line); });
}

Result<UploadedArtifacts> ArtifactTest::uploadStaged(const ArtifactOutput& output) {
  return upload(build({output}), {{output.identifier, "/staged", "", "", 1}});
}

std::string ArtifactTest::failureOf(const Build& build, const CollectedArtifacts& collected) {
  auto uploaded = upload(build, collected);
  if (!uploaded.ok()) return "host: " + uploaded.error().message;
  if (!uploaded->failure) return "";
  return uploaded->failure->statusCode + ": " + uploaded->failure->message;
}

S3Client ArtifactTest::client() {
  return {*aws_, endpoints_->resolve(AwsService::kS3, kArtifactScope)};
}

AwsReply ArtifactTest::s3(const std::string& method, const std::string& path,
                          const std::string& body, NameValues query) {
  AwsCall call{.service = "s3",
               .attempted = method + " " + path,
               .method = method,
               .path = path,
               .query = std::move(query),
               .body = body};
  auto reply = aws_->call(endpoints_->resolve(AwsService::kS3, kArtifactScope), call);
  if (!reply.ok()) {
    ADD_FAILURE() << reply.error().message;
    return {};
  }
  return *reply;
}

void ArtifactTest::makeBucket(const std::string& name, const std::string& region) {
  auto endpoint = endpoints_->resolve(AwsService::kS3, kArtifactScope);
  endpoint.region = region;
  AwsCall call{.service = "s3", .attempted = "CreateBucket", .method = "PUT", .path = "/" + name};
  call.body = "<CreateBucketConfiguration><LocationConstraint>" + region +
              "</LocationConstraint></CreateBucketConfiguration>";
  if (region == "us-east-1") call.body.clear();
  const auto made = aws_->call(endpoint, call);
  ASSERT_TRUE(made.ok()) << made.error().message;
}

std::string ArtifactTest::object(const std::string& bucket, const std::string& key) {
  std::string bytes;
  auto got = client().get({bucket, key}, std::nullopt, [&](std::string_view more) {
    bytes.append(more);
    return okStatus();
  });
  EXPECT_TRUE(got.ok()) << bucket << "/" << key;
  return bytes;
}

NameValues ArtifactTest::headersOf(const std::string& bucket, const std::string& key) {
  return s3("HEAD", "/" + bucket + "/" + key).headers;
}

std::string ArtifactTest::headerOf(const std::string& bucket, const std::string& key,
                                   const std::string& name) {
  for (const auto& [known, value] : headersOf(bucket, key)) {
    if (known == name) return value;
  }
  return "";
}

std::vector<std::string> ArtifactTest::keysIn(const std::string& bucket) {
  auto page = client().list(bucket, {});
  std::vector<std::string> keys;
  if (!page.ok()) return {page.error().message};
  for (const auto& one : page->objects) keys.push_back(one.key);
  return keys;
}

std::vector<std::string> ArtifactTest::spools() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "spool"))
    names.push_back(entry.path().filename());
  return names;
}

}  // namespace kiln::runtime

#include "tests/unit/source/source_world.h"

#include <stdlib.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace kiln::runtime {
namespace {

constexpr std::size_t kObjectsInPage = 2;

ObjectError s3Refusal(const std::string& code, const std::string& message, int status) {
  return {S3Answer{code, message, status, "REQ", "HOST"}, {}};
}

}  // namespace

ObjectResult<const std::string*> MemoryObjects::find(const ObjectName& name) const {
  if (name.bucket == "denied") return s3Refusal("AccessDenied", "Access Denied", 403);
  if (name.bucket == "down") return ObjectError{std::nullopt, {Code::kUnavailable, "no answer"}};
  const auto bucket = buckets_.find(name.bucket);
  if (bucket == buckets_.end())
    return s3Refusal("NoSuchBucket", "The specified bucket does not exist", 404);
  const auto object = bucket->second.find(name.key);
  if (object == bucket->second.end())
    return s3Refusal("NoSuchKey", "The specified key does not exist.", 404);
  if (name.versionId.empty()) return &object->second.back();
  const auto version = static_cast<std::size_t>(std::stoi(name.versionId.substr(1)));
  if (version > object->second.size())
    return s3Refusal("NoSuchVersion", "The specified version does not exist.", 404);
  return &object->second[version - 1];
}

ObjectResult<ObjectInfo> MemoryObjects::head(const Scope&, const ObjectName& name,
                                             std::stop_token) {
  auto found = find(name);
  if (!found) return found.error();
  return ObjectInfo{static_cast<std::int64_t>((*found)->size()), name.versionId, {}};
}

ObjectResult<ObjectInfo> MemoryObjects::get(const Scope&, const ObjectName& name,
                                            const std::function<Status(std::string_view)>& sink,
                                            std::stop_token) {
  auto found = find(name);
  if (!found) return found.error();
  for (std::string_view rest = **found; !rest.empty();
       rest.remove_prefix(std::min<std::size_t>(rest.size(), 100'000))) {
    if (auto taken = sink(rest.substr(0, 100'000)); !taken)
      return ObjectError{std::nullopt, taken.error()};
  }
  return ObjectInfo{static_cast<std::int64_t>((*found)->size()), name.versionId, {}};
}

ObjectResult<ObjectPage> MemoryObjects::list(const Scope&, const std::string& bucket,
                                             const std::string& prefix, const std::string& token,
                                             std::stop_token) {
  if (bucket == "denied") return s3Refusal("AccessDenied", "Access Denied", 403);
  ObjectPage page;
  for (const auto& [key, versions] : buckets_[bucket]) {
    if (!key.starts_with(prefix) || (!token.empty() && key <= token)) continue;
    if (page.objects.size() == kObjectsInPage) {
      page.next = page.objects.back().key;
      break;
    }
    page.objects.push_back({key, static_cast<std::int64_t>(versions.back().size()),
                            fromUnixMillis(1'700'000'000'000)});
  }
  return page;
}

std::string shell(const std::string& command) {
  std::FILE* pipe = popen(("exec 2>&1; " + command).c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), got);
  EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
  return output;
}

std::string fileText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

SourceTest::SourceTest() {
  std::string name = (std::filesystem::temp_directory_path() / "kiln-source-XXXXXX").string();
  directory_ = mkdtemp(name.data());
}

SourceTest::~SourceTest() {
  fetcher_.reset();
  std::filesystem::remove_all(directory_);
}

SourceFetcher& SourceTest::fetcher() {
  if (!fetcher_) {
    SourceWorld world{
        .clock = clock_,
        .objects = objects_,
        .codecommit = [this](const std::string&) { return CodeCommitPlace{.url = endpoint_}; },
        .mapUrl = {}};
    fetcher_ = std::make_unique<SourceFetcher>(directory_ / "tmp", limits_, std::move(world));
  }
  return *fetcher_;
}

SourceResult<std::unique_ptr<FetchedSource>> SourceTest::fetch(const SourceSpec& spec) {
  return fetcher().fetch(spec, {"000000000000", "us-east-1"}, stop_.get_token(),
                         [this](const std::string& line) { progress_.push_back(line); });
}

std::filesystem::path SourceTest::unpacked(FetchedSource& source, const std::string& prefix) {
  const auto around = directory_ / ("tree" + std::to_string(++trees_));
  const auto tree = around / "in";
  std::filesystem::create_directories(tree);
  std::ofstream(around / "canary") << "alive";
  const auto tarPath = directory_ / "tree.tar";
  std::ofstream tar(tarPath, std::ios::binary);
  auto stream = source.tar(prefix);
  for (;;) {
    auto chunk = stream();
    EXPECT_TRUE(chunk.ok()) << (chunk.ok() ? "" : chunk.error().message);
    if (!chunk.ok() || chunk->empty()) break;
    tar << *chunk;
  }
  tar.close();
  shell("tar -xpf '" + tarPath.string() + "' -C '" + tree.string() + "'");
  EXPECT_EQ(fileText(around / "canary"), "alive");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(around), {}), 2);
  return tree;
}

std::filesystem::path SourceTest::unpackedOf(const SourceSpec& spec) {
  auto source = fetch(spec);
  EXPECT_TRUE(source.ok()) << (source.ok()              ? ""
                               : source.error().context ? source.error().context->message
                                                        : source.error().error.message);
  return source.ok() ? unpacked(**source) : std::filesystem::path();
}

std::string SourceTest::failureOf(const SourceSpec& spec) {
  auto source = fetch(spec);
  if (source.ok()) return "";
  const auto& error = source.error();
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "tmp"));
  return error.context ? error.context->statusCode + ": " + error.context->message
                       : "host: " + error.error.message;
}

}  // namespace kiln::runtime

#include "config/settings_table.h"

#include <algorithm>
#include <cctype>

#include "config/setting_kinds.h"
#include "config/values.h"
#include "controller/core/result.h"

namespace kiln::config {
namespace {

constexpr std::int64_t kKibibyte = 1 << 10;
constexpr std::int64_t kMebibyte = 1 << 20;
constexpr std::int64_t kTebibyte = std::int64_t{1} << 40;

bool isEngineHost(const std::string& text) {
  if (text.empty()) return true;
  if (text.starts_with("unix:///")) return text.size() > 8;
  return text.starts_with("tcp://") && isHttpUrl("http://" + text.substr(6)) &&
         text.find_first_of("/@?#", 6) == std::string::npos;
}

bool isAccount(const std::string& text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isWord(const std::string& text) {
  return !text.empty() && text.find_first_of(" \t\r\n,=") == std::string::npos;
}

Setting dataDirectory() {
  auto apply = [](Settings& settings, const RawValue& raw) {
    const auto* given = textOf(raw);
    if (given != nullptr) settings.store.directory = *given;
    return given != nullptr;
  };
  auto show = [](const Settings& settings) { return quoted(settings.store.directory.string()); };
  return {"store.directory",
          "path",
          "a directory, made when missing; a leading ~/ is the home directory",
          "data directory; empty: $XDG_DATA_HOME/kiln or ~/.local/share/kiln",
          Secrecy::kPublic,
          apply,
          show};
}

Setting images() {
  auto apply = [](Settings& settings, const RawValue& raw) {
    auto pairs = textOf(raw) != nullptr ? splitPairs(*textOf(raw)) : std::nullopt;
    if (const auto* given = std::get_if<Pairs>(&raw)) pairs = *given;
    if (!pairs) return false;
    auto good = [](const auto& pair) { return isWord(pair.first) && isWord(pair.second); };
    if (!std::all_of(pairs->begin(), pairs->end(), good)) return false;
    for (auto& [from, to] : *pairs) settings.engine.images.insert_or_assign(from, to);
    return true;
  };
  auto show = [](const Settings& settings) {
    std::string out;
    for (const auto& [from, to] : settings.engine.images) {
      out += (out.empty() ? "" : ", ") + quoted(from) + ": " + quoted(to);
    }
    return "{" + out + "}";
  };
  return {"engine.images",
          "mapping",
          "image: image; in the environment and in flags image=image,image=image",
          "image names and what is used instead; a later source adds to an earlier one",
          Secrecy::kPublic,
          apply,
          show};
}

Setting callbacks() {
  auto apply = [](Settings& settings, const RawValue& raw) {
    std::vector<std::string> urls;
    if (const auto* given = textOf(raw))
      urls = splitList(*given);
    else if (const auto* list = std::get_if<std::vector<std::string>>(&raw))
      urls = *list;
    else
      return false;
    if (!std::all_of(urls.begin(), urls.end(), isHttpUrl)) return false;
    settings.events.callbacks = std::move(urls);
    return true;
  };
  auto show = [](const Settings& settings) {
    std::string out;
    for (const auto& url : settings.events.callbacks)
      out += (out.empty() ? "" : ", ") + quoted(url);
    return "[" + out + "]";
  };
  return {"events.callbacks",
          "list",
          "http:// or https:// URLs; in the environment and in flags separated by commas",
          "where every event is posted to",
          Secrecy::kUrl,
          apply,
          show};
}

#define KILN_AT(member) ([](auto& s) -> auto& { return s.member; })
#define KILN_AT_PART(member) ([at](auto& s) -> auto& { return at(s).member; })

void addServer(std::vector<Setting>& table) {
  auto url = [](const std::string& t) { return t.empty() || isHttpUrl(t); };
  table.push_back(text("account", "12 digits", "the AWS account that everything belongs to",
                       KILN_AT(account), isAccount));
  table.push_back(text("server.host", "an address or a host name", "where the API listens",
                       KILN_AT(server.host), isWord));
  table.push_back(integer("server.port", 1, 65535, "the port of the API", KILN_AT(server.port)));
  table.push_back(
      integer("server.threads", 1, 1024, "calls handled at once", KILN_AT(server.threads)));
  table.push_back(size("server.bodyMemory", 16 * kMebibyte, kTebibyte,
                       "held at most for the bodies of calls that come at once, uploads apart",
                       KILN_AT(server.bodyMemory)));
  table.push_back(toggle("server.listenForBuilds",
                         "listen on the engine's bridge address too, so that builds reach Kiln",
                         KILN_AT(server.listenForBuilds)));
  table.push_back(text("server.publicEndpoint", "an http:// or https:// URL, or empty",
                       "AWS_ENDPOINT_URL inside builds; empty: the bridge address and the port",
                       KILN_AT(server.publicEndpoint), url));
  table.push_back(dataDirectory());
  table.push_back(integer("store.feedWindow", 100, 100'000'000,
                          "changes kept for watchers that come back", KILN_AT(store.feedWindow)));
}

void addEngine(std::vector<Setting>& table) {
  table.push_back(text("engine.host", "unix:///PATH, tcp://HOST:PORT, or empty",
                       "the container engine; empty: DOCKER_HOST or the usual sockets",
                       KILN_AT(engine.host), isEngineHost));
  table.push_back(toggle("engine.enabled", "off: builds stay QUEUED", KILN_AT(engine.enabled)));
  table.push_back(duration("engine.requestTimeout", Seconds(1), std::chrono::hours(1),
                           "for one answer of the engine", KILN_AT(engine.requestTimeout)));
  table.push_back(duration("engine.pullTimeout", Minutes(1), std::chrono::hours(24),
                           "for pulling one image", KILN_AT(engine.pullTimeout)));
  table.push_back(images());
  table.push_back(
      toggle("engine.privileged",
             "privilegedMode gives a build every capability; false: only the engine's socket",
             KILN_AT(engine.privileged)));
  table.push_back(text(
      "engine.fallbackImage", "an image name, or empty for none",
      "stands in for a curated image that cannot be pulled, when the engine has it",
      KILN_AT(engine.fallbackImage), [](const std::string& t) { return t.empty() || isWord(t); }));
}

void addQueue(std::vector<Setting>& table) {
  const auto day = std::chrono::hours(24);
  table.push_back(
      integer("queue.workers", 1, 256, "builds looked at at once", KILN_AT(queue.workers)));
  table.push_back(
      integer("queue.jobs", 1, 256, "pulls and other long jobs at once", KILN_AT(queue.jobs)));
  table.push_back(integer("queue.maxConcurrentBuilds", 0, 10'000,
                          "builds that run at once; 0: one per core",
                          KILN_AT(queue.maxConcurrentBuilds)));
  table.push_back(integer("queue.maxQueuedBuilds", 0, 1'000'000,
                          "builds that wait at most; then StartBuild refuses; 0: any number",
                          KILN_AT(queue.maxQueuedBuilds)));
  table.push_back(duration("queue.backoffBase", Millis(10), Minutes(1),
                           "first delay after an error", KILN_AT(queue.backoffBase)));
  table.push_back(duration("queue.backoffCap", Millis(100), std::chrono::hours(1),
                           "longest delay after an error", KILN_AT(queue.backoffCap)));
  table.push_back(duration("queue.resync", Seconds(1), day,
                           "how often every live build is looked at anyway",
                           KILN_AT(queue.resync)));
  table.push_back(duration("queue.sweep", Seconds(1), day,
                           "how often containers without a build are looked for",
                           KILN_AT(queue.sweep)));
  table.push_back(duration("queue.sweepGrace", Seconds(0), day,
                           "age below which such a container is left alone",
                           KILN_AT(queue.sweepGrace)));
  table.push_back(
      duration("queue.logDelivery", Millis(0), Minutes(60),
               "how long a build in FINALIZING waits until CloudWatch Logs and S3 have its log",
               KILN_AT(queue.logDelivery)));
  table.push_back(duration("queue.minute", Millis(1), Minutes(1),
                           "how long a minute of a build's timeouts lasts; for tests",
                           KILN_AT(queue.minute)));
}

void addSources(std::vector<Setting>& table) {
  table.push_back(size("sources.maxSize", kKibibyte, kTebibyte, "what a source may hold, unpacked",
                       KILN_AT(sources.maxSize)));
  table.push_back(integer("sources.maxFiles", 1, 100'000'000,
                          "files, directories and links that a source may hold",
                          KILN_AT(sources.maxFiles)));
  table.push_back(integer("sources.maxRatio", 1, 1'000'000,
                          "an archive's size unpacked to its size packed, beyond ratioFloor",
                          KILN_AT(sources.maxRatio)));
  table.push_back(size("sources.ratioFloor", 0, kTebibyte,
                       "unpacked size up to which the ratio does not matter",
                       KILN_AT(sources.ratioFloor)));
}

void addEvents(std::vector<Setting>& table) {
  auto level = [](const std::string& t) {
    return t == "debug" || t == "info" || t == "warn" || t == "error";
  };
  table.push_back(callbacks());
  table.push_back(duration("events.callbackTimeout", Millis(100), Minutes(5),
                           "for one answer of a callback", KILN_AT(events.callbackTimeout)));
  table.push_back(text("log.level", "debug, info, warn or error",
                       "what the daemon writes about itself", KILN_AT(log.level), level));
}

bool isEndpoint(const std::string& t) {
  return t.empty() || (isHttpUrl(t) && t.find_first_of("@?# ") == std::string::npos);
}

bool isRegion(const std::string& t) {
  return std::all_of(t.begin(), t.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool isCredential(const std::string& t) {
  return std::all_of(t.begin(), t.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

// `at` answers the service's part of a Settings, const or not.
template <typename At>
void addAwsService(std::vector<Setting>& table, const std::string& section, const std::string& what,
                   At at) {
  table.push_back(text(section + ".endpoint", "an http:// or https:// URL, or empty",
                       what + " that builds use; empty: the embedded one", KILN_AT_PART(endpoint),
                       isEndpoint));
  table.push_back(text(section + ".region", "a region such as us-east-1, or empty",
                       "the region requests are signed for; empty: the build's",
                       KILN_AT_PART(region), isRegion));
  auto credential = [&](const std::string& name, const std::string& doc, auto member) {
    table.push_back(text(section + name, "printable ASCII without spaces, or empty", doc, member,
                         isCredential));
    table.back().secrecy = Secrecy::kSecret;
  };
  credential(".accessKeyId", "empty: AWS_ACCESS_KEY_ID, else one that means nothing",
             KILN_AT_PART(accessKeyId));
  credential(".secretAccessKey", "goes with accessKeyId", KILN_AT_PART(secretAccessKey));
  credential(".sessionToken", "goes with accessKeyId, where it is a temporary one",
             KILN_AT_PART(sessionToken));
}

void addAwsServices(std::vector<Setting>& table) {
  addAwsService(table, "s3", "the S3", KILN_AT(s3));
  table.push_back(toggle("s3.pathStyle", "ENDPOINT/bucket/key; false: bucket.ENDPOINT/key",
                         KILN_AT(s3.pathStyle)));
  addAwsService(table, "codecommit", "the CodeCommit", KILN_AT(codecommit));
  addAwsService(table, "logs", "the CloudWatch Logs", KILN_AT(logs));
  addAwsService(table, "ssm", "the Parameter Store", KILN_AT(ssm));
  addAwsService(table, "secretsmanager", "the Secrets Manager", KILN_AT(secretsmanager));
}

#undef KILN_AT
#undef KILN_AT_PART

std::string nameWithin(const Setting& setting) {
  auto section = setting.section();
  return section.empty() ? setting.name : setting.name.substr(section.size() + 1);
}

}  // namespace

std::string_view Setting::section() const {
  auto dot = name.find('.');
  return dot == std::string::npos ? std::string_view() : std::string_view(name).substr(0, dot);
}

std::string Setting::environmentName() const {
  std::string out = "KILN_";
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') out += '_';
    out += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string Setting::showRedacted(const Settings& settings) const {
  auto value = show(settings);
  switch (secrecy) {
    case Secrecy::kPublic: return value;
    case Secrecy::kUrl: return redactUrl(value);
    case Secrecy::kSecret: return value == "\"\"" ? value : "\"***\"";
  }
  unreachable();
}

const std::vector<Setting>& settingsTable() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> rows;
    addServer(rows);
    addEngine(rows);
    addQueue(rows);
    addSources(rows);
    addEvents(rows);
    addAwsServices(rows);
    return rows;
  }();
  return table;
}

const Setting* findSetting(std::string_view name) {
  const auto& table = settingsTable();
  auto found =
      std::find_if(table.begin(), table.end(), [&](const Setting& s) { return s.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string namesIn(std::string_view section) {
  std::vector<std::string> names;
  for (const auto& setting : settingsTable()) {
    bool inside = !section.empty() && setting.section() == section;
    auto name =
        inside || setting.section().empty() ? nameWithin(setting) : std::string(setting.section());
    bool wanted = inside || section.empty();
    if (wanted && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string settingsHelp() {
  const Settings defaults;
  std::string out = "Settings (--set NAME=VALUE, the environment variable, or the YAML file):\n";
  for (const auto& setting : settingsTable()) {
    out += "  " + setting.name + "  (" + setting.environmentName() + ")\n";
    out += "      " + setting.doc + "\n";
    out += "      " + setting.type + ": " + setting.allowed + "; default " +
           setting.show(defaults) + "\n";
  }
  return out;
}

}  // namespace kiln::config

// aws_probe: runtime/aws from the command line, for aws_client.py: one operation against an endpoint, its result on stdout.
//
//   aws_probe URL put BUCKET KEY [sse|kms]    stdin -> object; prints "ETAG SIZE VERSION"
//   aws_probe URL get BUCKET KEY [VERSION] [FIRST-LAST]   object -> stdout
//   aws_probe URL head BUCKET KEY             prints "SIZE ETAG TYPE NAME=VALUE…"
//   aws_probe URL list BUCKET PREFIX PAGE     prints "SIZE KEY" a line, pages of PAGE keys
//   aws_probe URL remove BUCKET KEY · bucket BUCKET (prints region and location)
//   aws_probe URL logs GROUP STREAM           stdin lines "MILLIS TEXT" -> events; prints "ACCEPTED REJECTED"
//   aws_probe URL last GROUP STREAM COUNT     prints "MILLIS TEXT" lines
//   aws_probe URL parameters NAME…            prints "NAME=VALUE" lines, then "invalid NAME" lines
//   aws_probe URL secret REFERENCE            prints the value
//   aws_probe - sign SERVICE METHOD PATH NAME=VALUE… [-- HEADER=VALUE…]   prints the authorization of an empty body at 2015-08-30T12:36:00Z
//
// Region us-east-1, or AWS_REGION; credentials from the environment. Exit status 1 with "CODE awsCode message" on stderr.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>

#include "runtime/aws/logs_client.h"
#include "runtime/aws/parameters_client.h"
#include "runtime/aws/s3_client.h"

namespace {

using namespace kiln;           // NOLINT: a program of one file
using namespace kiln::runtime;  // NOLINT

using Words = std::vector<std::string>;

std::string environment(const char* name, const char* otherwise) {
  const char* found = std::getenv(name);
  return found != nullptr ? found : otherwise;
}

AwsCredentials credentials() {
  return {environment("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
          environment("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
          environment("AWS_SESSION_TOKEN", "")};
}

int failed(const AwsError& error) {
  std::cerr << name(error.code) << " " << error.awsCode << " " << error.message << "\n";
  return 1;
}

template <typename T>
int shown(const AwsResult<T>& result, const std::function<void(const T&)>& show) {
  if (!result.ok()) return failed(result.error());
  show(*result);
  return 0;
}

Result<std::string> nextOfStdin() {
  std::string bytes(100'000, '\0');
  std::cin.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::cin.gcount()));
  return bytes;
}

std::optional<S3Range> rangeOf(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return S3Range{std::stoull(text), std::stoull(text.substr(text.find('-') + 1))};
}

int put(S3Client& s3, const Words& words) {
  S3PutOptions options{.contentType = "application/x-probe", .metadata = {{"probe", "yes"}}};
  if (words.size() > 2)
    options.encryption = words[2] == "kms" ? S3Encryption::kKms : S3Encryption::kAes256;
  return shown<S3Stored>(s3.put(words[0], words[1], nextOfStdin, options), [](const auto& stored) {
    std::cout << stored.etag << " " << stored.size << " " << stored.versionId << "\n";
  });
}

int get(S3Client& s3, const Words& words) {
  auto sink = [](std::string_view bytes) {
    std::cout.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return std::cout ? okStatus() : Status(Error{Code::kInternal, "stdout is closed"});
  };
  auto version = words.size() > 2 ? words[2] : "";
  auto range = rangeOf(words.size() > 3 ? words[3] : "");
  return shown<S3ObjectInfo>(s3.get({words[0], words[1], version}, range, sink),
                             [](const auto&) {});
}

int list(S3Client& s3, const Words& words) {
  S3ListOptions options{.prefix = words[1], .maxKeys = std::stoi(words[2])};
  do {
    auto page = s3.list(words[0], options);
    if (!page.ok()) return failed(page.error());
    for (const auto& object : page->objects) std::cout << object.size << " " << object.key << "\n";
    options.token = page->nextToken;
  } while (!options.token.empty());
  return 0;
}

int bucket(S3Client& s3, const Words& words) {
  auto region = s3.headBucket(words[0]);
  if (!region.ok()) return failed(region.error());
  return shown<std::string>(s3.bucketLocation(words[0]), [&](const auto& location) {
    std::cout << (region->empty() ? "-" : *region) << " " << location << "\n";
  });
}

int head(S3Client& s3, const Words& words) {
  return shown<S3ObjectInfo>(s3.head({words[0], words[1]}), [](const auto& info) {
    std::cout << info.size << " " << info.etag << " " << info.contentType;
    for (const auto& [key, value] : info.metadata) std::cout << " " << key << "=" << value;
    std::cout << "\n";
  });
}

int remove(S3Client& s3, const Words& words) {
  return shown<Done>(s3.remove({words[0], words[1]}), [](const auto&) {});
}

int putLogs(LogsClient& logs, const Words& words) {
  LogStreamName stream{words[0], words[1]};
  if (auto made = logs.createGroup(stream.group); !made.ok()) return failed(made.error());
  if (auto made = logs.createStream(stream); !made.ok()) return failed(made.error());
  std::vector<LogEvent> events;
  for (std::string line; std::getline(std::cin, line);) {
    auto space = line.find(' ');
    events.push_back({std::stoll(line), line.substr(space + 1)});
  }
  return shown<LogsWritten>(logs.put(stream, events), [](const auto& written) {
    std::cout << written.accepted << " " << written.rejected << "\n";
  });
}

int lastLogs(LogsClient& logs, const Words& words) {
  return shown<std::vector<LogEvent>>(
      logs.last({words[0], words[1]}, std::stoul(words[2])), [](const auto& events) {
        for (const auto& event : events)
          std::cout << event.timestamp << " " << event.message << "\n";
      });
}

int parameters(ParametersClient& client, const Words& words) {
  return shown<ParametersFound>(client.getParameters(words), [](const auto& found) {
    for (const auto& [key, value] : found.values) std::cout << key << "=" << value << "\n";
    for (const auto& key : found.invalid) std::cout << "invalid " << key << "\n";
  });
}

int secret(ParametersClient& client, const Words& words) {
  auto reference = SecretReference::parse(words[0]);
  if (!reference.ok()) return failed(AwsError{reference.error()});
  return shown<std::string>(client.getSecretValue(*reference),
                            [](const auto& value) { std::cout << value; });
}

std::pair<std::string, std::string> pairOf(const std::string& word) {
  auto equals = word.find('=');
  return {word.substr(0, equals), word.substr(equals + 1)};
}

int sign(const Words& words) {
  SigningInput input{.service = words[0],
                     .region = "us-east-1",
                     .time = std::chrono::sys_days(std::chrono::year(2015) / 8 / 30) +
                             std::chrono::hours(12) + std::chrono::minutes(36),
                     .method = words[1],
                     .path = encodeUri(words[2], true),
                     .query = {},
                     .headers = {},
                     .payloadHash = sha256Hex("")};
  auto divide = std::find(words.begin() + 3, words.end(), "--");
  for (auto it = words.begin() + 3; it != divide; ++it) input.query.push_back(pairOf(*it));
  for (; divide != words.end(); ++divide)
    if (*divide != "--") input.headers.push_back(pairOf(*divide));
  std::cout << authorization(input, credentials()) << "\n";
  return 0;
}

int run(const std::string& url, const std::string& operation, const Words& words) {
  SystemClock clock;
  AwsClient client(clock);
  AwsEndpoint endpoint;
  endpoint.baseUrl = url;
  endpoint.region = environment("AWS_REGION", "us-east-1");
  endpoint.credentials = credentials();
  S3Client s3(client, endpoint);
  LogsClient logs(client, endpoint);
  ParametersClient values(client, endpoint, endpoint);
  const std::map<std::string, std::function<int()>> operations = {
      {"put", [&] { return put(s3, words); }},
      {"get", [&] { return get(s3, words); }},
      {"head", [&] { return head(s3, words); }},
      {"list", [&] { return list(s3, words); }},
      {"remove", [&] { return remove(s3, words); }},
      {"bucket", [&] { return bucket(s3, words); }},
      {"logs", [&] { return putLogs(logs, words); }},
      {"last", [&] { return lastLogs(logs, words); }},
      {"parameters", [&] { return parameters(values, words); }},
      {"secret", [&] { return secret(values, words); }},
      {"sign", [&] { return sign(words); }},
  };
  auto found = operations.find(operation);
  if (found != operations.end() && !words.empty()) return found->second();
  std::cerr << "unknown operation " << operation << "\n";
  return 2;
}

}  // namespace

int main(int count, char** words) {
  std::ios::sync_with_stdio(false);
  if (count < 4) return 2;
  return run(words[1], words[2], Words(words + 3, words + count));
}

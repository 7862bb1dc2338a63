// kiln-objects: how fast the object store is by itself, on a real disk.
//
//   kiln-objects DIRECTORY [SECONDS]     DIRECTORY is made, and must be given up afterwards
// Prints: puts of 1 KiB a second with 1, 16 and 64 threads; MB/s of an upload and a read of 1 GB, with the largest memory so far;
// the time to list 1000 objects; the time of a start.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/objects/object_store.h"
#include "store/rocks/rocks_store.h"

namespace {

using namespace kiln;
using namespace kiln::store;
using Stopwatch = std::chrono::steady_clock;

double secondsSince(Stopwatch::time_point start) {
  return std::chrono::duration<double>(Stopwatch::now() - start).count();
}

template <typename T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

long residentMegabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

const BucketId kBucket{"000000000000", "bench"};

void put(ObjectStore& objects, const std::string& key, const std::string& bytes) {
  auto writer = objects.newBody();
  if (auto wrote = writer->write(bytes); !wrote) std::exit(1);
  auto body = must(writer->finish());
  NewObject object{.etag = body->md5(), .attributes = R"({"content-type":"binary/octet-stream"})"};
  must(objects.put({kBucket, key}, std::move(body), object));
}

void smallPuts(ObjectStore& objects, int threads, double seconds) {
  const std::string bytes(1024, 'x');
  std::atomic<long> done = 0;
  const auto start = Stopwatch::now();
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([&, t] {
        for (int i = 0; secondsSince(start) < seconds; ++i, ++done) {
          put(objects, std::to_string(threads) + "/" + std::to_string(t) + "/" + std::to_string(i),
              bytes);
        }
      });
    }
  }
  std::printf("%8.0f puts/s of 1 KiB, %d threads\n",
              static_cast<double>(done) / secondsSince(start), threads);
}

void largeObject(ObjectStore& objects) {
  constexpr long kMegabytes = 1000;
  const std::string chunk(100'000, 'y');
  const auto start = Stopwatch::now();
  auto writer = objects.newBody();
  for (long i = 0; i < kMegabytes * 10; ++i) {
    if (auto wrote = writer->write(chunk); !wrote) std::exit(1);
  }
  must(objects.put({kBucket, "large"}, must(writer->finish()), {}));
  std::printf("%8.0f MB/s up, 1 GB in one piece (peak %ld MB resident)\n",
              kMegabytes / secondsSince(start), residentMegabytes());
  const auto begun = Stopwatch::now();
  auto reader = must(objects.open({kBucket, "large"}, ""));
  while (!must(reader->read()).empty()) continue;
  std::printf("%8.0f MB/s down (peak %ld MB resident)\n", kMegabytes / secondsSince(begun),
              residentMegabytes());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::filesystem::path directory = argv[1];
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  std::filesystem::create_directories(directory);
  const SystemClock clock;
  auto store = must(openRocksStore({.directory = directory / "db"}));
  auto objects = must(openObjectStore({.directory = directory / "objects"}, *store, clock));
  must(objects->createBucket(kBucket, {.region = "us-east-1"}));
  for (const int threads : {1, 16, 64}) smallPuts(*objects, threads, seconds);
  largeObject(*objects);
  auto start = Stopwatch::now();
  const auto page = must(objects->listObjects(kBucket, {}));
  std::printf("%8.1f ms to list %zu objects\n", secondsSince(start) * 1000, page.objects.size());
  objects.reset();
  start = Stopwatch::now();
  objects = must(openObjectStore({.directory = directory / "objects"}, *store, clock));
  std::printf("%8.1f ms to start\n", secondsSince(start) * 1000);
  return 0;
}

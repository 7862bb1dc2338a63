#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include "controller/engine/event_sink.h"

namespace kiln::engine {
namespace {

constexpr std::size_t kFileSize = 64 << 20;
constexpr std::size_t kFiles = 3;

class LogSink final : public EventSink {
 public:
  explicit LogSink(const std::filesystem::path& file)
      : logger_("events", std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
                              file.string(), kFileSize, kFiles)) {
    logger_.set_pattern("%v");
  }

  const std::string& name() const override { return name_; }

  Status deliver(const store::OutboxEntry& entry) override {
    logger_.info(entry.body);
    logger_.flush();
    return okStatus();
  }

 private:
  const std::string name_ = "log";
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<EventSink> makeLogSink(const std::filesystem::path& file) {
  return std::make_unique<LogSink>(file);
}

}  // namespace kiln::engine

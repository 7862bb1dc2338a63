#include "controller/engine/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

#include "controller/core/guarded.h"

namespace kiln::engine {
namespace {

const prometheus::Histogram::BucketBoundaries kPhaseSeconds{0.01, 0.05, 0.1, 0.5,  1,   5,
                                                            30,   60,   300, 1800, 7200};
const prometheus::Histogram::BucketBoundaries kPassSeconds{0.0005, 0.001, 0.005, 0.01, 0.05,
                                                           0.1,    0.5,   1,     5};

double secondsOf(const PhaseRecord& record) {
  return std::chrono::duration<double>(*record.end - record.start).count();
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& builds = prometheus::BuildCounter()
                                                        .Name("kiln_builds_total")
                                                        .Help("Builds that ended, by status")
                                                        .Register(registry);
  prometheus::Family<prometheus::Histogram>& phases =
      prometheus::BuildHistogram()
          .Name("kiln_phase_duration_seconds")
          .Help("Durations of ended phases, by phase and status")
          .Register(registry);
  prometheus::Histogram& passes = prometheus::BuildHistogram()
                                      .Name("kiln_reconcile_seconds")
                                      .Help("Duration of one reconcile pass")
                                      .Register(registry)
                                      .Add({}, kPassSeconds);
  prometheus::Counter& failures = prometheus::BuildCounter()
                                      .Name("kiln_reconcile_errors_total")
                                      .Help("Reconcile passes that failed and will be tried again")
                                      .Register(registry)
                                      .Add({});
  struct Gauge {
    prometheus::Gauge& gauge;
    std::function<double()> value;
  };
  Guarded<std::vector<Gauge>> gauges;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::phaseEnded(const PhaseRecord& record) {
  if (!record.end || !record.status) return;
  impl_->phases
      .Add({{"phase", std::string(name(record.phase))},
            {"status", std::string(name(*record.status))}},
           kPhaseSeconds)
      .Observe(secondsOf(record));
}

void Metrics::buildEnded(BuildStatus outcome) {
  impl_->builds.Add({{"status", std::string(name(outcome))}}).Increment();
}

void Metrics::passTook(double seconds, bool failed) {
  impl_->passes.Observe(seconds);
  if (failed) impl_->failures.Increment();
}

void Metrics::gauge(const std::string& name, const std::string& help,
                    std::function<double()> value) {
  auto& gauge = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add({});
  impl_->gauges.with([&](auto& all) { all.push_back({gauge, std::move(value)}); });
}

std::string Metrics::text() const {
  impl_->gauges.with([](auto& all) {
    for (auto& entry : all) entry.gauge.Set(entry.value());
  });
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace kiln::engine

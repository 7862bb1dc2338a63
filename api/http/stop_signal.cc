#include "api/http/stop_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "controller/core/result.h"

namespace kiln::api {

StopSignal::StopSignal() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) unreachable();
}

StopSignal::~StopSignal() { close(descriptor_); }

void StopSignal::raise() {
  raised_ = true;
  (void)eventfd_write(descriptor_, 1);
}

}  // namespace kiln::api

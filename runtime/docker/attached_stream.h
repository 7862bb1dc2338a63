// The AttachedStream over a raw connection to the engine.
#pragma once

#include <memory>

#include "runtime/container_runtime.h"
#include "runtime/docker/raw_connection.h"

namespace kiln::runtime {

std::unique_ptr<AttachedStream> makeAttachedStream(RawConnection connection, std::string container);

}  // namespace kiln::runtime

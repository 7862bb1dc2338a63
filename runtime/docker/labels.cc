#include "runtime/docker/labels.h"

#include <cctype>

namespace kiln::runtime {

std::string containerName(const BuildId& id, std::string_view storeId) {
  std::string shortId;
  for (char c : storeId) {
    if (shortId.size() == 8) break;
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) shortId += c;
  }
  return "kiln-" + id.uuid + (shortId.empty() ? "" : "-" + shortId);
}

}  // namespace kiln::runtime

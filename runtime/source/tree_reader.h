// TreeReader: a tree's entries one after another with their bytes, whatever they lie in (git, an archive, objects); and the tar
// that is made of them. One thread at a time. Names have been judged before: a reader gives clean ones only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/result.h"
#include "runtime/source/source_fetcher.h"
#include "runtime/source/tree_names.h"

namespace kiln::runtime {

struct TreeEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;
  int mode = 0644;            // permissions alone
  std::int64_t modified = 0;  // Unix seconds
  std::int64_t size = 0;      // of a file: exactly as many bytes follow
  std::string target;         // of a link
};

class TreeReader {
 public:
  virtual ~TreeReader() = default;
  // The next entry; nullopt at the end. Bytes of the one before that were not read are passed over.
  virtual Result<std::optional<TreeEntry>> next() = 0;
  // More of the entry's bytes, good until the next call; empty at its end.
  virtual Result<std::string_view> data() = 0;
};

// A tar (GNU) of all that `reader` gives; directories that are only implied are in it, too.
TarStream tarOf(std::unique_ptr<TreeReader> reader, const std::string& prefix);

}  // namespace kiln::runtime

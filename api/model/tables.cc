#include "api/model/tables.h"

#include <array>

extern "C" {
extern const char kiln_table_codebuild_begin[];
extern const char kiln_table_codebuild_end[];
}

namespace kiln::api {
namespace {

struct Table {
  std::string_view service;
  const char* begin;
  const char* end;
};

const std::array kTables{
    Table{"codebuild", kiln_table_codebuild_begin, kiln_table_codebuild_end},
};

}  // namespace

std::optional<std::string_view> findTable(std::string_view service) {
  for (const Table& table : kTables) {
    if (table.service == service) return std::string_view(table.begin, table.end);
  }
  return std::nullopt;
}

}  // namespace kiln::api

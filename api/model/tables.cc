#include "api/model/tables.h"

#include <array>

#define KILN_TABLE(service)                             \
  extern "C" const char kiln_table_##service##_begin[]; \
  extern "C" const char kiln_table_##service##_end[]
KILN_TABLE(codebuild);
KILN_TABLE(codecommit);
KILN_TABLE(logs);
KILN_TABLE(s3);
KILN_TABLE(secretsmanager);
KILN_TABLE(ssm);
KILN_TABLE(sts);
#undef KILN_TABLE

namespace kiln::api {
namespace {

struct Table {
  std::string_view service;
  const char* begin;
  const char* end;
};

#define KILN_TABLE(service) \
  Table { #service, kiln_table_##service##_begin, kiln_table_##service##_end }
const std::array kTables{
    KILN_TABLE(codebuild),      KILN_TABLE(codecommit), KILN_TABLE(logs), KILN_TABLE(s3),
    KILN_TABLE(secretsmanager), KILN_TABLE(ssm),        KILN_TABLE(sts),
};
#undef KILN_TABLE

}  // namespace

std::optional<std::string_view> findTable(std::string_view service) {
  for (const Table& table : kTables) {
    if (table.service == service) return std::string_view(table.begin, table.end);
  }
  return std::nullopt;
}

}  // namespace kiln::api

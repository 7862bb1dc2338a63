// The operations by family; each function adds its own to the table. Private to api/logs.
#pragma once

#include "api/logs/deps.h"
#include "api/model/operation.h"

namespace kiln::api::logs {

void addGroupOperations(Operations& operations, const Deps& deps);       // make, delete, settings
void addGroupQueryOperations(Operations& operations, const Deps& deps);  // DescribeLogGroups
void addTagOperations(Operations& operations, const Deps& deps);
void addStreamOperations(Operations& operations, const Deps& deps);
void addPutOperations(Operations& operations, const Deps& deps);  // PutLogEvents
void addGetOperations(Operations& operations, const Deps& deps);  // GetLogEvents
void addFilterOperations(Operations& operations,
                         const Deps& deps);  // FilterLogEvents, TestMetricFilter
void addTailOperations(Operations& operations, const Deps& deps);  // StartLiveTail

}  // namespace kiln::api::logs

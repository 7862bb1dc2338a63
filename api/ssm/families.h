// The operations by family; each function adds its own to the table. Private to api/ssm.
#pragma once

#include "api/ssm/ssm.h"

namespace kiln::api::ssm {

void addPutOperations(Operations& operations, const Deps& deps);     // PutParameter
void addReadOperations(Operations& operations, const Deps& deps);    // Get*
void addListOperations(Operations& operations, const Deps& deps);    // ByPath, Describe, History
void addDeleteOperations(Operations& operations, const Deps& deps);  // DeleteParameter(s)
void addLabelOperations(Operations& operations, const Deps& deps);   // Label, Unlabel
void addTagOperations(Operations& operations, const Deps& deps);     // of parameters only

}  // namespace kiln::api::ssm

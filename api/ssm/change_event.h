// The EventBridge event "Parameter Store Change", in the commit of the change it tells of. It never holds a value.
#pragma once

#include "api/ssm/parameter.h"
#include "controller/core/clock.h"
#include "store/store.h"

namespace kiln::api::ssm {

// `operation`: Create, Update, Delete, LabelParameterVersion.
void emitChange(store::Txn& txn, const Parameter& parameter, const char* operation, TimePoint now);

}  // namespace kiln::api::ssm

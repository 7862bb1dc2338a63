// Tags of a secret, as CreateSecret and TagResource take them. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/secretsmanager/secret.h"

namespace kiln::api::secrets {

Refusal addTags(Secret& secret, const nlohmann::json& tags);

}  // namespace kiln::api::secrets

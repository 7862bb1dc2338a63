// The operations by family; each function adds its own to the table. Private to api/secretsmanager.
#pragma once

#include "api/secretsmanager/secretsmanager.h"

namespace kiln::api::secrets {

void addWriteOperations(Operations& operations,
                        const Deps& deps);  // Create, Update, PutSecretValue
void addValueOperations(Operations& operations, const Deps& deps);  // Get, BatchGetSecretValue
void addQueryOperations(Operations& operations,
                        const Deps& deps);  // Describe, List, ListVersionIds
void addRemovalOperations(Operations& operations, const Deps& deps);  // Delete, Restore
void addStageOperations(Operations& operations, const Deps& deps);    // UpdateSecretVersionStage
void addDetailOperations(Operations& operations, const Deps& deps);   // tags, resource policies
void addPasswordOperations(Operations& operations);                   // GetRandomPassword

}  // namespace kiln::api::secrets

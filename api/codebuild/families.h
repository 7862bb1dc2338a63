// The operations by family; each function adds its own to the table. Private to api/codebuild.
#pragma once

#include "api/codebuild/deps.h"
#include "api/model/operation.h"

namespace kiln::api {

void addProjectOperations(Operations& operations,
                          const Deps& deps);  // Create, Update, Delete, InvalidateProjectCache
void addProjectQueryOperations(Operations& operations,
                               const Deps& deps);  // BatchGetProjects, ListProjects
void addStartOperations(Operations& operations, const Deps& deps);  // StartBuild, RetryBuild
void addBuildOperations(Operations& operations, const Deps& deps);  // StopBuild, BatchDeleteBuilds
void addBuildQueryOperations(Operations& operations,
                             const Deps& deps);  // BatchGetBuilds, ListBuilds, ListBuildsForProject
void addSourceCredentialOperations(Operations& operations,
                                   const Deps& deps);  // Import, List, DeleteSourceCredentials
void addImageOperations(Operations& operations);       // ListCuratedEnvironmentImages

}  // namespace kiln::api

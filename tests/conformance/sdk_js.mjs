// The AWS SDK for JavaScript v3 against Kiln. Run by sdk_js.py: node sdk_js.mjs DIRECTORY_OF_NODE_MODULES ENDPOINT IMAGE
// Prints one JSON object a check: {name, ok, detail}.
import { createRequire } from "node:module";

const [directory, endpoint, image] = process.argv.slice(2);
const sdk = createRequire(`${directory}/`)("@aws-sdk/client-codebuild");
const role = "arn:aws:iam::000000000000:role/kiln";
const client = new sdk.CodeBuildClient({
  endpoint, region: "us-east-1", maxAttempts: 1, credentials: { accessKeyId: "kiln", secretAccessKey: "kiln" } });

const check = (name, ok, detail) => console.log(JSON.stringify({ name, ok: Boolean(ok), detail: ok ? null : detail ?? null }));
const send = (command, input) => client.send(new sdk[`${command}Command`](input));
const isDate = (value) => value instanceof Date && Math.abs(value - Date.now()) < 600_000;
const spec = (...commands) => JSON.stringify({ version: 0.2, phases: { build: { commands } } });
const input = (name, buildspec) => ({
  name, serviceRole: role, source: { type: "NO_SOURCE", buildspec }, artifacts: { type: "NO_ARTIFACTS" },
  environment: { type: "LINUX_CONTAINER", image, computeType: "BUILD_GENERAL1_SMALL", environmentVariables: [{ name: "A", value: "1" }] } });

async function project() {
  const { project } = await send("CreateProject", input("sdk", spec("echo $A")));
  check("CreateProject: dates are dates, numbers numbers, flags flags", isDate(project.created) && isDate(project.lastModified)
    && project.timeoutInMinutes === 60 && project.environment.privilegedMode === false && project.badge.badgeEnabled === false, project);
  const { projects } = await send("BatchGetProjects", { names: ["sdk"] });
  check("BatchGetProjects reads it back", JSON.stringify(projects[0]) === JSON.stringify(project), projects);
}

async function finished(id) {
  for (const end = Date.now() + 300_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100))) {
    const { builds: [build] } = await send("BatchGetBuilds", { ids: [id] });
    if (build.buildComplete) return build;
  }
  throw new Error(`${id} is not complete after 300 s`);
}

async function build() {
  const { build: started } = await send("StartBuild", { projectName: "sdk" });
  check("StartBuild: in progress", started.buildStatus === sdk.StatusType.IN_PROGRESS && isDate(started.startTime) && started.buildNumber === 1, started);
  const build = await finished(started.id);
  check("it succeeds", build.buildStatus === sdk.StatusType.SUCCEEDED && isDate(build.endTime), build);
  const ended = build.phases.slice(0, -1);
  check("eleven phases, their times dates, their durations numbers", build.phases.length === 11 && ended.every((phase) => isDate(phase.startTime)
    && isDate(phase.endTime) && Number.isInteger(phase.durationInSeconds) && phase.phaseStatus === "SUCCEEDED"), build.phases);
  check("each phase ends where the next one begins", ended.every((phase, i) => +phase.endTime === +build.phases[i + 1].startTime), build.phases);
  check("lists that are empty are lists", Array.isArray(build.secondarySources) && Array.isArray(build.secondaryArtifacts), build);
  const { build: failing } = await send("StartBuild", { projectName: "sdk", buildspecOverride: spec("exit 4") });
  const failed = await finished(failing.id);
  const context = failed.phases.find((phase) => phase.phaseType === "BUILD").contexts[0];
  check("a failing build says why", failed.buildStatus === "FAILED" && context.statusCode === "COMMAND_EXECUTION_ERROR", failed.phases);
  const { build: endless } = await send("StartBuild", { projectName: "sdk", buildspecOverride: spec("sleep 600") });
  await send("StopBuild", { id: endless.id });
  const { build: retried } = await send("RetryBuild", { id: (await finished(endless.id)).arn });
  const { build: stopped } = await send("StopBuild", { id: retried.id });
  check("StopBuild answers the final form", stopped.buildComplete === true && stopped.buildStatus === "STOPPED" && isDate(stopped.endTime), stopped);
}

async function errors() {
  const rows = [
    ["ResourceNotFoundException", "StartBuild", { projectName: "gone" }, "Project cannot be found: arn:aws:codebuild:us-east-1:000000000000:project/gone"],
    ["ResourceAlreadyExistsException", "CreateProject", input("sdk", spec("true")), "Project already exists: arn:aws:codebuild:us-east-1:000000000000:project/sdk"],
    ["InvalidInputException", "StopBuild", { id: "nonsense" }, "Invalid build ID provided"],
    ["AccountLimitExceededException", "StartBuild", { projectName: "limited" },
      "Cannot have more than 1 active builds for the project limited"]];
  await send("CreateProject", { ...input("limited", spec("sleep 600")), concurrentBuildLimit: 1 });
  const { build: holding } = await send("StartBuild", { projectName: "limited" });
  for (const [shape, command, members, message] of rows) {
    const error = await send(command, members).then(() => new Error("it succeeded"), (thrown) => thrown);
    check(`${command}: ${shape} is the modelled class, with its message`, error instanceof sdk[shape] && error.name === shape && error.message === message
      && error.$fault === "client" && error.$metadata.httpStatusCode === 400 && error.$metadata.requestId, { name: error.name, message: error.message });
  }
  await send("StopBuild", { id: holding.id });
  const missing = await send("ListFleets", {}).then(() => new Error("it succeeded"), (thrown) => thrown);
  check("an operation that is not built yet: 501", missing.$metadata?.httpStatusCode === 501
    && missing.message === "ListFleets is not implemented by Kiln yet", { name: missing.name, message: missing.message });
}

async function pages() {
  const names = Array.from({ length: 103 }, (_, i) => `page-${String(i).padStart(3, "0")}`);
  for (const name of names) await send("CreateProject", input(name, spec("true")));
  const found = [];
  let count = 0;
  for await (const page of sdk.paginateListProjects({ client }, {})) {
    found.push(...page.projects);
    count += 1;
  }
  check("paginateListProjects: two pages, all names", count === 2 && JSON.stringify(found) === JSON.stringify([...names, "sdk", "limited"].sort()), { count, found });
  const ids = [];
  for await (const page of sdk.paginateListBuildsForProject({ client }, { projectName: "sdk" })) ids.push(...page.ids);
  check("paginateListBuildsForProject", ids.length === 4, ids);
}

for (const part of [project, build, errors, pages]) {
  await part().catch((error) => check(part.name, false, error.stack ?? String(error)));
}

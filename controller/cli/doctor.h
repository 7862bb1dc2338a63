// `kiln doctor`: checks engine, image, agent, port, disk and machine, and says how to mend what is not well.
//
// Exit status: 0 when nothing fails (warnings do not count), 1 otherwise, 2 for wrong usage or settings.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/doctor_checks.h"
#include "controller/cli/screen.h"

namespace CLI {
class App;
}

namespace kiln::cli {

// The report for people, one line a check and its remedy below; and for programs.
std::vector<std::string> doctorLines(const Traits& traits, const std::vector<Finding>& findings);
std::string doctorJson(const std::vector<Finding>& findings);

void addDoctorCommand(CLI::App& app, int& exitCode);

}  // namespace kiln::cli

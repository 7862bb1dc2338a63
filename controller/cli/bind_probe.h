// Can a program listen at an address? Binds and lets go again.
#pragma once

#include <string>

namespace kiln::cli {

// 0 when it can; otherwise errno of the attempt, or a negative getaddrinfo error. Port 0: any.
int tryBind(const std::string& host, int port);

std::string bindError(int error);

}  // namespace kiln::cli

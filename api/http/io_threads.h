// The threads that cpprestsdk's sockets run on. Its own pool ends the process when one of its handlers throws, and a malformed
// chunk size is enough for that; these threads log the exception and go on.
//
// Started once per process, at the first server, and joined when the process exits, as cpprestsdk's pool would be. Any thread.
#pragma once

namespace kiln::api {

void ensureIoThreads();

}  // namespace kiln::api

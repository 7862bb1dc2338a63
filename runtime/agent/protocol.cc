#include "runtime/agent/protocol.h"

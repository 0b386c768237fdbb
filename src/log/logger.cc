// log/logger.cc - see logger.h

#include "log/logger.h"

#include "base/ids.h"

namespace md::log {

std::string new_session_id() {
    return random_name(12);
}

}  // namespace md::log

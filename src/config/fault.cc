// config/fault.cc - see fault.h

#include "config/fault.h"

namespace md::config {

std::string Fault::describe() const {
    std::string out = file;
    if (where.line > 0) out += ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
    return out + ": " + text;
}

std::string describe(const Faults& faults) {
    std::string out;
    for (const auto& fault : faults) out += fault.describe() + "\n";
    return out;
}

}  // namespace md::config

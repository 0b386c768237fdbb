// log/field.cc - see field.h

#include "log/field.h"

#include <cstdio>

namespace md::log {

std::string Field::seconds(std::chrono::milliseconds time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time.count()) / 1000);
    return text;
}

std::string Field::describe(const std::exception_ptr& cause) {
    if (!cause) return "none";
    try {
        std::rethrow_exception(cause);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "unknown";
    }
}

}  // namespace md::log

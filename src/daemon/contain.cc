// daemon/contain.cc - see contain.h

#include "daemon/contain.h"

namespace md::daemon {

async::Task<std::exception_ptr> contain(async::Task<void> task) {
    std::exception_ptr fault;
    try {
        co_await task;
    } catch (const std::exception&) {
        fault = std::current_exception();
    }
    co_return fault;
}

}  // namespace md::daemon

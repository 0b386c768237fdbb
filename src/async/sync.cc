// async/sync.cc - see sync.h

#include "async/sync.h"

namespace md::async {

Task<Semaphore::Guard> Semaphore::lock() {
    while (free_ == 0) co_await Wait(freed_, never());
    --free_;
    co_return Guard(*this);
}

void Semaphore::unlock() noexcept {
    ++free_;
    freed_.wake_one();
}

}  // namespace md::async

// async/sync.cc - see sync.h

#include "async/sync.h"

namespace md::async {

Task<Mutex::Guard> Mutex::lock() {
    while (held_) co_await Wait(free_, never());
    held_ = true;
    co_return Guard(*this);
}

void Mutex::unlock() noexcept {
    held_ = false;
    free_.wake_one();
}

}  // namespace md::async

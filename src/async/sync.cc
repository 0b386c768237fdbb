// async/sync.cc - see sync.h

#include "async/sync.h"

namespace md::async {

/// Who is woken was given the place: nobody who comes meanwhile takes it. A waiter that is cancelled was not woken.
Task<Semaphore::Guard> Semaphore::lock() {
    if (free_ > 0)
        --free_;
    else
        co_await Wait(freed_, never());
    co_return Guard(*this);
}

void Semaphore::unlock() noexcept {
    if (freed_.awaited())
        freed_.wake_one();
    else
        ++free_;
}

}  // namespace md::async

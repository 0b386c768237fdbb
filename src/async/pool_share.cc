// async/pool_share.cc - see pool_share.h

#include "async/pool_share.h"

namespace md::async {

Task<PoolShare::Place> PoolShare::enter() {
    Place place;
    place.share_ = this;
    for (auto* share = this; share != nullptr; share = share->whole_) {
        if (share->free_ > 0)
            --share->free_;
        else
            co_await Wait(share->turn_, never());  // whoever wakes us gives us his place
        ++place.levels_;
    }
    co_return std::move(place);
}

PoolShare::Place::~Place() {
    for (; share_ != nullptr && levels_ > 0; --levels_, share_ = share_->whole_) share_->leave();
}

void PoolShare::leave() noexcept {
    if (turn_.awaited())
        turn_.wake_one();
    else
        ++free_;
}

}  // namespace md::async

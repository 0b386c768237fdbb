// async/fd_watch.cc - see fd_watch.h

#include "async/fd_watch.h"

#include <event2/event.h>

#include <cerrno>
#include <utility>

#include "async/loop.h"
#include "base/error.h"

namespace md::async {

FdWatch::~FdWatch() {
    if (read_event_ != nullptr) event_free(read_event_);
    if (write_event_ != nullptr) event_free(write_event_);
}

WaitPoint& FdWatch::readable() {
    watch(read_event_, EV_READ);
    return readable_;
}

WaitPoint& FdWatch::writable() {
    watch(write_event_, EV_WRITE);
    return writable_;
}

void FdWatch::watch(event*& registered, short what) {
    if (registered == nullptr) {
        registered = event_new(Loop::current().base(), fd_, static_cast<short>(what | EV_PERSIST), on_event, this);
        if (registered == nullptr) throw SystemError("event_new", "", ENOMEM);
    }
    if (event_pending(registered, what, nullptr) == 0 && event_add(registered, nullptr) != 0)
        throw SystemError("event_add", "", errno);
}

void FdWatch::on_event(int, short what, void* self) noexcept {
    auto* watch = static_cast<FdWatch*>(self);
    auto& point = (what & EV_READ) != 0 ? watch->readable_ : watch->writable_;
    auto* registered = (what & EV_READ) != 0 ? watch->read_event_ : watch->write_event_;
    if (point.awaited()) {
        point.wake_all();
    } else {
        event_del(registered);  // nobody wants to know: silent until the next wait
    }
}

FdCallback::FdCallback(int fd, std::function<void()> when_readable)
    : when_readable_(std::move(when_readable)),
      event_(event_new(Loop::current().base(), fd, EV_READ | EV_PERSIST, on_event, this)) {
    if (event_ == nullptr || event_add(event_, nullptr) != 0) throw SystemError("event_new", "", errno);
}

FdCallback::~FdCallback() {
    event_free(event_);
}

void FdCallback::on_event(int, short, void* self) noexcept {
    static_cast<FdCallback*>(self)->when_readable_();
}

SignalWatch::SignalWatch(int number) : event_(evsignal_new(Loop::current().base(), number, on_event, this)) {
    if (event_ == nullptr || event_add(event_, nullptr) != 0) throw SystemError("evsignal_new", "", errno);
}

SignalWatch::~SignalWatch() {
    event_free(event_);
}

void SignalWatch::on_event(int, short, void* self) noexcept {
    static_cast<SignalWatch*>(self)->arrived_.set_ready(true);
}

}  // namespace md::async

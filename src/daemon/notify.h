// daemon/notify.h - tells systemd what a daemon does (sd_notify(3)), without its library
//
// CONTRACT
//   Nothing happens unless $NOTIFY_SOCKET is set. Never waits, never fails.
#pragma once

#include <string_view>

namespace md::daemon {

/// "READY=1", "STOPPING=1"; several are separated by line feeds.
void notify_system(std::string_view state) noexcept;
/// "RELOADING=1" with the time that systemd wants beside it.
void notify_reloading() noexcept;

}  // namespace md::daemon

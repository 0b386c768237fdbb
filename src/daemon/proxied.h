// daemon/proxied.h - the client behind a load balancer
//
// CONTRACT
//   proxied_client() takes the PROXY header off the front of a connection and no octet more, so that TLS may begin
//   behind it. Its own time is short: a balancer sends the header at once.
#pragma once

#include <string_view>

#include "async/task.h"
#include "async/wait.h"
#include "base/result.h"
#include "net/address.h"

namespace md::daemon {

/// The client's address; `peer` where the balancer speaks for itself. Else what was wrong.
async::Task<Result<net::SocketAddress, std::string_view>> proxied_client(int fd, net::SocketAddress peer,
                                                                         async::Deadline deadline);

}  // namespace md::daemon

// base/fd.cc - see fd.h

#include "base/fd.h"

#include <cerrno>

namespace md {

void Fd::reset(int fd) noexcept {
    if (fd_ >= 0) {
        const int kept = errno;
        ::close(fd_);  // the descriptor is gone even when close reports EINTR or EIO
        errno = kept;
    }
    fd_ = fd;
}

}  // namespace md

// proto/imap/body_structure.h - the MIME structure of a message as FETCH tells it
//
// CONTRACT
//   Pure, linear, no recursion. Sizes are those with CRLF line ends. What has the type of a multipart or of a message
//   but could not be taken apart (no boundary, beyond the limits) is told as a leaf that is neither.
// RFC
//   3501 §7.4.2 (BODY, BODYSTRUCTURE), §9 (body)
#pragma once

#include <string>

#include "mail/structure.h"

namespace md::imap {

/// BODY, or with extension data BODYSTRUCTURE.
void append_body_structure(std::string& out, const mail::Structure& structure, bool extended);

}  // namespace md::imap

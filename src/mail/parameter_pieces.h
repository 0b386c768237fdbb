// mail/parameter_pieces.h - parameters that were cut into pieces, made whole
//
// CONTRACT
//   Pure; one sort. "name*0", "name*1" … from 0 on without a gap or a double become one "name"; if one of them has
//   "%XX" ("name*1*"), "name*" with charset and language in front, the other pieces encoded alike. What has a gap is
//   left as it stands.
// RFC
//   2231 §3, §4, §4.1
#pragma once

#include "mail/content_field.h"

namespace md::mail {

[[nodiscard]] Parameters join_pieces(Parameters parameters);

}  // namespace md::mail

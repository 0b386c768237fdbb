// proto/imap/parse_search.h - what SORT and THREAD share with SEARCH
//
// CONTRACT
//   As Cursor's readers: false with the reason in the cursor.
// RFC
//   4466 §2.6.1 (RETURN); 5256 §5 (search-criteria)
#pragma once

#include "proto/imap/command.h"
#include "proto/imap/cursor.h"

namespace md::imap {

/// "RETURN (MIN COUNT) " if it is there.
bool take_return(Cursor& cursor, Search& search);
/// "UTF-8 UNSEEN SUBJECT x": the charset stands there always.
bool take_criteria(Cursor& cursor, Search& search);

}  // namespace md::imap

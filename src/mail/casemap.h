// mail/casemap.h - the collation by which texts are compared when case does not matter
//
// PURPOSE
//   casemap() prepares a text for i;unicode-casemap: each character's titlecase form, decomposed. Two texts are equal
//   if their prepared forms are; one holds another, or comes before it, if its octets do.
// CONTRACT
//   Pure and without locale. A text that is no UTF-8 is returned as it is (§2, step 1b). Linear; ASCII goes fast. The
//   result may be longer: eighteen characters for one at the worst. ICU stays in the .cc.
// RFC
//   5051; 4790 §9.3
#pragma once

#include <string>
#include <string_view>

namespace md::mail {

[[nodiscard]] std::string casemap(std::string_view utf8);

/// Appends to `out`; the text must be UTF-8 but for its last character, which may be cut: returns how many octets were
/// taken.
std::size_t casemap_some(std::string_view utf8, std::string& out);

}  // namespace md::mail

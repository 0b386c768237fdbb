// mail/header_edit.h - changes to a header as a milter asks for them
//
// PURPOSE
//   apply() makes the header that results from a list of edits, taken one after the other as the milter protocol orders
//   them.
// CONTRACT
//   Pure. Untouched fields keep every octet but their line ends, which become LF. A value brought by an edit cannot
//   leave its field: CR and NUL are dropped, an LF that does not begin a continuation line gets a tab. A name that is
//   no field name makes that edit void. Cost: fields x edits that name an index; the caller bounds the edits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace md::mail {

struct HeaderEdit {
    enum class Kind : std::uint8_t {
        append,  ///< at the end of the header (SMFIR_ADDHEADER)
        insert,  ///< so that `index` fields stand before it, at the end if there are fewer (SMFIR_INSHEADER)
        change,  ///< the value of the `index`th field of that name, counted from 1; appended if there is none
                 ///< (SMFIR_CHGHEADER)
        remove   ///< that field; nothing if there is none (SMFIR_CHGHEADER with an empty value)
    };

    Kind kind = Kind::append;
    std::string name;
    std::string value;
    std::uint32_t index = 0;

    friend bool operator==(const HeaderEdit&, const HeaderEdit&) = default;
};

/// The new header, without the empty line. `header` is the header section alone, or a message of which the body is not
/// looked at.
[[nodiscard]] std::string apply(std::string_view header, const std::vector<HeaderEdit>& edits);

/// "Name: value" LF, with the value made safe.
[[nodiscard]] std::string format_field(std::string_view name, std::string_view value);

}  // namespace md::mail

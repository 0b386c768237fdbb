// mdqueue/destinations.h - how much each destination bears, and which ones rest
//
// PURPOSE
//   Mail to one site must neither flood it nor wait behind another's. A destination (a domain, or where a route sends
//   it) has a window: so many transactions at once, growing with each that goes well, halved by each that finds the
//   host in trouble. After kTroubles in a row it rests; when that is over one transaction probes, and only its success
//   opens it for all.
// CONTRACT
//   Pure: no I/O, no clock; `now` is steady, so that a wall clock that jumps changes nothing. On the manager's loop.
//   What ask() answers with `go` is counted until done(). A destination that is idle, and bears as much as
//   an unknown one, is forgotten.
// RFC
//   5321 §4.5.4.1 (retries: the client keeps a list of hosts that it cannot reach)
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace md::mdqueue {

struct DestinationRules {
    unsigned at_first = 5;                                               ///< transactions at once, of one not known yet
    unsigned most = 20;                                                  ///< of one destination
    unsigned in_all = 200;                                               ///< of all
    std::chrono::steady_clock::duration rest = std::chrono::minutes(1);  ///< the first; doubles with each probe in vain
    std::chrono::steady_clock::duration longest_rest = std::chrono::minutes(30);
};

class Destinations {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr unsigned kTroubles = 3;

    explicit Destinations(const DestinationRules& rules) : rules_(rules) {}

    struct Answer {
        enum class Kind : std::uint8_t {
            go,    ///< counted: done() follows
            busy,  ///< as many as it bears are under way: wait until freed() names it
            full,  ///< as many as we bear: wait until freed() names anything
            rests  ///< until `until`, because of `reason`
        };
        Kind kind = Kind::go;
        Time until;
        std::string_view reason;  ///< valid until the next call
    };
    [[nodiscard]] Answer ask(const std::string& destination, Time now);

    enum class Outcome : std::uint8_t {
        well,     ///< it answered, whatever it said of the message
        trouble,  ///< it could not be reached, or the dialogue broke off
        unknown   ///< nothing was learnt of it
    };
    /// Of one that ask() let go. `reason`: of trouble, one line.
    void done(const std::string& destination, Outcome outcome, std::string_view reason, Time now);

    /// Where something may go again since the last call, because something else has ended or it was opened; each once.
    /// What rests is not among them: its time tells.
    [[nodiscard]] std::vector<std::string> freed();

    /// An administrator wants all tried now: the rests are over, and a probe may begin.
    void wake_all();
    void wake(const std::string& destination);
    /// The beginning of time: it does not rest.
    [[nodiscard]] Time rests_until(const std::string& destination) const;

    /// One that is known, for people.
    struct View {
        std::string destination;
        unsigned window = 0;  ///< transactions at once that it may get
        unsigned under_way = 0;
        unsigned troubles = 0;  ///< in a row
        bool resting = false;   ///< until `until`, then until a probe has gone well
        Time until;
        std::string reason;  ///< of the last trouble
    };
    [[nodiscard]] std::vector<View> all() const;
    void set_rules(const DestinationRules& rules) { rules_ = rules; }

    [[nodiscard]] unsigned under_way() const noexcept { return under_way_; }
    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

  private:
    struct Known {
        double window = 0;
        unsigned under_way = 0;
        unsigned troubles = 0;  ///< in a row
        unsigned rests = 0;     ///< in a row
        bool resting = false;   ///< until `until`, then until a probe has gone well
        bool waited_for = false;
        Time until;
        std::string reason;
    };
    void note_trouble(Known& known, std::string_view reason, Time now);
    void forget_old(Time now);
    void note_freed(const std::string& destination, Known& known);

    DestinationRules rules_;
    std::unordered_map<std::string, Known> known_;
    std::vector<std::string> freed_;
    std::vector<std::string> waiting_for_all_;
    unsigned under_way_ = 0;
    std::size_t sweep_at_ = 1024;
};

}  // namespace md::mdqueue

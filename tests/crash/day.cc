// tests/crash/day.cc - the fixed day of scenario.h

#include "crash/scenario.h"

namespace md::test::crash {

namespace {

constexpr const char* kFar = "carl@example.com";

std::vector<Act> morning() {
    return {
        {"receive three",
         [](Programs& p) {
             p.receive({{"one", 700, {kAnna}}, {"two", 5'000, {kAnna, kBert}}, {"three", 300, {kFar}}});
         }},
        {"take over", [](Programs& p) { p.take_over(); }},
        {"look at anna", [](Programs& p) { p.look(kAnna); }},
        {"look at bert", [](Programs& p) { p.look(kBert); }},
        {"receive a large one",
         [](Programs& p) {
             p.receive({{"four", 300, {kBert}}, {"large", 14'000, {kAnna}}});
         }},
        {"prepare", [](Programs& p) { p.prepare(); }},
        {"settle", [](Programs& p) { p.settle(); }},
        {"flag one", [](Programs& p) { p.flag(kAnna, "one", store::flag::seen); }},
        {"take over the large one", [](Programs& p) { p.take_over(); }},
        {"append", [](Programs& p) { p.append(kAnna, "appended", 900); }},
        {"receive for a group",
         [](Programs& p) {
             p.receive({{"group", 600, {kGroup}}, {"both", 600, {kBert, kGroup}}});
         }},
    };
}

std::vector<Act> noon() {
    return {
        {"fill the segment",
         [](Programs& p) {
             p.receive({{"five", 9'000, {kAnna}}, {"six", 9'000, {kBert}}, {"seven", 9'000, {kAnna, kFar}}});
         }},
        {"take over the next segment", [](Programs& p) { p.take_over(); }},
        {"expunge two", [](Programs& p) { p.expunge(kAnna, "two"); }},
        {"settle again", [](Programs& p) { p.settle(); }},
        {"hold both", [](Programs& p) { p.administer("both", spool::Act::hold); }},
        {"remove group", [](Programs& p) { p.administer("group", spool::Act::remove); }},
        {"move three", [](Programs& p) { p.administer("three", spool::Act::move, "quarantine"); }},
        {"requeue three", [](Programs& p) { p.administer("three", spool::Act::requeue); }},
        {"try three", [](Programs& p) { p.take_over(); }},
        {"defer three", [](Programs& p) { p.defer("three"); }},
        {"rename files", [](Programs& p) { p.tidy(kAnna); }},
        {"relay seven", [](Programs& p) { p.relay(kFar, "seven"); }},
    };
}

std::vector<Act> evening() {
    return {
        {"receive into a used segment",
         [](Programs& p) {
             p.prepare();
             p.receive({{"eight", 9'000, {kBert}}, {"nine", 9'000, {kAnna}}, {"ten", 9'000, {kBert}}});
         }},
        {"take over that", [](Programs& p) { p.take_over(); }},
        {"look at bert again", [](Programs& p) { p.look(kBert); }},
        {"settle that", [](Programs& p) { p.settle(); }},
        {"release both", [](Programs& p) { p.administer("both", spool::Act::release); }},
        {"relay three", [](Programs& p) { p.relay(kFar, "three"); }},
        {"flag and expunge",
         [](Programs& p) {
             p.flag(kBert, "eight", store::flag::flagged);
             p.expunge(kBert, "four");
         }},
        {"stop receiving", [](Programs& p) { p.stop_receiving(); }},
        {"take over the rest", [](Programs& p) { p.take_over(); }},
        {"stop the manager", [](Programs& p) { p.stop_manager(); }},
    };
}

}  // namespace

const std::vector<Act>& day() {
    static const std::vector<Act> acts = [] {
        auto all = morning();
        for (const auto& part : {noon(), evening()}) all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return acts;
}

void morning_after(Programs& programs, const std::string& marker) {
    programs.take_over();
    programs.look(kAnna);
    programs.look(kBert);
    programs.receive({{marker, 400, {kAnna, kBert, kFar}}});
    programs.take_over();
    programs.settle();
    programs.check_all();
}

}  // namespace md::test::crash

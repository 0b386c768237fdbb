// tests/regress/check_awaits/bad.cc - forms that scripts/check-awaits must refuse (read as text, never compiled)

namespace md {

Task<void> Session::serve() {
    if (co_await ready()) return;                                // refused: condition
    while (const auto line = co_await in_.read_line(limit_)) {}  // refused: condition
    for (const auto& x : co_await all()) use(x);                 // refused: condition
    switch (co_await kind()) { default: break; }                 // refused: condition
    if (const auto x = co_await f(); x) use(x);                  // refused: condition
    do {
    } while (co_await more());                                   // refused: condition
    use(co_await value());                                       // refused: nested
    const auto sum = co_await one() + co_await two();            // refused: twice
    co_await outer(co_await inner());                            // refused: nested twice
    Agg a{co_await x(), 1};                                      // refused: nested
    const auto v = good ? co_await one() : zero;                 // refused: choice
    co_await reply(good ? "yes" : "no");                         // refused: choice
    co_await connect({1, 2});                                    // refused: braced
    co_await connect(Options{1, 2});                             // refused: braced
    co_await offload([this] { return sync(); });                 // refused: lambda
    const auto n = co_await offload(pool_, [&](int x) -> int { return x; });  // refused: lambda
    const auto first = (co_await list()).front();                // refused: nested
    try {
        co_await run();
    } catch (const SystemError&) {
        co_await reply("-ERR");                                  // refused: catch
    }
    const auto body = [this]() -> Task<void> {
        co_await run();                                          // refused: coroutine
        if (done) {
            co_return;                                           // refused: coroutine
        }
    };
    scope_.spawn([]() mutable { co_return 1; });                 // refused: coroutine
    EXPECT_EQ(co_await count(), 3);                              // refused: nested
    if constexpr (kBig) co_await reply({});                      // refused: braced
    x = table[co_await index()];                                 // refused: nested
}

}  // namespace md

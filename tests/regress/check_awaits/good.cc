// tests/regress/check_awaits/good.cc - forms that scripts/check-awaits must let through (read as text, never compiled)

namespace md {

Task<void> Session::serve(std::string name) {
    co_await reply("+OK " + services_.hostname + " ready");  // co_await twice(co_await in a comment)
    const auto line = co_await in_.read_line(limit_);
    if (!line) co_return;
    auto row = table_[index_].row;
    const auto value = co_await look_up(table_[index_], name);
    if (value == 1) co_await reply("{ one }");
    for (const auto& item : items_) co_await item->stop();
    switch (line->kind) {
        case Kind::quit:
            co_await reply("+OK");
            co_return;
        case Kind::noop: {
            co_await reply("[lambda]");
            break;
        }
        default:
            co_await reply(R"(co_await co_await { [ ? )");
    }
    const auto text = good ? "yes" : "no";
    co_await reply(text);
    const auto job = [this] { return store_.sync(); };
    const auto synced = co_await async::offload(pool_, job);
    const Options options{1, 2};
    co_await connect(options);
    try {
        co_await run();
    } catch (const SystemError& error) {
        failure = error.what();
    }
    if (failure) co_await reply("-ERR");
    do {
        answer_ = co_await ask();
    } while (!answer_);
    if (good ? one : two) co_await reply("chosen before");
    else co_await reply("not chosen");
}

Task<int> count() { co_return co_await store_.count(); }

template <class F>
Task<std::invoke_result_t<F&>> offload(F& callable) noexcept {
    co_await Switch(pool_);
    co_return callable();
}

class Server final : public Base {
  public:
    Task<void> run() override {
        co_await accept();
        std::sort(all_.begin(), all_.end(), [](int a, int b) { return a < b; });
    }

  private:
    std::map<int, std::string> names_{{1, "a"}};
};

}  // namespace md

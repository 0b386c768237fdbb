# tests/unit/async - mirrors src/async

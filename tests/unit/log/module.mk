# tests/unit/log - mirrors src/log

# tests/unit/checks - mirrors src/checks

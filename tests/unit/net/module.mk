# tests/unit/net - mirrors src/net

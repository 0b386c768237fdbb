# tests/unit/proto - mirrors src/proto

# tests/unit/delivery - mirrors src/delivery

# tests/unit/daemon - mirrors src/daemon

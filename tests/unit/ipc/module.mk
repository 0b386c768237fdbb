# tests/unit/ipc - mirrors src/ipc

# tests/dialogue

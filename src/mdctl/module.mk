# src/mdctl - the program mdctl

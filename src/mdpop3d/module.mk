# src/mdpop3d - the program mdpop3d

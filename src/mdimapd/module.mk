# src/mdimapd - the program mdimapd

# src/mdqueue - the program mdqueue

# src/mdfilterd - the program mdfilterd

# src/mdsmtpd - the program mdsmtpd

"""Every line of SQL: the engine and its transactions, the tables, and one module for each noun."""

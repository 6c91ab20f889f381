"""The one export writer: tables that leave as CSV or XLSX, with no cell that a spreadsheet would run."""

"""What BOS answers: the shapes the API sends, the client returns and actions build. One file per noun."""

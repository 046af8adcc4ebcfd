"""The fields of the contract in requests and responses."""

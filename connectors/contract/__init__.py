"""The fields of the contract: what stands in requests and answers."""

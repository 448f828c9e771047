"""Where what happened is kept: applying batches of entries, and the questions that can be asked about them."""

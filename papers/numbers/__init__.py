"""Numbers and units of English and Chinese text: their spelling, their values, and what is not a quantity."""

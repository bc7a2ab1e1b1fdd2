"""Numbers and units in English and Chinese text: normalization, values, units, and digits that are no quantities."""

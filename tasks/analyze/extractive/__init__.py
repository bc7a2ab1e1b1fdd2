"""Analysis without a model: the paper's own sentences, selected for each part."""

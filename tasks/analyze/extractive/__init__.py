"""Analysis without a model: the paper's own sentences, chosen for each part."""

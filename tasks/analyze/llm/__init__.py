"""Analysis by a language model: prompts, answer schema, conversation, cache, retries and budget."""

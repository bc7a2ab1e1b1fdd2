"""Analysis by a language model: prompts, the answer's schema, the conversation, retries and budget."""

"""PDFs: from the text layer to addressed blocks."""

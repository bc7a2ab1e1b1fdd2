"""Pages converted by LaTeXML: from the bytes to addressed blocks."""

"""The HTTP client of all sites: polite, and careful with what servers answer."""

from papers.http.client import FetchFailed, HttpResponse, PoliteClient

__all__ = ["FetchFailed", "HttpResponse", "PoliteClient"]

"""Response bodies that are not papers, as servers send them, for the tests and the benchmark."""

from __future__ import annotations

import random


def _page(title: str, text: str) -> bytes:
    head = f"<!DOCTYPE html><html><head><title>{title}</title></head>"
    return f"{head}<body><h1>{title}</h1><p>{text}</p></body></html>".encode()


def _latexml(text: str, title: str = "") -> bytes:
    heading = f'<h1 class="ltx_title ltx_title_document">{title}</h1>' if title else ""
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><div class='ltx_page_main'>"
        f'<article class="ltx_document">{heading}<div class="ltx_para" id="p1"><p class="ltx_p">{text}</p></div>'
        "</article></div></body></html>"
    ).encode()


ERROR_PAGES: dict[str, bytes] = {
    "arxiv-no-html": _page(
        "HTML is not available for the source.",
        "HTML is not available for the source. This could be due to the source files not being HTML, LaTeX, or a "
        "conversion failure.",
    ),
    "arxiv-403": _page("403 Forbidden", "Access denied. Sadly, your client does not supply a proper User-Agent."),
    "arxiv-captcha": _page("arXiv reCAPTCHA", "Please complete the CAPTCHA below to continue to arXiv.org."),
    "arxiv-not-found": _page("Article not found", "Article identifier '2510.99999' not recognized. No such paper."),
    "ar5iv-fatal": _latexml(
        "Conversion to HTML had a Fatal error and exited abruptly. This document may be truncated or damaged."
    ),
    "ar5iv-not-yet": _page("Redirecting", "The source to 2510.14949 is currently unavailable, come back later."),
    "cloudflare": _page("Just a moment...", "Checking your browser before accessing arxiv.org. Ray ID: 8f2a"),
    "proxy-502": _page("502 Bad Gateway", "The proxy server received an invalid response from an upstream server."),
    "proxy-503": _page("Service temporarily unavailable", "Error 503: service unavailable, try again."),
    "rate-limit": _page("429 Too Many Requests", "Rate limit exceeded."),
    "captcha-in-latexml": _latexml("Unusual traffic was seen. Verify you are a human: CAPTCHA.", "Attention"),
    "login": _page("Sign in", "Please sign in with your institution to go on."),
    "empty": b"",
    "blanks": b" \n\n \t",
    "garbage": random.Random(7).randbytes(4096),
    "json": b'{"error": "not found"}',
    "image": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "pdf-stub": b"%PDF-1.5\n%%EOF\n",
}

"""Asking customers whether a fix holds, and later how they stand with us: mails, the page behind the link, the API."""

"""The work on an issue itself: contacts, causes, fixes, promises, progress mails, concessions, and who watches over it."""

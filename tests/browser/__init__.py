"""What a stranger's page in a real browser can do to a server: nothing (S6, S7). ``make browser`` installs what it takes."""

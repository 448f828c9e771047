"""HTTP/1.1 on a connection: bytes that came to requests, answers to bytes that go."""

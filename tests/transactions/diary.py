"""What hooks did, in their order."""

from __future__ import annotations


class Diary(list):
    def hook(self, name):
        return lambda txn: self.append(name if txn.key is None else f"{txn.key}.{name}")

    def failing(self, name):
        def fail(txn):
            self.append(f"{txn.key}.{name}")
            raise RuntimeError(name)

        return fail

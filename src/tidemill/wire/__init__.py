"""What crosses HTTP, field for field: structs and their constraints, one module a resource. No rules, no storage."""

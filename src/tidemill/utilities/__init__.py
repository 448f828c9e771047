"""Small public tools that users import beside flows and tasks."""

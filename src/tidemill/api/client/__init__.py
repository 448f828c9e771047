"""Asking a tidemill for its operations: one client, over HTTP or within the process.

client = Client(HttpTransport("http://127.0.0.1:4200/api", clock, login))
variable = client.ask(operations.READ_VARIABLE_BY_NAME, name="region")     # a wire.variables.Variable
"""

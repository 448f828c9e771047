from hypothesis import strategies as st

payloads = st.binary(max_size=80)
entries = st.lists(st.tuples(st.integers(0, 255), payloads), max_size=12)

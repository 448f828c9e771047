"""When an automation fires: rules, what they remember, and what events and the passing of time make of that."""

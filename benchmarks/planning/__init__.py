"""Planning: how many instances of a folder of HDDL are solved within limits, and how soon."""

"""What the fixtures of our plugin for pytest are made of: ``planweave_pytest.py`` is the plugin itself."""

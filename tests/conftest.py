"""How hypothesis runs here.

Neither profile has a deadline or the health check for slow data: both measure time, and no test here fails because the
machine is busy. Before a push chance is welcome: each run of the default profile tries other examples, and remembers
those that failed. Where a change is judged (the variable `CI` is set, as `.ci/run` does), the examples follow from the
tests alone, so that the same commit gets the same verdict.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")

"""What planweave costs, as ratios against plain loops and peers that are taken side by side in one run.

``make bench`` prints the tables and fails when a bound is missed; ``make bench ARGS="--quick"`` takes half a minute.
``table.py`` lists the benchmarks, one file each; ``measure.py`` says how they measure.
"""
